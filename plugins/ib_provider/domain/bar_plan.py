# SPDX-License-Identifier: Apache-2.0
"""Which requests bring the bars of some sessions: a pure decision over a table of durations.

Rules:
    * The requests of one plan cover the sessions exactly, with no overlap, oldest first. An
      answer may reach back further than what was wanted of it, never less far; whoever asked
      trims it.
    * IB reads ``n D`` as n trading days, so a count of calendar days is always enough; weeks are
      calendar weeks. Days are exact up to a week without a weekend in it, weeks beyond.
    * A request that times out is halved, not repeated: one of six days was seen to fail where
      five were served.
    * Where IB takes no end (continuous futures, adjusted prices) one request reaches from now
      back to the first session.

Source: TWS API, "Historical Data Limitations" for the legal pairs of duration and bar size; the
spans are the longest that people report as served reliably.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ib_provider.domain.bar import BarSize
from ib_provider.domain.session_span import SessionSpan

__all__ = ["BarAsk", "halve", "plan_asks", "plan_open_ended"]

#: Bars short enough to fall under the hard pacing rules: the longest span, in seconds.
_SECONDS: Final = {
    BarSize.SEC_1: 1_800,
    BarSize.SEC_5: 3_600,
    BarSize.SEC_10: 14_400,
    BarSize.SEC_15: 14_400,
    BarSize.SEC_30: 28_800,
}
#: The longest span of every other size, in calendar days.
_DAYS: Final = {
    BarSize.MIN_1: 7,
    BarSize.MIN_2: 14,
    BarSize.MIN_3: 14,
    BarSize.MIN_5: 28,
    BarSize.MIN_10: 28,
    BarSize.MIN_15: 28,
    BarSize.MIN_20: 28,
    BarSize.MIN_30: 28,
    BarSize.HOUR_1: 182,
    BarSize.HOUR_2: 364,
    BarSize.HOUR_3: 364,
    BarSize.HOUR_4: 364,
    BarSize.HOUR_8: 12 * 28,
    BarSize.DAY_1: 20 * 365,
    BarSize.WEEK_1: 20 * 365,
    BarSize.MONTH_1: 20 * 365,
}
_WORKING_WEEK: Final = 5
_DAYS_A_YEAR: Final = 365
_DAYS_A_MONTH: Final = 28  # the shortest, so that months always reach back far enough
#: Durations in months are the only ones legal for bars as long as this.
_MONTHS_ONLY: Final = BarSize.HOUR_8


@dataclass(frozen=True, slots=True, kw_only=True)
class BarAsk:
    """One historical request.

    Attributes:
        begin: The first instant wanted of the answer, UTC.
        end: The instant before which bars begin, UTC; None for now.
        duration: IB's text: ``5 D``, ``1800 S``.
        sessions: The sessions it brings, or brings a part of.
    """

    begin: datetime
    end: datetime | None
    duration: str
    sessions: tuple[SessionSpan, ...]


def plan_asks(size: BarSize, sessions: Sequence[SessionSpan]) -> tuple[BarAsk, ...]:
    """Return the fewest requests that bring these sessions, oldest first.

    Args:
        sessions: Ascending; they need not be next to one another.
    """
    if size in _SECONDS:
        return tuple(ask for span in sessions for ask in _pieces(span, _SECONDS[size]))
    return tuple(_one(size, group) for group in _groups(sessions, _DAYS[size]))


def plan_open_ended(size: BarSize, sessions: Sequence[SessionSpan], now: datetime) -> BarAsk:
    """Return the one request that reaches from now back to the first of these sessions.

    Raises:
        ValueError: Bars of seconds, or no session.
    """
    if not sessions or size in _SECONDS:
        raise ValueError(f"{size.value} bars of {len(sessions)} session(s) have no open end")
    days = (now.date() - sessions[0].session).days + 1
    begin = sessions[0].begin
    return BarAsk(begin=begin, end=None, duration=_text(size, days), sessions=tuple(sessions))


def halve(size: BarSize, ask: BarAsk) -> tuple[BarAsk, ...]:
    """Return two requests for what one did not bring in time; nothing where it is the smallest.

    The smallest is a session, or a minute of seconds.
    """
    if ask.end is None:
        return ()
    if size in _SECONDS:
        return _halve_seconds(ask, ask.end)
    if len(ask.sessions) < 2:
        return ()
    middle = len(ask.sessions) // 2
    return (_one(size, ask.sessions[:middle]), _one(size, ask.sessions[middle:]))


def _halve_seconds(ask: BarAsk, end: datetime) -> tuple[BarAsk, ...]:
    seconds = int((end - ask.begin).total_seconds())
    half = seconds // 2 // 60 * 60
    if half < 60:
        return ()
    middle = ask.begin + timedelta(seconds=half)
    return (
        _seconds(ask.begin, middle, ask.sessions[0]),
        _seconds(middle, end, ask.sessions[0]),
    )


def _pieces(span: SessionSpan, longest: int) -> Iterator[BarAsk]:
    """Yield the requests for the seconds of one session."""
    begin = span.begin
    while begin < span.end:
        end = min(begin + timedelta(seconds=longest), span.end)
        yield _seconds(begin, end, span)
        begin = end


def _seconds(begin: datetime, end: datetime, span: SessionSpan) -> BarAsk:
    seconds = int((end - begin).total_seconds())
    return BarAsk(begin=begin, end=end, duration=f"{seconds} S", sessions=(span,))


def _groups(sessions: Sequence[SessionSpan], days: int) -> Iterator[tuple[SessionSpan, ...]]:
    """Yield runs of sessions, each within so many calendar days."""
    group: list[SessionSpan] = []
    for span in sessions:
        if group and (span.session - group[0].session).days >= days:
            yield tuple(group)
            group = []
        group.append(span)
    if group:
        yield tuple(group)


def _one(size: BarSize, group: Sequence[SessionSpan]) -> BarAsk:
    days = (group[-1].session - group[0].session).days + 1
    return BarAsk(
        begin=group[0].begin,
        end=group[-1].end,
        duration=_text(size, days),
        sessions=tuple(group),
    )


def _text(size: BarSize, days: int) -> str:
    """Return a duration that reaches back at least so many calendar days, legal for the size."""
    if not size.is_intraday:
        return f"{days} D" if days <= _DAYS_A_YEAR else f"{-(-days // _DAYS_A_YEAR)} Y"
    if size is _MONTHS_ONLY:
        return f"{-(-days // _DAYS_A_MONTH)} M"
    if days <= _WORKING_WEEK and size.length <= timedelta(hours=1):
        return f"{days} D"
    return f"{-(-days // 7)} W"
