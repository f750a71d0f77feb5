# SPDX-License-Identifier: Apache-2.0
"""Tick-by-tick messages to ticks: the hot path, so every step is one that was measured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import time_ns
from typing import Any, Final

from ib_provider.domain.tick import BidAskTick, MidpointTick, TradeTick

__all__ = ["BidAskAssembler", "MidpointAssembler", "TradeAssembler"]

#: Makes a named tuple without its Python-level constructor: half the time of a tick.
_new: Final = tuple.__new__


class _Seconds:
    """IB's seconds as instants; the ticks of one second share one."""

    __slots__ = ("_instant", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._instant = datetime.fromtimestamp(0, UTC)

    def instant(self, second: int) -> datetime:
        if second != self._second:
            self._instant = datetime.fromtimestamp(second, UTC)
            self._second = second
        return self._instant

    def reset(self) -> None:
        """Nothing is assembled here that could be void."""

    def close(self) -> None:
        """Nothing happens here by itself."""


class TradeAssembler(_Seconds):
    """Trades. Equal prints of one second are counted, so that each has a name of its own."""

    __slots__ = ("_con_id", "_emit", "_seen")

    def __init__(self, emit: Callable[[TradeTick], None], *, con_id: int) -> None:
        super().__init__()
        self._emit = emit
        self._con_id = con_id
        self._seen: dict[tuple[Any, ...], int] = {}

    def take(self, _message_id: int, message: Any) -> None:
        """Put one trade."""
        _, _, second, price, size, exchange, conditions, past_limit, unreported = message
        if second != self._second:
            self.instant(second)
            self._seen.clear()
        what, seen = (price, size, exchange, conditions), self._seen
        ordinal = seen[what] = seen.get(what, -1) + 1
        self._emit(
            _new(
                TradeTick,
                (
                    self._con_id,
                    self._instant,
                    price,
                    size,
                    exchange,
                    conditions,
                    ordinal,
                    past_limit,
                    unreported,
                    time_ns(),
                ),
            )
        )


class BidAskAssembler(_Seconds):
    """Changes of the touch. IB writes an empty side as a price of 0 or -1 with no size."""

    __slots__ = ("_con_id", "_emit")

    def __init__(self, emit: Callable[[BidAskTick], None], *, con_id: int) -> None:
        super().__init__()
        self._emit = emit
        self._con_id = con_id

    def take(self, _message_id: int, message: Any) -> None:
        """Put one change."""
        _, _, second, bid, ask, bid_size, ask_size, past_low, past_high = message
        self._emit(
            _new(
                BidAskTick,
                (
                    self._con_id,
                    self.instant(second),
                    None if not bid_size and bid in (0, -1) else bid,
                    None if not ask_size and ask in (0, -1) else ask,
                    bid_size,
                    ask_size,
                    past_low,
                    past_high,
                    time_ns(),
                ),
            )
        )


class MidpointAssembler(_Seconds):
    """Changes of the middle."""

    __slots__ = ("_con_id", "_emit")

    def __init__(self, emit: Callable[[MidpointTick], None], *, con_id: int) -> None:
        super().__init__()
        self._emit = emit
        self._con_id = con_id

    def take(self, _message_id: int, message: Any) -> None:
        """Put one change."""
        _, _, second, price = message
        self._emit(_new(MidpointTick, (self._con_id, self.instant(second), price, time_ns())))
