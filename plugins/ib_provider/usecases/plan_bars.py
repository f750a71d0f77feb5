# SPDX-License-Identifier: Apache-2.0
"""What a download would ask for, and how long the gateway's rules make it take at the least.

Nothing is asked of a gateway: what is missing is known from calendars and the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.bar_plan import plan_asks
from ib_provider.domain.contract import Instrument
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.ask_bars import SessionRange
from ib_provider.usecases.missing_bars import missing_bars
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["BarsPlan", "SeriesPlan", "plan_bars"]

#: Bars of this size and shorter: sixty requests in ten minutes. Source: TWS API, "Pacing".
_HARD_PACED: Final = timedelta(seconds=30)
_A_HARD_PACED_REQUEST: Final = timedelta(seconds=10)
#: Longer bars are slowed by the server; fifty messages a second is the bound of the connection.
_A_REQUEST: Final = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """What one series lacks and takes."""

    instrument_id: str
    parts: tuple[SessionRange, ...]
    sessions: int
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsPlan:
    """A download before it starts.

    Attributes:
        at_least: What the pacing rules take; the gateway's own time comes on top.
    """

    spec: BarSpec
    series: tuple[SeriesPlan, ...]
    at_least: timedelta

    @property
    def requests(self) -> int:
        """Return how many requests it takes, but for halves of those that time out."""
        return sum(item.requests for item in self.series)

    def __str__(self) -> str:
        lacking = [item for item in self.series if item.requests]
        sessions = sum(item.sessions for item in lacking)
        return (
            f"{self.spec}: {len(lacking):,} of {len(self.series):,} series lack {sessions:,} "
            f"session(s): {self.requests:,} request(s), at least {_human(self.at_least)}"
        )


def plan_bars(
    *,
    ledger: Ledger,
    instruments: Sequence[Instrument],
    spec: BarSpec,
    start: date,
    end: date,
    calendar: SessionCalendar | None = None,
    with_late: bool = False,
) -> BarsPlan:
    """Return what a download of this range would ask for.

    Args:
        calendar: What IB said of sessions: ``SessionCalendar.stored(market)``; the venues' own
            where None.
        with_late: As of ``missing_bars``.

    Raises:
        ConfigError: No venue concerned has a session in the range.
    """
    known = calendar or SessionCalendar()
    missing = missing_bars(
        ledger, instruments, spec, start=start, end=end, calendar=known, with_late=with_late
    )
    series = tuple(_series(item, spec, missing[item.instrument_id], known) for item in instruments)
    requests = sum(item.requests for item in series)
    return BarsPlan(spec=spec, series=series, at_least=_bound(spec, requests))


def _series(
    instrument: Instrument,
    spec: BarSpec,
    parts: tuple[SessionRange, ...],
    calendar: SessionCalendar,
) -> SeriesPlan:
    regular = spec.rth and spec.size.is_intraday
    spans = [calendar.spans(instrument, *part, regular=regular) for part in parts]
    return SeriesPlan(
        instrument_id=instrument.instrument_id,
        parts=parts,
        sessions=sum(map(len, spans)),
        requests=sum(len(plan_asks(spec.size, span)) for span in spans),
    )


def _bound(spec: BarSpec, requests: int) -> timedelta:
    weight = 2 if spec.what is WhatToShow.BID_ASK else 1
    if _is_hard_paced(spec.size):
        return requests * weight * _A_HARD_PACED_REQUEST
    return requests * _A_REQUEST


def _is_hard_paced(size: BarSize) -> bool:
    return size.is_intraday and size.length <= _HARD_PACED


def _human(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"
