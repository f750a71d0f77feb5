# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ib_provider.domain.bar import BarSize
from ib_provider.domain.expected_sessions import ExpectedSessions
from ib_provider.domain.session_span import SessionSpan
from ib_provider.quality.bar_rules import BarRules
from ib_provider.quality.checks import CHECKS
from tests.support.bar_tables import daily_bars, minute_bars, series_key, weekdays

_DAYS = weekdays(date(2013, 1, 1), 5)
_HOURS = {
    day: SessionSpan(session=day, begin=begin, end=begin + timedelta(hours=6.5))
    for day in _DAYS
    for begin in [datetime(day.year, day.month, day.day, 14, 30, tzinfo=UTC)]
}
_EXPECTED = ExpectedSessions(tuple(_DAYS), _HOURS)


@pytest.mark.parametrize(
    ("size", "expected", "absent"),
    [
        (BarSize.DAY_1, _EXPECTED, {"session_bars"}),
        (BarSize.DAY_1, None, {"not_a_session", "missing_sessions", "session_bars"}),
        (BarSize.WEEK_1, _EXPECTED, {"not_a_session", "missing_sessions", "session_bars"}),
        (BarSize.MONTH_1, _EXPECTED, {"not_a_session", "missing_sessions", "session_bars"}),
        (BarSize.MIN_1, _EXPECTED, set()),
    ],
)
def test_expectations_cover_every_check_and_carry_its_weight(
    size: BarSize, expected: ExpectedSessions | None, absent: set[str]
) -> None:
    """No check of the table is forgotten in the suite, and none weighs other than it says."""
    from ib_provider.quality.suite import expectations

    table = minute_bars(_DAYS) if size.is_intraday else daily_bars(_DAYS)
    made = list(expectations([(series_key(size=size), table, expected)], BarRules()))
    assert {one.meta["check"] for one in made if one.meta} == set(CHECKS) - absent
    for one in made:
        assert one.meta is not None
        assert str(one.severity.value) == CHECKS[one.meta["check"]].severity.value


def test_validate_all_an_expectation_that_cannot_run_is_a_critical_finding() -> None:
    """What could not be checked is not passed: a date that is none stops the data."""
    from ib_provider.quality.validation import validate_all

    expected = ExpectedSessions((_NoDate(2013, 1, 1),))
    (found,) = validate_all([(series_key(), daily_bars(_DAYS), expected)])
    checks = {finding.check: finding for finding in found}
    assert checks["missing_sessions"].severity == "critical"
    (row,) = checks["missing_sessions"].rows
    assert row.startswith("expect_sessions_to_be_complete could not be made: ")
    assert "no-date" in row
    assert "Traceback" not in row


def test_validate_all_an_expectation_that_cannot_run_stops_its_series_alone() -> None:
    """The series beside it in the same table are passed, and are told what is theirs."""
    from ib_provider.quality.validation import validate_all

    sound, jumping = daily_bars(_DAYS), daily_bars(_DAYS, replace={"volume": {2: -1.0}})
    broken, good, bad = validate_all(
        [
            (series_key("A.NYSE"), sound, ExpectedSessions((_NoDate(2013, 1, 1),))),
            (series_key("B.NYSE"), sound, _EXPECTED),
            (series_key("C.NYSE"), jumping, _EXPECTED),
        ]
    )
    assert {finding.severity for finding in broken} == {"critical"}
    assert good == ()
    assert [(finding.check, finding.count) for finding in bad] == [("negative_volume", 1)]


def test_validate_all_judges_a_series_as_if_it_were_alone() -> None:
    """No neighbour in the table, no other kind of bar and no other calendar changes a finding."""
    from ib_provider.quality.validation import validate_all

    days = weekdays(date(2013, 1, 1), 40)
    cases = [
        (series_key("A.NYSE"), daily_bars(days, replace={"close": {0: 900.0}}), days),
        (series_key("B.NYSE"), daily_bars(days, replace={"close": {39: 0.5}}), days),
        (series_key("C.LSE"), daily_bars(days[:9] + days[10:]), days),
        (series_key("D.LSE"), daily_bars(days), days[:20] + days[22:]),
        (series_key("E.NYSE"), daily_bars(days, replace={"open": {3: float("nan")}}), None),
        (series_key("F.NYSE"), daily_bars([*days[:5], days[4], *days[5:]]), days),
        (series_key("G.NASDAQ", BarSize.MIN_1), minute_bars(days[:2]), days[:2]),
        (series_key("H.NASDAQ", BarSize.MIN_1), minute_bars(days[:3]), days[1:3]),
        (series_key("A.NYSE"), daily_bars(days[:1]), days),
    ]
    tables = [
        (key, bars, None if known is None else ExpectedSessions.of(known))
        for key, bars, known in cases
    ]
    together = validate_all(tables)
    assert together == [found for table in tables for found in validate_all([table])]
    told = {
        case[0].instrument_id: {one.check for one in found}
        for case, found in zip(cases, together, strict=True)
    }
    assert told["C.LSE"] == {"missing_sessions"}
    assert told["D.LSE"] == {"not_a_session"}
    assert told["E.NYSE"] == {"nulls"}
    assert told["F.NYSE"] == {"duplicates"}
    assert told["H.NASDAQ"] >= {"not_a_session"}


class _NoDate(date):
    """A date that Great Expectations is told in words that are none."""

    def isoformat(self) -> str:
        return "no-date"
