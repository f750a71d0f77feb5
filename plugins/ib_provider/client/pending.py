# SPDX-License-Identifier: Apache-2.0
"""The questions that are open at the gateway, by request id, by channel or by order.

Rules:
    * Request ids start far above any order id, so that an error's id says which of the two it is.
    * Messages without a request id (positions, open orders) share one channel each; one question
      a channel is open at a time.
    * An answer to a channel's abandoned question may still come. Its end is not the next
      question's: that would be an incomplete answer taken for a complete one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ib_provider.client.question import Channel, MarketRuleKey, OrderKey
from ib_provider.errors import IbProviderError, RemoteProtocolError

__all__ = ["REQUEST_ID_BASE", "Key", "PendingAsk", "PendingTable", "is_request_id"]

#: Half of the wire's 31 bits: IB's order ids count up from 1.
REQUEST_ID_BASE: Final = 2**30

#: A request id, a channel, a market rule, or what is wanted of an order.
Key = int | Channel | OrderKey | MarketRuleKey


def is_request_id(identifier: int) -> bool:
    """Return whether an id in an error is one of our request ids."""
    return identifier >= REQUEST_ID_BASE


@dataclass(slots=True, kw_only=True)
class PendingAsk:
    """One open question: the rows that came, and the future its asker awaits.

    Attributes:
        is_over: The gateway has ended its answer, well or with an error: nothing more comes.
    """

    request: str
    future: asyncio.Future[list[Any]]
    empty_is_answer: bool
    rows: list[Any] = field(default_factory=list)
    is_over: bool = False


class PendingTable:
    """Every open question of one connection."""

    def __init__(self) -> None:
        self._asks: dict[Key, PendingAsk] = {}
        self._owed_ends: dict[Channel, int] = {}
        self._last_id = REQUEST_ID_BASE

    def next_request_id(self) -> int:
        """Return a request id that was never used on this connection."""
        self._last_id += 1
        return self._last_id

    def open(self, key: Key, request: str, *, empty_is_answer: bool) -> PendingAsk:
        """Register a question; its future resolves to the rows, or raises."""
        future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        ask = PendingAsk(request=request, future=future, empty_is_answer=empty_is_answer)
        self._asks[key] = ask
        return ask

    def close(self, key: Key) -> None:
        """Forget a question, answered or given up."""
        ask = self._asks.pop(key)
        if not ask.future.cancel() and not ask.future.cancelled():
            ask.future.exception()  # seen: an asker that failed first never awaits it
        if isinstance(key, Channel) and not ask.is_over:
            self._owed_ends[key] = self._owed_ends.get(key, 0) + 1

    def find(self, key: Key) -> PendingAsk | None:
        """Return an open question, or None where nobody waits (any more)."""
        return self._asks.get(key)

    def add(self, key: Key, make_row: Callable[[], Any]) -> None:
        """Add one row to an answer; a row that cannot be read fails the whole question."""
        ask = self._asks.get(key)
        if ask is None or ask.future.done():
            return
        try:
            ask.rows.append(make_row())
        except IbProviderError as error:
            ask.future.set_exception(error)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            reason = f"{ask.request}: an answer that cannot be read: {error}"
            ask.future.set_exception(RemoteProtocolError(reason))

    def end(self, key: Key) -> None:
        """Resolve a question with the rows that came."""
        if isinstance(key, Channel) and self._owed_ends.get(key, 0):
            self._owed_ends[key] -= 1
            if key in self._asks:
                self._asks[key].rows.clear()
            return
        ask = self._asks.get(key)
        if ask is None:
            return
        ask.is_over = True
        if not ask.future.done():
            ask.future.set_result(ask.rows)

    def fail(self, key: Key, error: IbProviderError) -> None:
        """Fail one question: the gateway says no, or is gone."""
        ask = self._asks.get(key)
        if ask is None:
            return
        ask.is_over = True
        if not ask.future.done():
            ask.future.set_exception(error)

    def fail_all(self, make_error: Callable[[str], IbProviderError]) -> None:
        """Fail every open question; ``make_error`` gets what was asked."""
        for key, ask in list(self._asks.items()):
            self.fail(key, make_error(ask.request))

    def channels(self) -> Iterator[tuple[Channel | MarketRuleKey, PendingAsk]]:
        """Yield the open questions whose errors have no id of any kind."""
        for key, ask in list(self._asks.items()):
            if isinstance(key, Channel | MarketRuleKey):
                yield key, ask
