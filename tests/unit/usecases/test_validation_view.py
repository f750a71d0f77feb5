# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.finding import Finding, Severity
from ib_provider.store import BarStore
from ib_provider.store.quarantine import Quarantine
from ib_provider.usecases.accept_bars import accept_bars
from ib_provider.usecases.validation_view import series_findings, validation_view
from tests.support.bar_tables import FETCHED_AT, daily_bars, weekdays
from tests.support.desk_home import KEY, SESSIONS, a_finding, fill_home, home_settings, open_ledger

OTHER = replace(KEY, instrument_id="IBM.NYSE")


def test_validation_view_of_an_empty_home_makes_nothing(tmp_path: Path) -> None:
    """Looking leaves no trace."""
    home = tmp_path / "var"
    view = validation_view(home_settings(home))
    assert (view.series.rows, view.waiting.rows, view.accepted.rows) == ((), (), ())
    assert (view.series.error, view.waiting.error, view.accepted.error) == (None, None, None)
    assert not home.exists()


def test_validation_view_has_the_gravest_first_and_counts_each_check_once(tmp_path: Path) -> None:
    """The same check in three batches is one finding: as the newest has it."""
    settings = fill_home(tmp_path)
    with open_ledger(settings) as ledger:
        ledger.record_findings("wednesday", [a_finding("sessions", Severity.INFO)])
    (verdict,) = validation_view(settings).series.rows
    found = [
        (item.finding.check, item.finding.severity, item.batch, item.batches)
        for item in verdict.findings
    ]
    assert found == [
        ("ohlc_consistent", Severity.CRITICAL, "tuesday", 1),
        ("sessions", Severity.INFO, "wednesday", 2),
    ]
    assert verdict.is_stored
    assert validation_view(settings).counts == {Severity.CRITICAL: 1, Severity.INFO: 1}


def test_validation_view_names_series_without_findings_and_without_bars(tmp_path: Path) -> None:
    """A clean series was looked at; one that has findings alone was not published."""
    settings = fill_home(tmp_path)
    with open_ledger(settings) as ledger:
        ledger.record_findings(
            "tuesday", [replace(a_finding("nulls", Severity.CRITICAL), key=OTHER)]
        )
        _stage(settings.market, "clean", spec=BarSpec(size=BarSize.WEEK_1), publish=True)
    verdicts = {
        (row.key.instrument_id, row.key.spec.size): (row.is_stored, row.worst)
        for row in validation_view(settings).series.rows
    }
    assert verdicts == {
        ("AAPL.NASDAQ", BarSize.DAY_1): (True, Severity.CRITICAL),
        ("AAPL.NASDAQ", BarSize.WEEK_1): (True, None),
        ("IBM.NYSE", BarSize.DAY_1): (False, Severity.CRITICAL),
    }


def test_validation_view_shows_what_waits_and_what_was_let_through(tmp_path: Path) -> None:
    """A refused file waits until somebody says that it is right; who and why stay."""
    settings = fill_home(tmp_path)
    store = BarStore(settings.market)
    _stage(settings.market, "refused", publish=False)
    (item,) = validation_view(settings).waiting.rows
    assert item.bars.batch == "refused"
    assert item.reasons == ("critical nulls: 3 row(s): high < low <b>",)
    with open_ledger(settings) as ledger:
        at = datetime(2013, 3, 4, tzinfo=UTC)
        accept_bars(bars=store, ledger=ledger, item=item, by="Ann", why="a real crash", at=at)
    view = validation_view(settings)
    (accepted,) = view.accepted.rows
    assert view.waiting.rows == ()
    assert (accepted.by, accepted.why, accepted.batch) == ("Ann", "a real crash", "refused")
    assert (accepted.key, accepted.sessions) == (KEY, "2013-01-07_2013-01-12")


def test_validation_view_of_damaged_findings_is_an_error_beside_the_rest(tmp_path: Path) -> None:
    """The file is named, and the series are shown all the same."""
    settings = fill_home(tmp_path)
    _stage(settings.market, "refused", publish=False)
    (item,) = Quarantine(BarStore(settings.market)).all()
    item.findings.write_text("{", encoding="utf-8")
    view = validation_view(settings)
    assert view.waiting.error is not None
    assert item.findings.name in view.waiting.error
    assert view.accepted.error is not None
    assert view.series.rows


def test_series_findings_show_the_bars_that_are_meant(tmp_path: Path) -> None:
    """The named bar stands between its neighbours, two on either side."""
    settings = fill_home(tmp_path)
    named = Finding(
        key=KEY, check="price_jumps", severity=Severity.WARNING, count=1,
        rows=(f"{SESSIONS[4]} close 1.0", "no bar at all"),
    )  # fmt: skip
    with open_ledger(settings) as ledger:
        ledger.record_findings("wednesday", [named])
    found = series_findings(settings, KEY)
    assert [item.batch for item in found.findings.rows] == ["wednesday", "tuesday", "monday"]
    (context,) = found.bars.rows
    assert [bar.session for bar in context] == list(SESSIONS[2:7])
    assert [bar.is_named for bar in context] == [False, False, True, False, False]


def test_series_findings_of_a_series_nobody_knows_are_empty(tmp_path: Path) -> None:
    """No error: nothing was found in it."""
    found = series_findings(fill_home(tmp_path), OTHER)
    assert (found.findings.rows, found.bars.rows, found.findings.error) == ((), (), None)


def _stage(root: Path, batch: str, *, spec: BarSpec | None = None, publish: bool) -> None:
    """Stage a week of bars of Apple, and publish or refuse them."""
    store = BarStore(root)
    staged = store.stage(
        batch,
        KEY if spec is None else replace(KEY, spec=spec),
        265598,
        daily_bars(weekdays(date(2013, 1, 7), 5)),
        start=date(2013, 1, 7),
        end=date(2013, 1, 12),
        fetched_at=FETCHED_AT,
    )
    if publish:
        store.publish(staged)
    else:
        store.quarantine(staged, [a_finding("nulls", Severity.CRITICAL)])
