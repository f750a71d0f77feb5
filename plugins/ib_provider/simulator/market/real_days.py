# SPDX-License-Identifier: Apache-2.0
"""Real bars that public packages ship, as far as they are installed. Read as files, never imported.

| source  | package, licence         | holds                                              |
|---------|--------------------------|----------------------------------------------------|
| bokeh   | bokeh-sampledata, BSD    | five US stocks, daily, 2000-03-01 to 2013-03-01    |
| sp500   | arch, NCSA               | S&P 500, daily, 1999 to 2018; likewise nasdaq      |
| vix     | arch, NCSA               | VIX closes, daily, 2014 to 2018                    |
| wti     | arch, NCSA               | WTI spot closes, daily, 1986 to 2019               |
| eurusd  | gym-anytrading, MIT      | EUR.USD ask, hourly, 2017                          |

Only the first is a dependency (the extra ``simulator``): the others pull in large libraries, so
their files are used where somebody has installed them, and the generator stands in where not.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ib_provider.simulator.market.daily_file import (
    TICKS,
    DailyBar,
    daily_file_path,
    read_daily_file,
)
from ib_provider.simulator.market.hours import trade_date

__all__ = ["HourBar", "real_days", "real_hours", "tick_of"]

_ARCH: Final = {
    "sp500": ("sp500", ""),
    "nasdaq": ("nasdaq", ""),
    "vix": ("vix", "vix"),
    "wti": ("wti", "DCOILWTICO"),
}


@dataclass(frozen=True, slots=True)
class HourBar:
    """One real hour that begins at ``start``, UTC. Prices in an instrument's own units."""

    start: datetime
    open: int
    high: int
    low: int
    close: int


def real_days(source: str, symbol: str, scale: int) -> Mapping[date, DailyBar]:
    """Return a source's days by session, prices in units of ``1 / scale``; none if not installed.

    Raises:
        ConfigError: The stocks' package, which is a dependency, is not installed.
    """
    if source == "bokeh":
        days = read_daily_file(daily_file_path())[symbol]
        if scale != TICKS:
            raise ValueError(f"{symbol}: the daily file has units of 1/{TICKS}, not 1/{scale}")
        return {day.session: day for day in days}
    if source in _ARCH:
        path = _installed("arch", f"data/{_ARCH[source][0]}/{_ARCH[source][0]}.csv.gz")
        return {day.session: day for day in _arch_days(path, _ARCH[source][1], scale)}
    if source == "eurusd":
        return _days_of_hours(real_hours(source, scale))
    return {}


@cache
def real_hours(source: str, scale: int) -> Mapping[date, tuple[HourBar, ...]]:
    """Return a source's hours by trade date; none if it has none."""
    path = _installed("gym_anytrading", "datasets/data/FOREX_EURUSD_1H_ASK.csv")
    if source != "eurusd" or path is None:
        return {}
    found: defaultdict[date, list[HourBar]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            start = datetime.strptime(row["Time"][:19], "%d.%m.%Y %H:%M:%S").replace(tzinfo=UTC)
            prices = [tick_of(row[name], scale) for name in ("Open", "High", "Low", "Close")]
            # an hour belongs to the trade date in which its middle lies
            day = trade_date("IDEALPRO", start + timedelta(minutes=30))
            if day is not None and start < day.ends:
                found[day.session].append(HourBar(start, *prices))
    return {session: tuple(hours) for session, hours in found.items()}


def tick_of(text: str, scale: int) -> int:
    """Return a price's text in units of ``1 / scale``, at least one."""
    return max(1, round(float(text) * scale))


def _days_of_hours(hours: Mapping[date, tuple[HourBar, ...]]) -> Mapping[date, DailyBar]:
    return {
        session: DailyBar(
            session,
            bars[0].open,
            max(bar.high for bar in bars),
            min(bar.low for bar in bars),
            bars[-1].close,
            0,
        )
        for session, bars in hours.items()
    }


def _arch_days(path: Path | None, column: str, scale: int) -> Iterator[DailyBar]:
    """Yield the days of one of arch's files; of closes alone where it has only those."""
    if path is None:
        return
    before = 0
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            month, day, year = (int(part) for part in row["Date"].split("/"))
            session = date(year, month, day)
            if not column:
                names = ("Open", "High", "Low", "Close")
                prices = [tick_of(row[name], scale) for name in names]
                yield DailyBar(session, prices[0], max(prices), min(prices), prices[3], 0)
            elif row[column] not in ("", "."):
                close = tick_of(row[column], scale)
                start = before or close
                yield DailyBar(session, start, max(start, close), min(start, close), close, 0)
                before = close


def _installed(package: str, path: str) -> Path | None:
    spec = find_spec(package)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(root) / path
        if found.is_file():
            return found
    return None
