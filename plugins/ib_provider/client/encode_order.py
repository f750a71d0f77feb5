# SPDX-License-Identifier: Apache-2.0
"""An order as ibapi's ``placeOrder`` wants it. Validity is judged before: ``order_check``.

Nothing an order says is left out: what could not be carried does not pass the check.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import ibapi.order_condition as ib_conditions
from ibapi.order import Order as IbOrder
from ibapi.tag_value import TagValue

from ib_provider.client.decode_time import render_instant
from ib_provider.domain.order import Order, OrderType
from ib_provider.domain.order_terms import (
    Condition,
    ExecutionCondition,
    MarginCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)

__all__ = ["encode_order"]

_TRAILING: Final = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})


def encode_order(order: Order, *, what_if: bool = False) -> Any:
    """Return the ``ibapi.order.Order`` of a request.

    Args:
        order: What is asked for.
        what_if: Ask what it would cost; nothing is placed.
    """
    ib = IbOrder()
    ib.action = str(order.side)
    ib.totalQuantity = order.quantity
    ib.orderType = str(order.order_type)
    ib.tif = str(order.tif)
    ib.account = order.account
    ib.orderRef = order.order_ref
    ib.outsideRth = order.outside_rth
    ib.transmit = order.transmit
    ib.whatIf = what_if
    ib.parentId = order.parent_id
    ib.allOrNone = order.all_or_none
    ib.hidden = order.hidden
    ib.triggerMethod = int(order.trigger)
    _set_prices(ib, order)
    _set_terms(ib, order)
    return ib


def _set_prices(ib: Any, order: Order) -> None:
    """Set what is given; the auxiliary price is a stop's, a trail's or a relative offset."""
    if order.order_type in _TRAILING:
        auxiliary = order.trail_amount
    elif order.order_type is OrderType.RELATIVE:
        auxiliary = order.offset
    else:
        auxiliary = order.stop_price
    for name, value in (
        ("lmtPrice", order.limit_price),
        ("auxPrice", auxiliary),
        ("trailingPercent", order.trail_percent),
        ("trailStopPrice", order.trail_stop_price),
        ("lmtPriceOffset", order.limit_offset),
    ):
        if value is not None:
            setattr(ib, name, float(value))


def _set_terms(ib: Any, order: Order) -> None:
    if order.good_till is not None:
        ib.goodTillDate = render_instant(order.good_till)
    if order.good_after is not None:
        ib.goodAfterTime = render_instant(order.good_after)
    if order.oca_type is not None:
        ib.ocaGroup, ib.ocaType = order.oca_group, int(order.oca_type)
    if order.algo is not None:
        ib.algoStrategy = order.algo.strategy
        ib.algoParams = [TagValue(tag, value) for tag, value in order.algo.parameters]
    if order.display_size is not None:
        ib.displaySize = order.display_size
    if order.min_quantity is not None:
        ib.minQty = order.min_quantity
    ib.conditions = [_encode_condition(condition) for condition in order.conditions]
    ib.conditionsCancelOrder = order.conditions_cancel
    ib.conditionsIgnoreRth = order.conditions_outside_rth


def _price(c: PriceCondition) -> Any:
    return ib_conditions.PriceCondition(
        int(c.trigger), c.con_id, c.exchange, c.is_more, float(c.price)
    )


def _time(c: TimeCondition) -> Any:
    return ib_conditions.TimeCondition(c.is_more, render_instant(c.at))


def _margin(c: MarginCondition) -> Any:
    return ib_conditions.MarginCondition(c.is_more, c.percent)


def _volume(c: VolumeCondition) -> Any:
    return ib_conditions.VolumeCondition(c.con_id, c.exchange, c.is_more, c.volume)


def _percent_change(c: PercentChangeCondition) -> Any:
    return ib_conditions.PercentChangeCondition(c.con_id, c.exchange, c.is_more, float(c.percent))


def _execution(c: ExecutionCondition) -> Any:
    return ib_conditions.ExecutionCondition(c.security_type, c.exchange, c.symbol)


_CONDITIONS: Final[dict[type[Any], Callable[[Any], Any]]] = {
    PriceCondition: _price,
    TimeCondition: _time,
    MarginCondition: _margin,
    VolumeCondition: _volume,
    PercentChangeCondition: _percent_change,
    ExecutionCondition: _execution,
}


def _encode_condition(condition: Condition) -> Any:
    ib = _CONDITIONS[type(condition)](condition)
    ib.isConjunctionConnection = condition.is_and
    return ib
