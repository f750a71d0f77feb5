# SPDX-License-Identifier: Apache-2.0
"""Which requests bring a range of bars: a pure decision over a table of durations.

Rules:
    * ``end`` of a range is exclusive; a request may reach back further than the range's start,
      never less far, so its answer is trimmed by whoever asked.
    * IB reads ``n D`` as trading days, so a count of calendar days is always enough.
    * Above 365 days IB wants years.

Source: TWS API, "Historical Data Limitations"; one span per bar size that is known to be served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.domain.bar import BarSize
from ib_provider.errors import ConfigError

__all__ = ["BarAsk", "plan_asks"]

#: Longest span asked at once: days, and how IB spells it.
_SPANS: Final = {
    BarSize.MIN_1: (1, "1 D"),
    BarSize.MIN_2: (2, "2 D"),
    BarSize.MIN_3: (7, "1 W"),
    BarSize.MIN_5: (7, "1 W"),
    BarSize.MIN_10: (7, "1 W"),
    BarSize.MIN_15: (7, "1 W"),
    BarSize.MIN_20: (7, "1 W"),
    BarSize.MIN_30: (28, "1 M"),
    BarSize.HOUR_1: (28, "1 M"),
    BarSize.HOUR_2: (28, "1 M"),
    BarSize.HOUR_3: (28, "1 M"),
    BarSize.HOUR_4: (28, "1 M"),
    BarSize.HOUR_8: (28, "1 M"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BarAsk:
    """One historical request: bars that begin before ``end`` (UTC), ``duration`` back from it."""

    end: datetime
    duration: str


def plan_asks(size: BarSize, start: date, end: date, time_zone: str) -> tuple[BarAsk, ...]:
    """Return the requests that cover sessions ``start`` to ``end`` (exclusive), oldest first.

    Args:
        time_zone: The exchange's, IANA: a session ends at its midnight.

    Raises:
        ConfigError: Bars of this size are not collected yet.
    """
    if end <= start:
        return ()
    if not size.is_intraday:
        days = (end - start).days
        duration = f"{days} D" if days <= 365 else f"{-(-days // 365)} Y"
        return (BarAsk(end=_midnight(end, time_zone), duration=duration),)
    if size not in _SPANS:
        raise ConfigError(
            "bars", [f"bar_size: {size.value!r} is not collected, 1 min and longer are"]
        )
    step, duration = _SPANS[size]
    ends = reversed(tuple(_ends(start, end, step)))
    return tuple(BarAsk(end=_midnight(day, time_zone), duration=duration) for day in ends)


def _ends(start: date, end: date, step: int) -> Iterator[date]:
    while end > start:
        yield end
        end -= timedelta(days=step)


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)
