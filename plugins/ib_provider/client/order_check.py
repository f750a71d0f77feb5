# SPDX-License-Identifier: Apache-2.0
"""What makes an order one that must not be sent. Decided here, before a byte leaves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ib_provider.client.pending import REQUEST_ID_BASE
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderType, TimeInForce
from ib_provider.errors import InvalidOrder, WrongAccount

__all__ = ["check_order"]

_LIMIT_TYPES: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_ON_CLOSE})
_STOP_TYPES: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


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
        *_quantity_problems(order.quantity),
        *_price_problems("limit", order.limit_price, order.order_type, _LIMIT_TYPES),
        *_price_problems("stop", order.stop_price, order.order_type, _STOP_TYPES),
    ]
    if problems:
        raise InvalidOrder(order.order_ref, problems)
    if order.account not in managed_accounts:
        raise WrongAccount(order.account, managed_accounts)


def _identity_problems(order_id: int, contract: Contract, order: Order) -> list[str]:
    problems = []
    if not 0 < order_id < REQUEST_ID_BASE:
        problems.append(f"order id {order_id} is not between 1 and {REQUEST_ID_BASE - 1}")
    if not order.order_ref:
        problems.append("it has no order_ref, so it could not be found again after a crash")
    elif not (order.order_ref.isascii() and order.order_ref.isprintable()):
        problems.append("its order_ref is not printable ASCII")
    if not order.account:
        problems.append("it names no account")
    if not (contract.con_id or contract.symbol):
        problems.append("its contract has neither a conId nor a symbol")
    if not contract.exchange:
        problems.append("its contract names no exchange to route to")
    if order.order_type is OrderType.OTHER:
        problems.append("its order type is not one that is sent from here")
    if order.tif in (TimeInForce.OTHER, TimeInForce.GTD):
        problems.append(f"time in force {order.tif} is not one that is sent from here")
    return problems


def _quantity_problems(quantity: Decimal) -> list[str]:
    if not quantity.is_finite() or quantity <= 0:
        return [f"quantity {quantity} is not above zero"]
    return []


def _price_problems(
    name: str, price: Decimal | None, order_type: OrderType, needed_by: frozenset[OrderType]
) -> list[str]:
    if price is None:
        return [f"a {order_type} order needs a {name} price"] if order_type in needed_by else []
    if order_type not in needed_by:
        # IB would ignore it; whoever set it did not mean that.
        return [f"a {order_type} order takes no {name} price, and {price} is given"]
    if not price.is_finite() or price <= 0:
        return [f"{name} price {price} is not above zero"]
    return []
