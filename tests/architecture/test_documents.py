# SPDX-License-Identifier: Apache-2.0
"""What the reference pages promise is there."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

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
