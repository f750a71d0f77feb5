# SPDX-License-Identifier: Apache-2.0
"""What makes an order one that must not be sent. Decided here, before a byte leaves.

Rules:
    - A field that IB would ignore is refused like one that is missing: whoever set it meant it.
    - Every reason is told at once.

Source: TWS API, "Order Types" and "Time in Force". Where IB's own judgement depends on the venue it
is IB's to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeGuard

from ib_provider.client.pending import REQUEST_ID_BASE
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderType, TimeInForce
from ib_provider.domain.order_terms import PercentChangeCondition, PriceCondition, TimeCondition
from ib_provider.errors import InvalidOrder, WrongAccount

__all__ = ["check_order"]

_STOPS: Final = frozenset(
    {
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.LIMIT_IF_TOUCHED,
    }
)
_TRAILS: Final = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})
#: Field → the types that need it, and those that may have it as well.
_PRICES: Final = {
    "limit_price": (
        {OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED,
         OrderType.LIMIT_ON_CLOSE},
        {OrderType.MIDPRICE, OrderType.RELATIVE},
    ),
    "stop_price": (_STOPS, set()),
    "trail_amount": (set(), _TRAILS),
    "trail_percent": (set(), _TRAILS),
    "trail_stop_price": (set(), _TRAILS),
    "limit_offset": ({OrderType.TRAILING_STOP_LIMIT}, set()),
    "offset": ({OrderType.RELATIVE}, set()),
}  # fmt: skip
_AT_CLOSE: Final = frozenset({OrderType.MARKET_ON_CLOSE, OrderType.LIMIT_ON_CLOSE})


def check_order(
    order_id: int, contract: Contract, order: Order, *, managed_accounts: Sequence[str]
) -> None:
    """Refuse an order that must not be sent.

    Raises:
        InvalidOrder: With every reason at once.
        WrongAccount: It names an account that the login does not hold.
    """
    problems = [
        *_identity_problems(order_id, contract, order),
        *_quantity_problems(order),
        *_price_problems(order),
        *_time_problems(order),
        *_group_problems(order_id, order),
        *_condition_problems(order),
    ]
    if problems:
        raise InvalidOrder(order.order_ref, problems)
    if order.account not in managed_accounts:
        raise WrongAccount(order.account, managed_accounts)


def _identity_problems(order_id: int, contract: Contract, order: Order) -> Iterator[str]:
    if not 0 < order_id < REQUEST_ID_BASE:
        yield f"order id {order_id} is not between 1 and {REQUEST_ID_BASE - 1}"
    if not order.order_ref:
        yield "it has no order_ref, so it could not be found again after a crash"
    elif not (order.order_ref.isascii() and order.order_ref.isprintable()):
        yield "its order_ref is not printable ASCII"
    if not order.account:
        yield "it names no account"
    if not (contract.con_id or contract.symbol):
        yield "its contract has neither a conId nor a symbol"
    if not contract.exchange:
        yield "its contract names no exchange to route to"
    if order.order_type is OrderType.OTHER:
        yield "its order type is not one that is sent from here"


def _quantity_problems(order: Order) -> Iterator[str]:
    if not order.quantity.is_finite() or order.quantity <= 0:
        yield f"quantity {order.quantity} is not above zero"
        return
    for name, value in (("display size", order.display_size), ("minimum", order.min_quantity)):
        if value is not None and not 0 < value <= order.quantity:
            yield f"{name} {value} is not from 1 to the quantity"


def _price_problems(order: Order) -> Iterator[str]:
    for name, (needed_by, allowed_for) in _PRICES.items():
        value: Decimal | None = getattr(order, name)
        words = name.replace("_", " ")
        if value is None:
            if order.order_type in needed_by:
                yield f"a {order.order_type} order needs {_a(words)}"
        elif order.order_type not in needed_by | allowed_for:
            yield f"a {order.order_type} order takes no {words}, and {value} is given"
        elif not _is_price(value):
            yield f"{words} {value} is not above zero"
    if order.order_type in _TRAILS and (order.trail_amount is None) == (
        order.trail_percent is None
    ):
        yield f"a {order.order_type} order needs a trail amount or a trail percent, and one only"
    if order.trail_percent is not None and order.trail_percent >= 100:
        yield f"trail percent {order.trail_percent} is not below 100"


def _a(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _is_price(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def _time_problems(order: Order) -> Iterator[str]:
    if order.tif is TimeInForce.OTHER:
        yield f"time in force {order.tif} is not one that is sent from here"
    if (order.tif is TimeInForce.GTD) != (order.good_till is not None):
        yield "time in force GTD and good_till belong together"
    for name, at in (("good_till", order.good_till), ("good_after", order.good_after)):
        if at is not None and at.tzinfo is None:
            yield f"{name} {at} names no zone"
    till, after = order.good_till, order.good_after
    if _aware(till) and _aware(after) and till <= after:
        yield "good_till is not after good_after"
    if order.order_type in _AT_CLOSE and order.tif is not TimeInForce.DAY:
        yield f"a {order.order_type} order is for the day, not {order.tif}"
    if order.all_or_none and order.min_quantity is not None:
        yield "all_or_none and min_quantity contradict one another"


def _aware(at: datetime | None) -> TypeGuard[datetime]:
    return at is not None and at.tzinfo is not None


def _group_problems(order_id: int, order: Order) -> Iterator[str]:
    if bool(order.oca_group) != (order.oca_type is not None):
        yield "oca_group and oca_type belong together"
    if order.parent_id and not 0 < order.parent_id < REQUEST_ID_BASE:
        yield f"parent_id {order.parent_id} is no order id"
    if order.parent_id and order.parent_id == order_id:
        yield "it is its own parent"
    if order.algo is not None and not order.algo.strategy:
        yield "its algorithm has no name"
    if order.algo is not None and order.tif in (TimeInForce.IOC, TimeInForce.FOK, TimeInForce.OPG):
        yield f"an algorithm cannot work {order.tif}"


def _condition_problems(order: Order) -> Iterator[str]:
    if not order.conditions and (order.conditions_cancel or order.conditions_outside_rth):
        yield "it says how conditions work, and has none"
    for place, condition in enumerate(order.conditions, start=1):
        if isinstance(condition, TimeCondition):
            if condition.at.tzinfo is None:
                yield f"condition {place}: {condition.at} names no zone"
        elif isinstance(condition, PercentChangeCondition):
            if not condition.percent.is_finite():
                yield f"condition {place}: {condition.percent} is no percentage"
        elif isinstance(condition, PriceCondition) and not _is_price(condition.price):
            yield f"condition {place}: price {condition.price} is not above zero"
        con_id, exchange = getattr(condition, "con_id", 1), getattr(condition, "exchange", "-")
        if con_id <= 0 or not exchange:
            yield f"condition {place}: it names no contract"
