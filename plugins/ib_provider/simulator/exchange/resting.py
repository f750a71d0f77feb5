# SPDX-License-Identifier: Apache-2.0
"""Which open orders need not be looked at: at the prices that are shown, they rest.

Rules:
    * A plain limit order rests for as long as the other side is beyond its limit.
    * Any other order rests for as long as no price has changed.
    * Where every order of a contract rests behind a limit, the contract is calm: one look at its
      market is enough for all of them. So a thousand orders far away cost about as much as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ib_provider.domain.order import Side
from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.simulator.exchange.orders import OrderKey, SimOrder
from ib_provider.simulator.market.market import MarketQuote

__all__ = ["RestingOrders"]

_ANY: Final = float("inf")
_NEAR: Final = 1e-6  # closer than this the exact amounts decide


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """Orders that rest while the ask stays above ``below`` and the bid under ``above``."""

    outside: bool
    until: datetime
    below: float = -_ANY
    above: float = _ANY

    def holds(self, quote: MarketQuote | None, now: datetime) -> bool:
        """Return whether they rest at these prices."""
        if quote is None or now >= self.until:
            return False
        asked = quote.ask is None or quote.ask > self.below
        return asked and (quote.bid is None or quote.bid < self.above)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """An order as it last was looked at; without a band it rests at those prices alone."""

    order: SimOrder
    outside: bool
    until: datetime
    prices: tuple[float | None, ...]
    band: _Band | None


class RestingOrders:
    """What is known of a book's resting orders."""

    def __init__(self, book: OrderBook, marketplace: Marketplace) -> None:
        self._book = book
        self._marketplace = marketplace
        self._rests: dict[OrderKey, _Rest] = {}
        self._calm: dict[int, tuple[int, tuple[_Band, ...]]] = {}

    def note(self, order: SimOrder, quote: MarketQuote, *, outside: bool, until: datetime) -> None:
        """Note that an order does not trade at a quote, and until when it works."""
        limit = order.limit if order.limit is not None else order.terms.lmt_price
        band = None
        if order.terms.order_type == "LMT" and limit is not None and not order.parent_key:
            band = _band(order.side, float(limit), outside=outside, until=until)
        self._rests[order.key] = _Rest(
            order=order,
            outside=outside,
            until=until,
            prices=(quote.bid, quote.ask, quote.last),
            band=band,
        )

    def is_at_rest(self, order: SimOrder, now: datetime) -> bool:
        """Return whether nothing can happen to an order now."""
        rest = self._rests.get(order.key)
        if rest is None or rest.order is not order or now >= rest.until:
            return False
        quote = self._marketplace.quote(order.con_id, now, outside=rest.outside)
        if rest.band is not None:
            return rest.band.holds(quote, now)
        return quote is not None and (quote.bid, quote.ask, quote.last) == rest.prices

    def forget(self) -> None:
        """Forget everything: hours or prices are no longer those of before."""
        self._rests.clear()
        self._calm.clear()

    def calm(self, now: datetime) -> frozenset[int]:
        """Return the contracts none of whose open orders anything can happen to in this round.

        What other orders of the round do to one of a calm contract can end it or make it smaller;
        it rests all the same.
        """
        return frozenset(con_id for con_id in self._calm if self._is_calm(con_id, now))

    def _is_calm(self, con_id: int, now: datetime) -> bool:
        edition = self._book.editions[con_id]
        known = self._calm.get(con_id)
        if known is None or known[0] != edition:
            return False
        return all(
            band.holds(self._marketplace.quote(con_id, now, outside=band.outside), now)
            for band in known[1]
        )

    def settle(self) -> None:
        """After a round: note which contracts are calm, and forget orders that ended."""
        for con_id in {order.con_id for order in self._book.open_orders()}:
            edition = self._book.editions[con_id]
            known = self._calm.get(con_id)
            if known is not None and known[0] == edition:
                continue
            bands = self._bands(con_id)
            if bands is not None:
                self._calm[con_id] = edition, bands
        if len(self._rests) > 2 * len(self._book.open_orders()):
            self._rests = {
                order.key: self._rests[order.key]
                for order in self._book.open_orders()
                if order.key in self._rests
            }

    def _bands(self, con_id: int) -> tuple[_Band, ...] | None:
        """Return what all orders of a contract rest behind; None where one does not."""
        found: dict[bool, _Band] = {}
        for order in self._book.open_of(con_id):
            rest = self._rests.get(order.key)
            if rest is None or rest.order is not order or rest.band is None:
                return None
            one, other = rest.band, found.get(rest.outside, rest.band)
            found[rest.outside] = _Band(
                outside=rest.outside,
                until=min(one.until, other.until),
                below=max(one.below, other.below),
                above=min(one.above, other.above),
            )
        return tuple(found.values())


def _band(side: Side, limit: float, *, outside: bool, until: datetime) -> _Band:
    near = _NEAR * max(1.0, abs(limit))
    if side is Side.BUY:
        return _Band(outside=outside, until=until, below=limit + near)
    return _Band(outside=outside, until=until, above=limit - near)
