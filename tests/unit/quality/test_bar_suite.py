# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow as pa
import pytest

from ib_provider.domain.bar import BarSize
from ib_provider.domain.finding import Finding, Severity
from ib_provider.quality import judge, judge_all, judge_each
from tests.support.bar_tables import daily_bars, minute_bars, series_key, weekdays

_DAYS = weekdays(date(2013, 1, 1), 20)
_INF = float("inf")
_NAN = float("nan")
_BOUND_S = 3.0  # of processor time: 1.1 s, and 7 s before sessions travelled as one text


def _judge(replace: Mapping[str, Mapping[int, Any]]) -> dict[str, Finding]:
    findings = judge(daily_bars(_DAYS, replace=replace), series_key(), expected=_DAYS)
    return {finding.check: finding for finding in findings}


@pytest.mark.parametrize(
    ("size", "table"),
    [
        (BarSize.DAY_1, daily_bars(_DAYS)),
        (BarSize.MIN_1, minute_bars(_DAYS, a_session=390)),
        (BarSize.WEEK_1, daily_bars(_DAYS[::5])),
        (BarSize.DAY_1, daily_bars([])),
        (BarSize.DAY_1, daily_bars(_DAYS[3:4])),
        (BarSize.DAY_1, daily_bars(_DAYS, replace={"volume": {0: None}, "wap": {1: None}})),
    ],
)
def test_judge_sound_bars_finds_nothing(size: BarSize, table: pa.Table) -> None:
    """Clean bars of each kind pass, and so does a series without volume (FX)."""
    assert judge(table, series_key(size=size), expected=_DAYS) == ()


@pytest.mark.parametrize(
    ("replace", "check", "severity", "row"),
    [
        ({"open": {2: None}}, "nulls", Severity.CRITICAL, "2013-01-03 open missing"),
        ({"close": {2: _NAN}}, "nulls", Severity.CRITICAL, "2013-01-03 close missing"),
        (
            {"high": {4: 104.5}},
            "ohlc_consistent",
            Severity.CRITICAL,
            "2013-01-07 high 104.5 < close 105.0",
        ),
        (
            {"low": {4: 104.5}},
            "ohlc_consistent",
            Severity.CRITICAL,
            "2013-01-07 open 104.0 < low 104.5",
        ),
        (
            {"low": {0: 0.0}},
            "positive_prices",
            Severity.CRITICAL,
            "2013-01-01 open 100.0, high 102.0, low 0.0, close 101.0",
        ),
        (
            {"high": {0: _INF}},
            "positive_prices",
            Severity.CRITICAL,
            "2013-01-01 open 100.0, high inf, low 99.0, close 101.0",
        ),
        ({"volume": {1: -1.0}}, "negative_volume", Severity.CRITICAL, "2013-01-02 volume -1.0"),
        ({"volume": {1: 0.0}}, "zero_volume", Severity.INFO, "2013-01-02 volume 0.0"),
    ],
)
def test_judge_one_broken_value_is_found_alone(
    replace: Mapping[str, Mapping[int, Any]], check: str, severity: Severity, row: str
) -> None:
    """Each fault has its check, its weight and its bar, and sets off no other check."""
    found = _judge(replace)
    assert list(found) == [check]
    assert (found[check].severity, found[check].count, found[check].rows) == (severity, 1, (row,))


def test_judge_duplicate_session_names_both_bars() -> None:
    """Of two bars of a session neither is the right one by itself."""
    found = judge(daily_bars([*_DAYS, _DAYS[7]]), series_key(), expected=_DAYS)
    assert [(item.check, item.severity, item.count) for item in found] == [
        ("duplicates", Severity.CRITICAL, 2)
    ]
    assert found[0].rows == (
        "2013-01-10 close 108.0, volume 1007.0",
        "2013-01-10 close 121.0, volume 1020.0",
    )


def test_judge_minutes_twice_names_their_time() -> None:
    """An intraday bar is named to the second, in UTC."""
    table = minute_bars(_DAYS, a_session=390)
    doubled = pa.concat_tables([table, table.slice(4, 1)])
    (found,) = judge(doubled, series_key(size=BarSize.MIN_1), expected=_DAYS)
    assert found.check == "duplicates"
    assert found.rows[0] == "2013-01-01 2013-01-01T14:34:00Z close 101.0, volume 14.0"


def test_judge_bar_on_a_closed_day_is_critical() -> None:
    """A bar of a day on which the exchange was closed is not the exchange's."""
    saturday = date(2013, 1, 5)
    (found,) = judge(daily_bars([*_DAYS, saturday]), series_key(), expected=_DAYS)
    assert (found.check, found.severity, found.count) == ("not_a_session", Severity.CRITICAL, 1)
    assert found.rows == ("2013-01-05 close 121.0, volume 1020.0",)


def test_judge_gap_between_two_bars_is_a_warning() -> None:
    """A session inside the series without a bar is told, one outside of it is coverage."""
    table = daily_bars([day for day in _DAYS[2:-2] if day != _DAYS[5]])
    (found,) = judge(table, series_key(), expected=_DAYS)
    assert (found.check, found.severity, found.count) == ("missing_sessions", Severity.WARNING, 1)
    assert found.rows == (f"{_DAYS[5]} has no bar",)


def test_judge_without_a_calendar_leaves_sessions_alone() -> None:
    """Where no calendar is known nothing is said of sessions."""
    assert judge(daily_bars([date(2013, 1, 5)]), series_key(), expected=None) == ()


def test_judge_no_session_at_all_makes_every_bar_critical() -> None:
    """An empty calendar is a calendar: a range without sessions has no bars."""
    (found,) = judge(daily_bars(_DAYS), series_key(), expected=[])
    assert (found.check, found.count, len(found.rows)) == ("not_a_session", 20, 10)


def test_judge_many_faults_counts_all_and_shows_ten() -> None:
    """A finding stays readable, and its count exact."""
    found = _judge({"open": dict.fromkeys(range(15)), "close": dict.fromkeys(range(12))})["nulls"]
    assert (found.count, len(found.rows)) == (15, 10)
    assert found.rows[0] == "2013-01-01 open, close missing"
    assert str(found).endswith("and 5 more")


@pytest.mark.parametrize(
    ("size", "table"),
    [(BarSize.DAY_1, minute_bars(_DAYS[:1], a_session=1)), (BarSize.MIN_1, daily_bars(_DAYS[:1]))],
)
def test_judge_time_of_the_wrong_kind_is_critical(size: BarSize, table: pa.Table) -> None:
    """A daily bar with a time, or a minute without one, is under the wrong key."""
    (found,) = judge(table, series_key(size=size), expected=None)
    assert (found.check, found.severity, found.count) == ("times", Severity.CRITICAL, 1)


def test_judge_table_of_another_shape_is_one_critical_finding() -> None:
    """Columns are judged before values: a wrong type is named, not converted."""
    table = daily_bars(_DAYS).drop(["wap"]).set_column(0, "ts", pa.array(["x"] * 20))
    (found,) = judge(table, series_key(), expected=_DAYS)
    assert (found.check, found.severity) == ("schema", Severity.CRITICAL)
    assert found.rows == (
        "column ts is string, not timestamp[us, tz=UTC]",
        "column wap is there 0 times, not once",
    )


def test_judge_all_keeps_series_apart() -> None:
    """Many series in one call get each their own findings."""
    sound, broken, shapeless = (series_key(name) for name in ("A.X", "B.X", "C.X"))
    found = judge_all(
        {
            sound: (daily_bars(_DAYS), _DAYS),
            broken: (daily_bars(_DAYS, replace={"volume": {0: 0.0}}), None),
            shapeless: (pa.table({"x": [1]}), _DAYS),
        }
    )
    assert found[sound] == ()
    assert [item.check for item in found[broken]] == ["zero_volume"]
    assert [item.check for item in found[shapeless]] == ["schema"]
    assert found[broken][0].key == broken


def test_judge_each_two_tables_of_one_series_are_judged_apart() -> None:
    """Two spans of a series in one batch: the fault of one is not hidden by the other."""
    tables = [
        (series_key(), daily_bars(_DAYS[:5], replace={"open": {0: None}}), _DAYS),
        (series_key(), daily_bars([]), _DAYS),
        (series_key(), daily_bars(_DAYS[5:]), _DAYS),
        (series_key(), pa.table({"x": [1]}), _DAYS),
    ]
    checks = [[item.check for item in found] for found in judge_each(tables)]
    assert checks == [["nulls"], [], [], ["schema"]]


def test_judge_thirteen_years_of_five_series_is_quick() -> None:
    """The calendar of a long series must not be copied date by date through the framework."""
    days = [date(2000, 3, 1) + timedelta(days=offset) for offset in range(3270)]
    table = daily_bars(days)
    judge(daily_bars(_DAYS), series_key(), expected=_DAYS)  # the import is not what is timed
    begin = process_time()
    found = judge_all({series_key(f"{name}.X"): (table, days) for name in "ABCDE"})
    assert process_time() - begin < _BOUND_S
    assert set(found.values()) == {()}


def test_importing_the_package_does_not_import_great_expectations() -> None:
    """A process that judges nothing pays nothing: neither five seconds nor 250 MB."""
    script = (
        "import sys, ib_provider.quality, ib_provider.quality.row_text\n"
        "print([m for m in ('great_expectations', 'pandas') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(Path(__file__).parents[3] / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "[]\n"


def test_judging_writes_nothing_to_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    """No progress bar and no chatter: the task's log is for what was found."""
    _judge({"volume": {0: 0.0}})
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
