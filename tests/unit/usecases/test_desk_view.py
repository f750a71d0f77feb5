# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from ib_provider.domain.finding import Severity
from ib_provider.usecases.desk_view import DeskView, YearCoverage, desk_view
from ib_provider.usecases.view_section import Section
from tests.support.desk_home import KEY, SESSIONS, bar_file, fill_home, home_settings


def test_desk_view_of_an_empty_home_is_empty_and_makes_nothing(tmp_path: Path) -> None:
    """Looking at a home that is not there yet leaves it so."""
    home = tmp_path / "var"
    empty = DeskView(series=Section(), findings=Section(), rebalances=Section())
    assert desk_view(home_settings(home)) == empty
    assert not home.exists()


def test_desk_view_series_has_bars_sessions_and_name(tmp_path: Path) -> None:
    """What the catalog says of the one series."""
    view = desk_view(fill_home(tmp_path))
    assert view.series.error is None
    (series,) = view.series.rows
    assert (series.key, series.name, series.bars) == (KEY, "APPLE INC", 10)
    assert (series.first, series.last) == (SESSIONS[0], date(2013, 1, 4))


def test_desk_view_coverage_counts_each_weekday_once_at_its_best(tmp_path: Path) -> None:
    """Overlapping spans add up to no more days than there are; what is known beats unknown."""
    (series,) = desk_view(fill_home(tmp_path)).series.rows
    assert series.coverage == (
        YearCoverage(year=2012, data=6, empty=5, unknown=0),
        YearCoverage(year=2013, data=4, empty=0, unknown=5),
    )


def test_desk_view_findings_stand_by_batch_newest_first(tmp_path: Path) -> None:
    """Tuesday's batch comes before Monday's."""
    findings = desk_view(fill_home(tmp_path)).findings
    assert [batch.batch for batch in findings.rows] == ["tuesday", "monday"]
    assert findings.rows[0].findings[0].severity is Severity.CRITICAL
    assert findings.total is None


def test_desk_view_findings_cut_off_say_how_many_there_are(tmp_path: Path) -> None:
    """A cut list does not pass for the whole."""
    findings = desk_view(fill_home(tmp_path), max_findings=1).findings
    assert [batch.batch for batch in findings.rows] == ["tuesday"]
    assert findings.total == 2


def test_desk_view_rebalance_shows_each_leg(tmp_path: Path) -> None:
    """One leg filled at 430.01 against 430.025, the other never sent."""
    (report,) = desk_view(fill_home(tmp_path)).rebalances.rows
    filled, waiting = report.legs
    assert (filled.state, filled.filled, filled.commission) == ("filled", 100, Decimal("1.05"))
    assert filled.slippage_bp is not None
    assert round(filled.slippage_bp, 2) == Decimal("-0.35")
    assert (waiting.state, waiting.avg_price) == ("not sent", None)


def test_desk_view_damaged_bar_file_is_an_error_beside_the_rest(tmp_path: Path) -> None:
    """The file is named in its section; findings and rebalances are shown all the same."""
    settings = fill_home(tmp_path)
    damaged = bar_file(settings)
    damaged.write_bytes(damaged.read_bytes()[:100])
    view = desk_view(settings)
    assert view.series.rows == ()
    assert view.series.error is not None
    assert view.series.error.startswith(f"CorruptFile: {damaged}")
    assert view.findings.rows
    assert view.rebalances.rows


def test_desk_view_bars_without_a_catalog_are_an_error(tmp_path: Path) -> None:
    """A catalog that was deleted is no empty tree."""
    settings = fill_home(tmp_path)
    settings.catalog.unlink()
    error = desk_view(settings).series.error
    assert error is not None
    assert error.startswith("StoreError: ")


def test_desk_view_unreachable_ledger_is_an_error_beside_the_series(tmp_path: Path) -> None:
    """Both of its sections say so, without the password; the series are shown."""
    url = "postgresql://me:secret@127.0.0.1:1/ledger"
    view = desk_view(replace(fill_home(tmp_path), ledger_url=url))
    assert view.series.rows
    for section in (view.findings, view.rebalances):
        assert section.error is not None
        assert section.error.startswith("LedgerUnavailable: ")
        assert "secret" not in section.error


def test_desk_view_ledger_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    """Another file under the ledger's name is not taken for an empty ledger."""
    settings = fill_home(tmp_path)
    (tmp_path / "ledger.db").write_text("portfolio: demo\n" * 100)
    view = desk_view(settings)
    assert view.findings.error is not None
    assert "not a database" in view.findings.error
    assert view.rebalances.error == view.findings.error
