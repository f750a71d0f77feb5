# SPDX-License-Identifier: Apache-2.0
"""Bars as columns: cut from a session, gathered to any size, adjusted, seen from any side.

Rules:
    * Intraday bars lie on whole multiples of their size in local time, so the first hour of a
      session that opens at 09:30 is half an hour long, as at a real gateway.
    * BID, ASK, MIDPOINT and BID_ASK lie half a spread around the trades, with -1 for what quotes
      have not: volume, average price, count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ib_provider.domain.bar import WhatToShow
from ib_provider.simulator.market.noise import Floats, Ints
from ib_provider.simulator.market.session_path import Minutes

__all__ = ["SHARES_PER_TRADE", "BarColumns", "as_yields", "gathered", "priced", "seen_as"]

#: Shares behind one reported trade, about what a real gateway shows for large US stocks.
SHARES_PER_TRADE: Final = 200
_NO_VOLUME: Final = -1
_COUPON: Final = 4.0  # percent a year, of every bond here


@dataclass(frozen=True, slots=True, kw_only=True)
class BarColumns:
    """Bars of one session, prices in the currency. Shape: columns of one length.

    Attributes:
        start: Epoch seconds.
        spread: Half of it, in the currency.
    """

    start: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Ints
    wap: Floats
    trades: Ints
    spread: float

    def __len__(self) -> int:
        return len(self.start)

    def since(self, first: float) -> BarColumns:
        """Return the bars that begin at an epoch second or later."""
        place = int(np.searchsorted(self.start, first))
        return self.where(slice(place, None))

    def where(self, rows: slice | NDArray[np.bool_]) -> BarColumns:
        """Return some of the bars."""
        return BarColumns(
            start=self.start[rows],
            open=self.open[rows],
            high=self.high[rows],
            low=self.low[rows],
            close=self.close[rows],
            volume=self.volume[rows],
            wap=self.wap[rows],
            trades=self.trades[rows],
            spread=self.spread,
        )


def priced(
    rows: Minutes,
    *,
    begin: int,
    length: int,
    scale: float,
    factor: int,
    counted: bool,
    spread: int,
) -> BarColumns:
    """Return rows of a path as bars.

    Args:
        begin, length: Epoch second of the first row, and seconds from one to the next.
        scale: Units of the rows in one of the currency, times what splits made of a share.
        factor: What splits made of a share: volumes grow by it.
        counted: Whether volumes are reported.
    """
    middle = (rows.high + rows.low + rows.close) / 3 / scale
    trades = np.maximum(rows.volume > 0, rows.volume // SHARES_PER_TRADE)
    return BarColumns(
        start=begin + length * np.arange(len(rows), dtype=np.int64),
        open=rows.open / scale,
        high=rows.high / scale,
        low=rows.low / scale,
        close=rows.close / scale,
        volume=rows.volume * factor if counted else np.zeros(len(rows), dtype=np.int64),
        wap=np.round(middle, 4),
        trades=trades if counted else np.zeros(len(rows), dtype=np.int64),
        spread=spread / scale,
    )


def gathered(bars: BarColumns, size_s: int, *, shift_s: int) -> BarColumns:
    """Return bars of a greater size, whole multiples of it in local time.

    Args:
        shift_s: Local time less UTC.
    """
    if not len(bars):
        return bars
    starts = bars.start[_heads(bars, size_s, shift_s)]
    bars = _loud(bars, size_s, shift_s)
    heads = _heads(bars, size_s, shift_s)
    tails = np.append(heads[1:], len(bars)) - 1
    volume = np.add.reduceat(bars.volume, heads)
    money = np.add.reduceat(bars.wap * bars.volume, heads)
    high, low = np.maximum.reduceat(bars.high, heads), np.minimum.reduceat(bars.low, heads)
    average = np.where(volume > 0, money / np.maximum(volume, 1), bars.wap[tails])
    return BarColumns(
        start=starts,
        open=bars.open[heads],
        high=high,
        low=low,
        close=bars.close[tails],
        volume=volume,
        wap=np.clip(np.round(average, 4), low, high),
        trades=np.add.reduceat(bars.trades, heads),
        spread=bars.spread,
    )


def _heads(bars: BarColumns, size_s: int, shift_s: int) -> Ints:
    """Return the row at which each bar of a greater size begins."""
    groups = (bars.start + shift_s) // size_s
    heads: Ints = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    return heads


def _loud(bars: BarColumns, size_s: int, shift_s: int) -> BarColumns:
    """Return the bars without those in which nothing traded, where anything did in their group."""
    silent = bars.volume == 0
    if not silent.any() or silent.all():
        return bars
    heads = _heads(bars, size_s, shift_s)
    traded = np.add.reduceat(bars.volume, heads) > 0
    counts = np.diff(np.append(heads, len(bars)))
    return bars.where(~silent | ~np.repeat(traded, counts))


def seen_as(bars: BarColumns, what: WhatToShow) -> BarColumns:
    """Return the bars of one side of the market, or of its middle."""
    view = _VIEWS.get(what)
    return bars if view is None else view(bars)


def as_yields(bars: BarColumns) -> BarColumns:
    """Return a bond's bars as its current yield in percent: high where the price is low."""
    opened, high, low, close = (
        np.round(100 * _COUPON / column, 4)
        for column in (bars.open, bars.low, bars.high, bars.close)
    )
    return _quoted(bars, opened, high, low, close)


def _shifted(bars: BarColumns, by: float) -> BarColumns:
    sides = (np.round(column + by, 8) for column in (bars.open, bars.high, bars.low, bars.close))
    return _quoted(bars, *(np.maximum(0.0, side) for side in sides))


def _bid_ask(bars: BarColumns) -> BarColumns:
    """Mean bid, highest ask, lowest bid, mean ask: what BID_ASK bars hold."""
    half = bars.spread
    return _quoted(
        bars,
        np.maximum(0.0, np.round(bars.wap - half, 8)),
        np.round(bars.high + half, 8),
        np.maximum(0.0, np.round(bars.low - half, 8)),
        np.round(bars.wap + half, 8),
    )


def _quoted(
    bars: BarColumns, opened: Floats, high: Floats, low: Floats, close: Floats
) -> BarColumns:
    none = np.full(len(bars), _NO_VOLUME, dtype=np.int64)
    return replace(
        bars,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=none,
        wap=none.astype(np.float64),
        trades=none,
    )


_VIEWS: Final[dict[WhatToShow, Callable[[BarColumns], BarColumns]]] = {
    WhatToShow.MIDPOINT: lambda bars: _shifted(bars, 0.0),
    WhatToShow.BID: lambda bars: _shifted(bars, -bars.spread),
    WhatToShow.ASK: lambda bars: _shifted(bars, bars.spread),
    WhatToShow.BID_ASK: _bid_ask,
}
