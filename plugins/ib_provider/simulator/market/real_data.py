# SPDX-License-Identifier: Apache-2.0
"""Real prices that public packages ship, as far as their files are at hand.

| source    | package, licence      | holds                                                      |
|-----------|-----------------------|------------------------------------------------------------|
| bokeh     | bokeh-sampledata, BSD | five US stocks, daily, 2000-03-01 to 2013-03-01            |
| sp500     | arch, NCSA            | S&P 500, daily, 1999 to 2018; likewise nasdaq              |
| vix       | arch, NCSA            | VIX closes, daily, 2014 to 2018                            |
| wti       | arch, NCSA            | WTI spot closes, daily, 1986 to 2019                       |
| eurusd    | gym-anytrading, MIT   | EUR.USD ask, hourly, 2017                                  |
| es-trades | mlfinpy, MIT          | trades of a future like ES, 2013-09-01 17:00 to 2013-09-03 |

Only the first is a dependency (the extra ``simulator``): the others pull in large libraries, so
their files are used where somebody has them, and the generator stands in where not.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from ib_provider.simulator.market.daily_file import (
    TICKS,
    DailyBar,
    daily_file_path,
    read_daily_file,
)
from ib_provider.simulator.market.hours import TradingDay, trade_date
from ib_provider.simulator.market.instrument import Instrument
from ib_provider.simulator.market.package_files import PackageFiles
from ib_provider.simulator.market.spread import half_spread
from ib_provider.simulator.market.trade_tape import TradeTape, read_trades

__all__ = ["HourBar", "RealData", "real_data", "tick_of"]

#: Columns of closes in the files that have nothing else.
_CLOSES: Final = {"vix": "vix", "wti": "DCOILWTICO"}
_ARCH: Final = ("sp500", "nasdaq", *_CLOSES)


@dataclass(frozen=True, slots=True)
class HourBar:
    """One real hour that begins at ``start``, UTC. Prices in an instrument's own units."""

    start: datetime
    open: int
    high: int
    low: int
    close: int

    def less(self, units: int) -> HourBar:
        """Return the hour so many units lower."""
        return replace(
            self,
            open=self.open - units,
            high=self.high - units,
            low=self.low - units,
            close=self.close - units,
        )


class RealData:
    """Real prices by instrument, read when first asked for."""

    def __init__(self, files: PackageFiles) -> None:
        self._files = files
        self.hours = lru_cache(maxsize=8)(self._read_hours)
        self._trades = lru_cache(maxsize=1)(self._read_trades)

    def days(self, what: Instrument) -> Mapping[date, DailyBar]:
        """Return an instrument's days by session; none where there is no file.

        Raises:
            ConfigError: The stocks' package, which is a dependency, is not installed.
        """
        if what.source == "bokeh":
            if what.scale != TICKS:
                text = f"{what.symbol}: the daily file has units of 1/{TICKS}, not 1/{what.scale}"
                raise ValueError(text)
            days = read_daily_file(daily_file_path())[what.symbol]
            return {day.session: day for day in days}
        if what.source in _ARCH and (content := self._files.read(what.source)):
            return {day.session: day for day in _arch_days(content, what.source, what.scale)}
        return _days_of_hours(self.hours(what))

    def tape(self, what: Instrument, day: TradingDay) -> TradeTape | None:
        """Return the trades of an instrument's session, from its begin; None where none are."""
        if what.source != "es-trades":
            return None
        trades = self._trades(what.source, what.scale)
        return trades and trades.of_session(int(day.begins.timestamp()), int(day.ends.timestamp()))

    def _read_hours(self, what: Instrument) -> Mapping[date, tuple[HourBar, ...]]:
        """Return the hours by trade date, brought from the ask to the middle; none without file."""
        content = self._files.read("eurusd") if what.source == "eurusd" else None
        if content is None:
            return {}
        found: defaultdict[date, list[HourBar]] = defaultdict(list)
        for row in csv.DictReader(io.StringIO(content.decode())):
            start = datetime.strptime(row["Time"][:19], "%d.%m.%Y %H:%M:%S").replace(tzinfo=UTC)
            names = ("Open", "High", "Low", "Close")
            prices = [tick_of(row[name], what.scale) for name in names]
            # an hour belongs to the trade date in which its middle lies
            day = trade_date(what.venue, start + timedelta(minutes=30))
            if day is not None and start < day.ends:
                found[day.session].append(HourBar(start, *prices))
        return {
            session: tuple(hour.less(half_spread(what, hours[0].open)) for hour in hours)
            for session, hours in found.items()
        }

    def _read_trades(self, source: str, scale: int) -> TradeTape | None:
        content = self._files.read(source)
        return read_trades(content, scale) if content else None


@lru_cache(maxsize=8)
def real_data(folder: Path | None = None) -> RealData:
    """Return the real prices of the installed packages and of a folder.

    Raises:
        ConfigError: The folder is none, or holds nothing that there is a use for.
    """
    return RealData(PackageFiles(folder))


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


def _arch_days(content: bytes, source: str, scale: int) -> Iterator[DailyBar]:
    """Yield the days of one of arch's files; of closes alone where it has only those."""
    column, before = _CLOSES.get(source, ""), 0
    for row in csv.DictReader(io.StringIO(gzip.decompress(content).decode())):
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
