# SPDX-License-Identifier: Apache-2.0
"""Level-1 messages to whole quotes, index prices and greeks.

Rules:
    * Delayed fields are the live ones under other numbers: both make quotes, and a quote says
      which it is. Source: TWS API, "Available tick types".
    * A side that IB empties (a price of -1, or of zero without a size) has no price.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from ib_provider.client.coalescing import Coalescing
from ib_provider.client.decode_number import market_price, number
from ib_provider.domain.live import GreeksSource, IndexPrice, OpenInterest, OptionGreeks
from ib_provider.domain.quote import MarketDataType, Quote

__all__ = [
    "GENERIC",
    "OPTION",
    "TYPE",
    "GreeksAssembler",
    "IndexAssembler",
    "OpenInterestAssembler",
    "QuoteAssembler",
]

_PRICE, _SIZE = 1, 2
#: IB's message ids of what comes through ibapi's callbacks.
OPTION, GENERIC, TYPE = 21, 45, 58

_PRICES: Final = {
    1: "bid",
    2: "ask",
    4: "last",
    6: "high",
    7: "low",
    9: "close",
    14: "open",
    66: "bid",
    67: "ask",
    68: "last",
    72: "high",
    73: "low",
    75: "close",
    76: "open",
}
_SIZES: Final = {
    0: "bid_size",
    3: "ask_size",
    5: "last_size",
    8: "volume",
    69: "bid_size",
    70: "ask_size",
    71: "last_size",
    74: "volume",
}
#: The size that comes along with a price.
_WITH_SIZE: Final = {"bid": "bid_size", "ask": "ask_size", "last": "last_size"}
#: Comes for generic tick 588, of a future only. Source: TWS API, "Available tick types".
_FUTURES_OPEN_INTEREST: Final = 86
_HALTED: Final = frozenset({49, 90})
_DELAYED_TYPES: Final = frozenset({*range(66, 77), 80, 81, 82, 83, 88, 90})
_LAST: Final = frozenset({4, 68})
_SOURCES: Final = {
    10: GreeksSource.BID,
    11: GreeksSource.ASK,
    12: GreeksSource.LAST,
    13: GreeksSource.MODEL,
    80: GreeksSource.BID,
    81: GreeksSource.ASK,
    82: GreeksSource.LAST,
    83: GreeksSource.MODEL,
}


_Field = Decimal | bool | None


class _Freshness:
    """How fresh IB's fields are: by its own word, else by their numbers."""

    def __init__(self) -> None:
        self._said: MarketDataType | None = None
        self._delayed = False

    def note(self, message_id: int, message: Any) -> None:
        if message_id == TYPE:
            self._said = MarketDataType(message[1])
        elif message[1] in _DELAYED_TYPES:
            self._delayed = True

    @property
    def value(self) -> MarketDataType:
        said = self._said or MarketDataType.LIVE
        if self._delayed and said not in (MarketDataType.DELAYED, MarketDataType.DELAYED_FROZEN):
            return MarketDataType.DELAYED
        return said


class QuoteAssembler:
    """Whole quotes, one for each read of the socket that changed something."""

    def __init__(self, emit: Callable[[Quote], None], *, con_id: int) -> None:
        self._emit = emit
        self._con_id = con_id
        self._fresh = _Freshness()
        self._fields: dict[str, _Field] = {}
        self._told: dict[str, Any] = {}
        self._pending = Coalescing(self._flush)

    def take(self, message_id: int, message: Any) -> None:
        """Take in one field."""
        self._fresh.note(message_id, message)
        if message_id == _PRICE:
            self._take_price(*message[1:])
        elif message_id == _SIZE:
            name = _SIZES.get(message[1])
            if name:
                self._set(name, number(message[2]))
        elif message_id == GENERIC and message[1] in _HALTED and message[2] >= 0:
            self._set("halted", message[2] > 0)

    def reset(self) -> None:
        """Forget every field."""
        self._fields.clear()

    def close(self) -> None:
        """Put what was not put yet."""
        self._pending.finish()

    def _take_price(self, kind: int, price: float, size: float | None) -> None:
        name = _PRICES.get(kind)
        if not name:
            return
        self._set(name, market_price(price))
        sized = _WITH_SIZE.get(name)
        if sized and size is not None:
            self._set(sized, number(size))

    def _set(self, name: str, value: _Field) -> None:
        self._fields[name] = value
        self._pending.mark()

    def _flush(self) -> None:
        values: dict[str, Any] = dict(self._fields)
        for side in ("bid", "ask"):
            if values.get(side) == 0 and not values.get(f"{side}_size"):
                values[side] = None
        values["data_type"] = self._fresh.value
        if values != self._told:
            self._told = values
            self._emit(Quote(con_id=self._con_id, ts=datetime.now(UTC), **values))


class IndexAssembler:
    """The last value of an index, each time it comes. An index has no bid and no ask."""

    def __init__(self, emit: Callable[[IndexPrice], None], *, con_id: int) -> None:
        self._emit = emit
        self._con_id = con_id
        self._fresh = _Freshness()

    def take(self, message_id: int, message: Any) -> None:
        """Take in one field."""
        self._fresh.note(message_id, message)
        if message_id != _PRICE or message[1] not in _LAST:
            return
        price = market_price(message[2])
        if price is not None:
            self._emit(
                IndexPrice(
                    con_id=self._con_id,
                    ts=datetime.now(UTC),
                    price=price,
                    data_type=self._fresh.value,
                )
            )

    def reset(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing happens by itself."""


class OpenInterestAssembler:
    """The open interest of a future, each time it comes.

    Args:
        zone: The exchange's: it says which day a number was told on.
        behind: By how much the gateway's clock is behind ours.
    """

    def __init__(
        self, emit: Callable[[OpenInterest], None], *, con_id: int, zone: str, behind: timedelta
    ) -> None:
        self._emit = emit
        self._con_id = con_id
        self._zone = ZoneInfo(zone)
        self._behind = behind

    def take(self, message_id: int, message: Any) -> None:
        """Take in one field."""
        if message_id != _SIZE or message[1] != _FUTURES_OPEN_INTEREST:
            return
        value = number(message[2])
        if value is None or value < 0:
            return
        now = datetime.now(UTC) - self._behind
        self._emit(
            OpenInterest(
                con_id=self._con_id,
                ts=now,
                session=now.astimezone(self._zone).date(),
                open_interest=value,
            )
        )

    def reset(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing happens by itself."""


class GreeksAssembler:
    """What IB computes of an option, live and delayed, from each of the four prices."""

    def __init__(self, emit: Callable[[OptionGreeks], None], *, con_id: int) -> None:
        self._emit = emit
        self._con_id = con_id

    def take(self, message_id: int, message: Any) -> None:
        """Take in one field."""
        if message_id != OPTION or message[1] not in _SOURCES:
            return
        kind, numbers = message[1], [_computed(value) for value in message[2:]]
        volatility, delta, price, dividend, gamma, vega, theta, underlying = numbers
        self._emit(
            OptionGreeks(
                con_id=self._con_id,
                ts=datetime.now(UTC),
                source=_SOURCES[kind],
                is_delayed=kind in _DELAYED_TYPES,
                implied_volatility=volatility,
                delta=delta,
                gamma=gamma,
                vega=vega,
                theta=theta,
                price=price,
                pv_dividend=dividend,
                underlying_price=underlying,
            )
        )

    def reset(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing happens by itself."""


def _computed(value: float | None) -> float | None:
    """Return a number IB computed, or None where it says "not set"."""
    return None if number(value) is None else value
