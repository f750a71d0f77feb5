# SPDX-License-Identifier: Apache-2.0
"""What the reference pages promise is there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import duckdb

from ib_provider.domain.limits import Limits
from ib_provider.domain.portfolio import Portfolio
from ib_provider.quality.checks import CHECKS, MINUTES_MATCH_DAY, REVISED
from ib_provider.store.catalog import rebuild_catalog

ROOT = Path(__file__).parents[2]


def _page(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def test_lake_page_names_every_view_and_no_other(tmp_path: Path) -> None:
    """An analyst finds each view on the page, and each view of the page in the catalog."""
    path = rebuild_catalog(tmp_path, ())
    with duckdb.connect(str(path), read_only=True) as catalog:
        views = {
            row[0]
            for row in catalog.execute(
                "SELECT view_name FROM duckdb_views() WHERE NOT internal"
            ).fetchall()
        }
    section = _page("lake.md").split("## Views")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.+?`) \|", section, flags=re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}
    assert named == views


def test_lake_page_names_every_check_with_its_severity() -> None:
    """Nobody looks in vain for what a finding means."""
    rows = re.findall(r"^\| (`.+?`) \| (\w+) \|", _page("lake.md"), flags=re.MULTILINE)
    named = {
        name: severity
        for names, severity in rows
        if severity in {"critical", "warning", "info"}
        for name in re.findall(r"`(\w+)`", names)
    }
    checks = [*CHECKS.values(), MINUTES_MATCH_DAY, REVISED]
    assert named == {check.name: check.severity.value for check in checks}


def test_portfolio_page_names_every_key_and_no_other() -> None:
    """A key that is not on the page is not known to anybody."""
    page = _page("portfolios-and-limits.md")
    section = page.split("## A portfolio")[1].split("### Targets")[0]
    named = set(re.findall(r"^\| `([a-z_]+)` \|", section, flags=re.MULTILINE))
    assert named == {field.name for field in fields(Portfolio)} | {"query"}


def test_limits_page_names_every_limit_and_no_other() -> None:
    """A limit that is not on the page is missing from somebody's file."""
    page = _page("portfolios-and-limits.md")
    section = page.split("## Limits")[1].split("## The kill switch")[0]
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", section, flags=re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {field.name for field in fields(Limits)}


def test_portfolio_page_names_every_example() -> None:
    """What ships is explained, and what is explained ships."""
    section = _page("portfolios-and-limits.md").split("## Examples that ship")[1]
    named = set(re.findall(r"^\| `([a-z-]+)` \|", section, flags=re.MULTILINE))
    assert named == {path.stem for path in (ROOT / "include" / "portfolios").glob("*.yaml")}
