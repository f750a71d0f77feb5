# SPDX-License-Identifier: Apache-2.0
"""Recorded trades: replayed as they were, and added up to seconds and minutes.

Rules:
    * Every trade of the record is a trade of the market: same price, same size, same order.
    * A second without a trade stands where the last trade was; before the first trade of its
      minute, where that minute begins to trade. So seconds add up to minutes.
    * The last minute of a record ends with its last trade.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ib_provider.simulator.market.noise import Ints
from ib_provider.simulator.market.second_path import SECONDS, Print
from ib_provider.simulator.market.session_path import Minutes

__all__ = ["TradeTape", "minutes_of", "read_trades"]

#: The record says no zone. It opens at 17:00, and stops at 10:30 on Labor Day: Chicago.
_ZONE: Final = "America/Chicago"


@dataclass(frozen=True)
class TradeTape:
    """Trades in order: the epoch second of each, its price in units, its size."""

    at: Ints
    price: Ints
    size: Ints
    begin: int = 0

    def of_session(self, begin: int, end: int) -> TradeTape | None:
        """Return the trades from one epoch second up to another; None where there is none."""
        first, last = (int(place) for place in np.searchsorted(self.at, (begin, end)))
        if first == last:
            return None
        part = slice(first, last)
        return TradeTape(self.at[part], self.price[part], self.size[part], begin)

    @cached_property
    def minutes(self) -> int:
        """Return how many minutes of the session it tells, from the begin on."""
        return int(self.at[-1] - self.begin) // SECONDS + 1

    @cached_property
    def seconds(self) -> Minutes:
        """Return every second of those minutes."""
        count = self.minutes * SECONDS
        heads = np.flatnonzero(np.diff(self.at, prepend=self.at[0] - 1))
        tails = np.append(heads[1:], len(self.at)) - 1
        places = self.at[heads] - self.begin
        standing = self._standing(count, places, heads, tails)
        opened, high, low, close = (standing.copy() for _ in range(4))
        opened[places] = self.price[heads]
        high[places] = np.maximum.reduceat(self.price, heads)
        low[places] = np.minimum.reduceat(self.price, heads)
        close[places] = self.price[tails]
        volume = np.zeros(count, dtype=np.int64)
        volume[places] = np.add.reduceat(self.size, heads)
        return Minutes(opened, high, low, close, volume)

    def prints(self, second: int) -> tuple[Print, ...]:
        """Return the trades of one second, counted from the begin."""
        at = self.begin + second
        first, last = np.searchsorted(self.at, (at, at + 1))
        prices, sizes = self.price[first:last].tolist(), self.size[first:last].tolist()
        return tuple(Print(price, size) for price, size in zip(prices, sizes, strict=True))

    def _standing(self, count: int, places: Ints, heads: Ints, tails: Ints) -> Ints:
        """Return the price at which each second stands if nothing trades in it."""
        seconds = np.arange(count)
        before = np.searchsorted(places, seconds, side="right") - 1
        after = np.minimum(before + 1, len(places) - 1)
        same_minute = places[np.maximum(before, 0)] // SECONDS == seconds // SECONDS
        same_minute &= before >= 0
        follows = places[after] // SECONDS == seconds // SECONDS
        last = self.price[tails[np.maximum(before, 0)]]
        standing = np.where(~same_minute & follows, self.price[heads[after]], last)
        found: Ints = np.where(before < 0, self.price[0], standing)
        return found


def read_trades(content: bytes, scale: int) -> TradeTape:
    """Return the trades of a file of ``DateTime,Price,Volume``, local times of Chicago.

    The file's times ascend, and no clock changes in it.
    """
    from pyarrow import csv  # noqa: PLC0415  a tenth of a second, and few ask for these trades

    table = csv.read_csv(io.BytesIO(content))
    stamps = table["DateTime"].cast("timestamp[ms]")
    local = stamps.to_numpy().astype("datetime64[s]").astype(np.int64)
    first = np.datetime64(int(local[0]), "s").item().replace(tzinfo=ZoneInfo(_ZONE))
    at = local + (int(first.timestamp()) - int(local[0]))
    price = np.rint(table["Price"].to_numpy() * scale).astype(np.int64)
    return TradeTape(at, price, table["Volume"].to_numpy().astype(np.int64))


def minutes_of(seconds: Minutes) -> Minutes:
    """Return seconds added up to minutes."""
    shape = (-1, SECONDS)
    return Minutes(
        seconds.open.reshape(shape)[:, 0],
        seconds.high.reshape(shape).max(axis=1),
        seconds.low.reshape(shape).min(axis=1),
        seconds.close.reshape(shape)[:, -1],
        seconds.volume.reshape(shape).sum(axis=1),
    )
