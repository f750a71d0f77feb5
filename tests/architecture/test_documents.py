# SPDX-License-Identifier: Apache-2.0
"""What the reference pages promise is there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import duckdb
import pytest

from ib_provider.cli.main import main
from ib_provider.domain.limits import Limits
from ib_provider.domain.portfolio import Portfolio
from ib_provider.quality.checks import BAR_COUNT, CHECKS, MINUTES_MATCH_DAY, REVISED
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
    checks = [*CHECKS.values(), BAR_COUNT, MINUTES_MATCH_DAY, REVISED]
    assert named == {check.name: check.severity.value for check in checks}


_PARITY = _page("nautilus-parity.md")

#: What their users reported and the research for this project found worth learning from.
_REPORTS = [
    1353, 1533, 1653, 1789, 1933, 2379, 2380, 2447, 2615, 2616, 2622, 2671, 2704, 2764, 2890,
    2956, 2978, 3001, 3052, 3064, 3108, 3135, 3196, 3443, 3465, 3472, 3476, 3494, 3562, 3575,
    3718, 3723, 3733, 3968, 4026, 4098, 4168, 4193, 4210, 4228, 4230, 4247, 4276, 4412, 4455,
    4457, 4470, 4564, 4577, 4579, 4664, 4675, 4679, 4796, 4932, 4970, 4987, 5007, 5057, 5058,
]  # fmt: skip


def _rows(section: str) -> list[list[str]]:
    """Return the cells of every table row in a section of the parity page, without the heads."""
    (body,) = re.findall(
        rf"^## {section}\n(.*?)(?=^## |\Z)", _PARITY, flags=re.MULTILINE | re.DOTALL
    )
    lines = re.findall(r"^\| (.+) \|$", body, flags=re.MULTILINE)
    return [cells for line in lines if (cells := line.split(" | "))[-1] != "Shown by"]


def test_parity_page_names_tests_that_exist() -> None:
    """Every row is proved, and each proof is a test that is collected under that name."""
    for cells in (*_rows("Features"), *_rows("Defects that are not here")):
        proofs = re.findall(r"`([\w/]+\.py)::(\w+)(?:\[.*?\])?`", cells[-1])
        assert proofs, cells
        for path, name in proofs:
            file = ROOT / "tests" / path
            assert file.is_file(), path
            found = re.search(
                rf"^(?:async )?def {name}\(", file.read_text(encoding="utf-8"), flags=re.MULTILINE
            )
            assert found, f"{path}::{name}"


def test_parity_page_names_modules_and_classes_that_exist() -> None:
    """Whoever follows it arrives."""
    here = [cells[1] for cells in _rows("Features")]
    assert len(here) > 90
    package = ROOT / "plugins" / "ib_provider"
    sources = "\n".join(
        file.read_text(encoding="utf-8")
        for room in ("operators", "sensors")
        for file in (package / room).glob("*.py")
    )
    for text in here:
        for path in re.findall(r"`([\w/]+\.py)`", text):
            assert (package / path).is_file() or (ROOT / path).is_file(), path
        for name in re.findall(r"`(Ib\w+(?:Operator|Sensor))`", text):
            assert f"class {name}(" in sources, name


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"`ib-provider ([a-z ]+)`", _PARITY))), ids=str
)
def test_parity_page_names_commands_that_exist(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each can be asked for its help."""
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    assert f"ib-provider {command}" in capsys.readouterr().out


def test_parity_page_answers_every_report() -> None:
    """None of the researched ones is passed over."""
    hurts = " ".join(cells[0] for cells in _rows("Defects that are not here"))
    named = re.findall(r"\b\d{4}\b", hurts)
    assert sorted(map(int, named)) == _REPORTS


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
