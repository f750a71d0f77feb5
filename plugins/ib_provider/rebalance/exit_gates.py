# SPDX-License-Identifier: Apache-2.0
"""Gates that judge the orders which end a position: they may end it, and never open or turn one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from ib_provider.domain.limits import Breach
from ib_provider.domain.order import OrderType
from ib_provider.domain.portfolio import PlanLeg
from ib_provider.rebalance.gate_check import Check, breach

__all__ = ["exits_cancel_one_another", "exits_have_a_trigger", "exits_only_end"]


def exits_only_end(check: Check) -> Iterator[Breach]:
    """No exit is for more than is held on its other side, now or after the plan's own trade."""
    for leg in check.plan.exits:
        units = check.held_after(leg.instrument_id)
        if not all(number.is_finite() for number in (leg.quantity, *units)):
            yield breach("bracket", leg.instrument_id, f"{leg.quantity} of {units[0]}", "numbers")
            continue
        reach = max(-leg.side.sign * number for number in units)
        if leg.quantity > reach:
            found = f"{leg.side} {leg.quantity} as {leg.role}"
            yield breach("bracket", leg.instrument_id, found, f"{max(reach, Decimal(0))} to end")


def exits_cancel_one_another(check: Check) -> Iterator[Breach]:
    """The exits of an instrument are of one group, each another kind, on one side."""
    found: dict[str, list[PlanLeg]] = defaultdict(list)
    for leg in check.plan.exits:
        found[leg.instrument_id].append(leg)
    for name, legs in found.items():
        groups = {leg.oca_group for leg in legs}
        if "" in groups or len(groups) > 1:
            yield breach("bracket", name, f"{len(groups)} groups", "one that has a name")
        if len({leg.role for leg in legs}) < len(legs) or len({leg.side for leg in legs}) > 1:
            yield breach("bracket", name, f"{len(legs)} exits", "a stop and a profit")


def exits_have_a_trigger(check: Check) -> Iterator[Breach]:
    """A stop-limit order is an exit with a trigger above zero that its limit lies beyond."""
    for leg in check.plan.legs:
        if leg.order_type is not OrderType.STOP_LIMIT:
            continue
        trigger = leg.stop_price
        if leg not in check.plan.exits:
            yield breach("order_type", leg.instrument_id, leg.order_type, "an order of a bracket")
        if trigger is None or not trigger.is_finite() or trigger <= 0:
            yield breach("stop_price", leg.instrument_id, str(trigger), "above zero")
        elif leg.side.sign * (leg.limit_price - trigger) < 0:
            found = f"limit {leg.limit_price} of a {leg.side}"
            yield breach("stop_price", leg.instrument_id, found, f"{trigger} or beyond")
