# SPDX-License-Identifier: Apache-2.0
"""The executions of a combination's legs. Pure.

Rules:
    * A combination's execution is followed by one of each leg, under the same stem: ``…01.01`` for
      itself, ``…02.01``, ``…03.01`` for the legs.
    * The legs are what an account is charged for and holds.
    * An order may name a limit for each leg, in place of one for the combination or beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from ib_provider.domain.order import Side
from ib_provider.simulator.contracts.listing import Leg
from ib_provider.simulator.exchange.orders import SimOrder, Trade

__all__ = ["leg_trades", "legs_accept"]


def legs_accept(order: SimOrder, legs: Sequence[Leg], prices: Sequence[Decimal]) -> bool:
    """Return whether every leg that has a limit of its own would trade within it."""
    limits = order.terms.leg_prices or (None,) * len(legs)
    return all(
        limit is None or (price <= limit if leg.traded(order.side) is Side.BUY else price >= limit)
        for leg, price, limit in zip(legs, prices, limits, strict=True)
    )


def leg_trades(
    whole: Trade, legs: Sequence[Leg], prices: Sequence[Decimal], known: Iterable[Trade]
) -> Iterator[Trade]:
    """Yield the execution of each leg, not charged yet.

    Args:
        prices: What each leg traded at.
        known: The trades so far, for what a leg's order has traded before.
    """
    stem = whole.exec_id.rsplit(".", 2)[0]
    key = (whole.client_id, whole.order_id, whole.perm_id)
    own = [row for row in known if (row.client_id, row.order_id, row.perm_id) == key]
    for number, (leg, price) in enumerate(zip(legs, prices, strict=True), 2):
        shares = whole.shares * leg.ratio
        earlier = [row for row in own if row.con_id == leg.con_id]
        quantity = sum((row.shares for row in earlier), shares)
        value = sum((row.shares * row.price for row in earlier), shares * price)
        yield replace(
            whole,
            exec_id=f"{stem}.{number:02d}.01",
            con_id=leg.con_id,
            side=leg.traded(whole.side),
            shares=shares,
            price=price,
            cum_quantity=quantity,
            avg_price=(value / quantity).quantize(Decimal("1e-8")),
        )
