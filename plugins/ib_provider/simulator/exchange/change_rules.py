# SPDX-License-Identifier: Apache-2.0
"""What of an open order may be changed by sending it again."""

from __future__ import annotations

from decimal import Decimal

from ib_provider.domain.order import OrderStatus
from ib_provider.simulator.exchange.order_kinds import kind_of
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import WireOrder

__all__ = ["change_refusal", "ended_refusal"]

_MISMATCH = Refusal(code=105, message="Order being modified does not match original order")


def ended_refusal(order: SimOrder) -> Refusal | None:
    """Return why an order cannot be changed any more, or None while it can."""
    if order.is_open or order.is_held:
        return None
    if order.status is OrderStatus.FILLED:
        return Refusal(code=104, message="Cannot modify a filled order.")
    return Refusal(code=103, message="Duplicate order id")


def change_refusal(order: SimOrder, con_id: int, terms: WireOrder) -> Refusal | None:
    """Return why an open, or held, order cannot become this one.

    Source: 104, 105 and 329 are documented; a capture shows LMT becoming MKT. Which types cannot
    be left or entered is a guess.
    """
    old, quantity = order.terms, terms.total_quantity or Decimal(0)
    same = (
        order.con_id == con_id
        and (old.action, old.account) == (terms.action, terms.account)
        and old.parent_id == terms.parent_id
        and order.filled < quantity
    )
    if not same:
        return _MISMATCH
    if old.algo_strategy != terms.algo_strategy:
        return Refusal(code=439, message="Order modify failed. The algorithm cannot be changed.")
    if (old.oca_group, old.oca_type) != (terms.oca_group, terms.oca_type) and old.oca_group:
        return Refusal(code=10326, message="OCA group revision is not allowed.")
    kinds = kind_of(old.order_type), kind_of(terms.order_type)
    fixed = any(kind is None or not kind.changeable for kind in kinds)
    auction = (old.tif == "OPG") != (terms.tif == "OPG")
    if auction or (fixed and old.order_type != terms.order_type):
        text = "Order modify failed. Cannot change to the new order type."
        return Refusal(code=329, message=text)
    return None
