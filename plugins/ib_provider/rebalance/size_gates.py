# SPDX-License-Identifier: Apache-2.0
"""Gates that judge how much: of one order, of all, and what the account holds after them."""

from __future__ import annotations

from collections.abc import Iterator

from ib_provider.domain.limits import Breach
from ib_provider.domain.order import Side
from ib_provider.rebalance.gate_check import Check, breach, percent

__all__ = ["no_short", "turnover_within", "value_within", "weight_within"]


def value_within(check: Check) -> Iterator[Breach]:
    """No order is worth too much, and the worth of each can be told."""
    allowed = check.limits.max_order_value
    for leg in check.plan.legs:
        value = check.value(leg)
        if value is None:
            yield breach("max_order_value", leg.instrument_id, "not a number", str(allowed))
        elif not leg.is_exit and value > allowed:
            yield breach("max_order_value", leg.instrument_id, f"{value:.2f}", str(allowed))


def turnover_within(check: Check) -> Iterator[Breach]:
    """The orders together do not turn over too much of the account."""
    worth, allowed = check.book.net_liquidation, check.limits.max_turnover
    if not worth.is_finite() or worth <= 0:
        return
    traded = check.total_value()
    if traded / worth > allowed:
        yield breach("max_turnover", check.plan.strategy, percent(traded / worth), percent(allowed))


def weight_within(check: Check) -> Iterator[Breach]:
    """No order grows a position beyond its share of the account; any may shrink one."""
    worth, allowed = check.book.net_liquidation, check.limits.max_weight
    if not worth.is_finite() or worth <= 0:
        return
    for leg in check.holding_legs():
        before, after = check.held_after(leg.instrument_id)
        price = check.price(leg)
        if price is None or not after.is_finite() or abs(after) <= abs(before):
            continue
        weight = abs(after) * price / worth
        if weight > allowed:
            yield breach("max_weight", leg.instrument_id, percent(weight), percent(allowed))


def no_short(check: Check) -> Iterator[Breach]:
    """No sale goes below zero, unless that is allowed."""
    if check.limits.allow_short:
        return
    for leg in check.holding_legs():
        _, after = check.held_after(leg.instrument_id)
        if leg.side is Side.SELL and after.is_finite() and after < 0:
            yield breach("allow_short", leg.instrument_id, f"{after} held after", "0 or more")
