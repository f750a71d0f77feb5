# SPDX-License-Identifier: Apache-2.0
"""How many bars a series has of the sessions it should have, and where the others are missing.

Rules:
    * Gaps are judged inside sessions: nights, week-ends and holidays have no bars. Sessions are
      IB's where it named them; a day that nobody knows to be one is no gap.
    * What was proved to be empty is no gap: the series had not begun.
    * Inside a session only regular hours are judged, and only bars up to an hour, because only
      of these it is known when each begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.domain.coverage import CoverageState
from ib_provider.domain.finding import Finding
from ib_provider.domain.session_span import SessionSpan
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.checks import BAR_COUNT
from ib_provider.quality.session_bars import has_session_bars, session_bars
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.missing_bars import final_sessions, missing_bars, wanted_from
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["Gap", "GapKind", "SeriesCount", "count_bars", "find_gaps"]

_DAY: Final = timedelta(days=1)
#: Sessions named in a text.
_NAMED: Final = 5
#: Bars longer than a day, and the first day of what one stands for.
_PERIODS: Final[Mapping[BarSize, Callable[[date], date]]] = {
    BarSize.WEEK_1: lambda day: day - day.weekday() * _DAY,
    BarSize.MONTH_1: lambda day: day.replace(day=1),
}


class GapKind(StrEnum):
    """Why bars are missing."""

    UNKNOWN = "unknown"  # never asked for, or asked for and nothing proved
    NO_BAR = "no bar"  # covered, and a session is without a bar
    HOLE = "hole"  # a session has bars, and not all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Bars that are missing, one behind the other.

    Attributes:
        start: A session, or the instant of the first bar that is missing.
        end: The day after the last session, or the instant before which the next bar begins.
        missing: Sessions, or bars of a hole.
    """

    key: SeriesKey
    kind: GapKind
    start: date
    end: date
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesCount:
    """The bars of one series beside those there should be.

    Attributes:
        expected: A bar a session for a day and longer, and where it is not known how many.
        share: Which share of the expected ones is enough.
        bare: Sessions, weeks or months without any bar.
    """

    key: SeriesKey
    expected: int
    have: int
    share: float
    bare: tuple[date, ...] = ()

    @property
    def is_short(self) -> bool:
        """Return whether too few bars came, or none at all of some session."""
        return self.have < self.expected * self.share or bool(self.bare)

    def __str__(self) -> str:
        text = f"{self.key}: {self.have:,} of {self.expected:,} bars"
        if not self.bare:
            return text
        more = f" and {len(self.bare) - _NAMED:,} more" if len(self.bare) > _NAMED else ""
        return f"{text}, none of {', '.join(map(str, self.bare[:_NAMED]))}{more}"

    def finding(self) -> Finding:
        """Return what is short, as validations tell it."""
        return Finding(
            key=self.key,
            check=BAR_COUNT.name,
            severity=BAR_COUNT.severity,
            count=max(1, self.expected - self.have),
            rows=(str(self),),
        )


def count_bars(
    *,
    bars: BarStore,
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    start: date,
    end: date,
    now: datetime,
    share: float = 0.9,
    with_late: bool = False,
) -> tuple[SeriesCount, ...]:
    """Return the count of each series over a range of sessions.

    Args:
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        now: Sessions whose bars are not final by then are not counted.
        share: Which share of the bars is enough.
        with_late: Also the session before, of what settles a day late: see ``wanted_from``.

    Raises:
        CorruptFile: A file of the tree is damaged.
    """
    calendar = SessionCalendar.stored(bars.root)
    found = []
    for item in instruments:
        key = SeriesKey(instrument_id=item.instrument_id, spec=spec)
        first = wanted_from(calendar, item, spec, start) if with_late else start
        days = _due(calendar, item, spec, first, end, now=now)
        wanted = _not_empty(ledger, key, days)
        room = session_bars(spec, wanted, _hours(calendar, item, spec, wanted))
        have = _bars_a_session(bars.read(key, first, end))
        if spec.size in _PERIODS:
            wanted, have = _whole_periods(spec.size, wanted, start, end), _periods(spec.size, have)
        found.append(
            SeriesCount(
                key=key,
                expected=sum(room.values()) if room else len(wanted),
                have=sum(have.get(day, 0) if room else day in have for day in room or wanted),
                share=share,
                bare=tuple(day for day in wanted if day not in have),
            )
        )
    return tuple(found)


def find_gaps(
    *,
    bars: BarStore,
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    start: date,
    end: date,
    now: datetime,
) -> Iterator[Gap]:
    """Yield what is missing of each series, ascending.

    Args:
        start: First session, inclusive, exchange-local.
        end: Day after the last session.
        now: Sessions whose bars are not final by then are not missed.

    Raises:
        ConfigError: No venue concerned has a session in the range.
        CorruptFile: A file of the tree is damaged.
    """
    calendar = SessionCalendar.stored(bars.root)
    unknown = missing_bars(
        ledger, instruments, spec, start=start, end=end, now=now, calendar=calendar
    )
    for item in instruments:
        key = SeriesKey(instrument_id=item.instrument_id, spec=spec)
        ranges = unknown[item.instrument_id]
        gaps = [
            Gap(
                key=key,
                kind=GapKind.UNKNOWN,
                start=a,
                end=b,
                missing=len(calendar.sessions(item, a, b)),
            )
            for a, b in ranges
        ]
        days = calendar.sessions(item, start, min(end, now.date() + _DAY))
        due = _due(calendar, item, spec, start, end, now=now)
        covered = [day for day in due if not any(a <= day < b for a, b in ranges)]
        wanted = _not_empty(ledger, key, covered)
        table = bars.read(key, start, end)
        gaps += _in_covered(key, table, wanted, days)
        gaps += _holes(key, table, wanted, _hours(calendar, item, spec, wanted))
        yield from sorted(gaps, key=_begin)


def _hours(
    calendar: SessionCalendar, item: Instrument, spec: BarSpec, days: Sequence[date]
) -> Mapping[date, SessionSpan]:
    return calendar.regular_hours(item, days) if has_session_bars(spec) else {}


def _due(
    calendar: SessionCalendar,
    item: Instrument,
    spec: BarSpec,
    start: date,
    end: date,
    *,
    now: datetime,
) -> tuple[date, ...]:
    """Return the sessions whose bars are final, of those that somebody knows to be sessions."""
    days = final_sessions(calendar, item, spec, start, end, now=now)
    unknown = calendar.unknown_days(item, start, end)
    return tuple(day for day in days if day not in unknown)


def _bars_a_session(table: pa.Table) -> dict[date, int]:
    counts = pc.value_counts(table["session"]).to_pylist()
    return {row["values"]: row["counts"] for row in counts}


def _periods(size: BarSize, days: Iterable[date]) -> dict[date, int]:
    """Return the first days of the weeks or months that hold some days."""
    return dict.fromkeys((_PERIODS[size](day) for day in days), 1)


def _whole_periods(size: BarSize, days: Iterable[date], start: date, end: date) -> list[date]:
    """Return those that lie within a range whole: the bar of a part of one is not final."""
    whole = set(_periods(size, days)) - set(_periods(size, (start - _DAY, end)))
    return sorted(whole)


def _not_empty(ledger: Ledger, key: SeriesKey, days: Sequence[date]) -> list[date]:
    """Return the days that were not proved to be empty."""
    empty = [
        (span.start, span.end) for span in ledger.spans(key) if span.state is CoverageState.EMPTY
    ]
    return [day for day in days if not any(a <= day < b for a, b in empty)]


def _in_covered(
    key: SeriesKey, table: pa.Table, wanted: Sequence[date], days: Sequence[date]
) -> Iterator[Gap]:
    """Yield the runs of covered sessions without any bar."""
    if key.spec.size in _PERIODS:
        return
    lacking = set(wanted) - set(table["session"].to_pylist())
    run: list[date] = []
    for day in [*days, None]:
        if day is not None and day in lacking:
            run.append(day)
        elif run:
            yield Gap(
                key=key, kind=GapKind.NO_BAR, start=run[0], end=run[-1] + _DAY, missing=len(run)
            )
            run = []


def _holes(
    key: SeriesKey,
    table: pa.Table,
    wanted: Sequence[date],
    hours: Mapping[date, SessionSpan],
) -> Iterator[Gap]:
    """Yield the stretches of regular hours in which bars are missing."""
    if not has_session_bars(key.spec) or not table.num_rows:
        return
    have = _bars_a_session(table)
    for day, room in session_bars(key.spec, wanted, hours).items():
        if not 0 < have.get(day, 0) < room:
            continue
        rows = table.filter(pc.equal(table["session"], pa.scalar(day)))
        yield from _within(key, rows["ts"].to_pylist(), hours[day])


def _within(key: SeriesKey, stamps: Sequence[datetime], hours: SessionSpan) -> Iterator[Gap]:
    due, length = hours.begin, key.spec.size.length
    for ts in [*stamps, hours.end]:
        if ts > due and (missing := -((due - ts) // length)):
            yield Gap(key=key, kind=GapKind.HOLE, start=due, end=ts, missing=missing)
        # The first bar of a session may be shorter: the next begins on the clock's own step.
        due = max(due, _next(ts, length))


def _next(ts: datetime, length: timedelta) -> datetime:
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp((int(ts.timestamp()) // seconds + 1) * seconds, ts.tzinfo)


def _begin(gap: Gap) -> str:
    return gap.start.isoformat()
