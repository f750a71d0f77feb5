# SPDX-License-Identifier: Apache-2.0
"""Gates that judge what would be at work at the broker at one time.

Exits go out when every entry is done: a plan's are never at work together.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ib_provider.domain.limits import Breach
from ib_provider.domain.order import OrderState
from ib_provider.rebalance.gate_check import Check, breach
from ib_provider.rebalance.pricing import contract_multiplier

__all__ = ["open_orders_within", "open_value_within"]


def open_orders_within(check: Check) -> Iterator[Breach]:
    """The account has not too many orders at work, with these."""
    count, allowed = len(_others(check)) + check.most_at_once(), check.limits.max_open_orders
    if count > allowed:
        yield breach("max_open_orders", check.plan.account, f"{count} orders", str(allowed))


def open_value_within(check: Check) -> Iterator[Breach]:
    """What is at work, with these, is not worth too much, and its worth can be told."""
    total, allowed = max(check.total_value(), check.exits_value()), check.limits.max_open_value
    for state in _others(check):
        value = _value(check, state)
        if value is None:
            name = state.order.order_ref or f"permId {state.perm_id}"
            yield breach("max_open_value", name, "no worst price", "an order with a limit")
        else:
            total += value
    if total > allowed:
        yield breach("max_open_value", check.plan.account, f"{total:.2f}", str(allowed))


def _others(check: Check) -> tuple[OrderState, ...]:
    """Return the account's orders at work that stay beside those that are checked now.

    Exits of what is traded are called off before; of others, one stands for both of a pair.
    """
    ours = {leg.order_ref for leg in check.plan.legs}
    traded = {leg.contract.con_id for leg in check.plan.legs}
    found: dict[str, OrderState] = {}
    for number, state in enumerate(check.book.working):
        ref = state.order.order_ref
        group = check.history.exits.get(ref, "")
        if ref in ours or (group and state.contract.con_id in traded):
            continue
        name = group or str(number)
        found[name] = max(found.get(name, state), state, key=_price)
    return tuple(found.values())


def _price(state: OrderState) -> Decimal:
    """Return what says which of a pair is worth more; one of no known price is the worst."""
    price = state.order.limit_price
    return price if price is not None and price.is_finite() else Decimal("Infinity")


def _value(check: Check, state: OrderState) -> Decimal | None:
    """Return what the rest of an order may trade for.

    Of an instrument that is not in the book a price in hundredths counts a hundredfold: too much.
    """
    rate = check.book.rate(state.contract.currency)
    price = state.order.limit_price
    if rate is None or price is None:
        return None
    multiplier = contract_multiplier(state.contract)
    if not all(number.is_finite() for number in (price, state.remaining, multiplier)):
        return None
    return abs(price * state.remaining * multiplier * rate) / _magnifier(check, state)


def _magnifier(check: Check, state: OrderState) -> int:
    for instrument in check.book.instruments.values():
        if instrument.contract.con_id == state.contract.con_id:
            return max(1, instrument.price_magnifier)
    return 1
