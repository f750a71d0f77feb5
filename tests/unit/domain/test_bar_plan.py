# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize
from ib_provider.domain.bar_plan import BarAsk, halve, plan_asks, plan_open_ended
from ib_provider.domain.session_span import SessionSpan

SECONDS = [size for size in BarSize if size.is_intraday and size.length < timedelta(minutes=1)]
LONGER = [size for size in BarSize if size not in SECONDS]

#: IB's table of legal steps: shortest and longest bar of each duration unit.
LEGAL = {"S": (1, 60), "D": (5, 3_600), "W": (10, 14_400), "M": (30, 28_800)}
MOST = {"S": 86_400, "D": 365, "W": 52, "M": 12, "Y": 68}


def regular(day: date) -> SessionSpan:
    begin = datetime.combine(day, time(14, 30), UTC)
    return SessionSpan(session=day, begin=begin, end=begin + timedelta(hours=6, minutes=30))


def weekdays(first: date, count: int) -> list[SessionSpan]:
    days = (first + timedelta(days=offset) for offset in range(2 * count + 7))
    return [regular(day) for day in days if day.weekday() < 5][:count]


sessions = st.lists(st.dates(date(2015, 1, 1), date(2025, 1, 1)), unique=True, max_size=60).map(
    lambda days: [regular(day) for day in sorted(days)]
)


def reach(ask: BarAsk) -> timedelta:
    """Return how far an answer reaches back for certain: a trading day is never shorter."""
    count, unit = ask.duration.split()
    days = {"D": 1, "W": 7, "M": 28, "Y": 365}
    return timedelta(days=int(count) * days[unit])


@given(st.sampled_from(LONGER), sessions)
def test_asks_bring_every_session_once(size: BarSize, wanted: list[SessionSpan]) -> None:
    """No session is left out and none asked for twice, in order."""
    asks = plan_asks(size, wanted)
    assert [span for ask in asks for span in ask.sessions] == wanted


@given(st.sampled_from(LONGER), sessions)
def test_ask_reaches_back_to_its_first_session(size: BarSize, wanted: list[SessionSpan]) -> None:
    """The duration is never shorter than what the request is for."""
    for ask in plan_asks(size, wanted):
        spanned = ask.sessions[-1].session - ask.sessions[0].session
        assert reach(ask) > spanned
        assert ask.end == ask.sessions[-1].end


@given(st.sampled_from(SECONDS), sessions)
def test_asks_for_seconds_cut_each_session_without_gap_or_overlap(
    size: BarSize, wanted: list[SessionSpan]
) -> None:
    """The pieces of a session, laid side by side, are the session."""
    asks = plan_asks(size, wanted)
    for span in wanted:
        pieces = [ask for ask in asks if ask.sessions == (span,)]
        edges = [span.begin, *(ask.end for ask in pieces)]
        assert edges[-1] == span.end
        assert [ask.begin for ask in pieces] == edges[:-1]
        assert all(
            ask.duration == f"{int((ask.end - ask.begin).total_seconds())} S"
            for ask in pieces
            if ask.end
        )


@given(st.sampled_from(BarSize), sessions)
def test_every_duration_is_legal_for_its_bar_size(size: BarSize, wanted: list[SessionSpan]) -> None:
    """IB answers an illegal pair with "invalid step"."""
    for ask in plan_asks(size, wanted):
        match = re.fullmatch(r"(\d+) ([SDWMY])", ask.duration)
        assert match is not None
        count, unit = int(match[1]), match[2]
        assert 1 <= count <= MOST[unit]
        if size.is_intraday:
            shortest, longest = LEGAL[unit]
            assert shortest <= size.length.total_seconds() <= longest
        if size is BarSize.SEC_1:
            assert count <= 2_000


@given(st.sampled_from(BarSize), sessions)
def test_halves_bring_what_the_whole_would_have(size: BarSize, wanted: list[SessionSpan]) -> None:
    """Halving a request loses nothing, and ends."""
    for ask in plan_asks(size, wanted):
        todo, done = [ask], []
        while todo:
            first, *todo = todo
            halves = halve(size, first)
            todo = [*halves, *todo]
            if not halves:
                done.append(first)
        assert done[0].begin == ask.begin
        assert done[-1].end == ask.end
        if size in LONGER:
            assert [span for half in done for span in half.sessions] == list(ask.sessions)
        else:
            assert [half.end for half in done[:-1]] == [half.begin for half in done[1:]]


@pytest.mark.parametrize(
    ("size", "count", "durations"),
    [
        (BarSize.MIN_1, 10, ["5 D", "5 D"]),
        (BarSize.MIN_5, 20, ["4 W"]),
        (BarSize.HOUR_1, 260, ["26 W", "26 W"]),
        (BarSize.HOUR_8, 20, ["1 M"]),
        (BarSize.DAY_1, 5, ["5 D"]),
        (BarSize.DAY_1, 2_600, ["10 Y"]),
        (BarSize.SEC_30, 1, ["23400 S"]),
        (BarSize.SEC_5, 1, ["3600 S"] * 6 + ["1800 S"]),
        (BarSize.SEC_1, 1, ["1800 S"] * 13),
    ],
)
def test_weekday_sessions_take_the_fewest_requests(
    size: BarSize, count: int, durations: list[str]
) -> None:
    """From a Monday on, no request is smaller than it could be."""
    asks = plan_asks(size, weekdays(date(2024, 1, 1), count))
    assert [ask.duration for ask in asks] == durations


def test_two_years_of_minutes_take_a_request_a_week() -> None:
    """A week is the longest span of minutes that is asked for at once."""
    assert len(plan_asks(BarSize.MIN_1, weekdays(date(2023, 1, 2), 520))) == 104


def test_open_end_reaches_from_now_to_the_first_session() -> None:
    """Where IB takes no end, what is wanted long ago is asked for from today."""
    wanted = weekdays(date(2024, 1, 1), 3)
    ask = plan_open_ended(BarSize.DAY_1, wanted, datetime(2026, 1, 1, tzinfo=UTC))
    assert (ask.end, ask.duration) == (None, "3 Y")


def test_open_end_of_seconds_is_refused() -> None:
    """Nobody keeps seconds of continuous futures."""
    with pytest.raises(ValueError, match="no open end"):
        plan_open_ended(BarSize.SEC_5, weekdays(date(2024, 1, 1), 1), datetime.now(UTC))
