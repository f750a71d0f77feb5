# SPDX-License-Identifier: Apache-2.0
"""Gates that judge whether this may be traded at all: the two keys, the lists, the kill switch."""

from __future__ import annotations

from collections.abc import Iterator

from ib_provider.domain.account import TradingMode
from ib_provider.domain.kill_order import orders_in_force
from ib_provider.domain.limits import Breach
from ib_provider.rebalance.gate_check import Check, breach

__all__ = [
    "currency_listed",
    "instrument_listed",
    "modes_agree",
    "not_killed",
    "sec_type_listed",
]


def modes_agree(check: Check) -> Iterator[Breach]:
    """The connection, the limits and the account's own name agree on paper or live."""
    account, allowed = check.plan.account, check.limits.trading_mode
    if check.mode is not allowed:
        yield breach("trading_mode", account, f"the connection is {check.mode}", allowed)
    kind = TradingMode.of(account)
    if kind is not allowed:
        yield breach("trading_mode", account, f"the account is {kind}", allowed)


def not_killed(check: Check) -> Iterator[Breach]:
    """Nobody has stopped trading."""
    for order in orders_in_force(check.history.kills, account=check.plan.account, now=check.now):
        yield breach("kill_switch", check.plan.account, str(order), "no stop in force")


def sec_type_listed(check: Check) -> Iterator[Breach]:
    """Only kinds of contract that are on the list are traded."""
    allowed = check.limits.sec_types
    for leg in check.plan.legs:
        if leg.contract.sec_type not in allowed:
            found = str(leg.contract.sec_type)
            yield breach("sec_types", leg.instrument_id, found, ", ".join(allowed))


def currency_listed(check: Check) -> Iterator[Breach]:
    """Only what is priced in a currency that is on the list is traded."""
    allowed = check.limits.currencies
    for leg in check.plan.legs:
        if leg.contract.currency not in allowed:
            found = leg.contract.currency
            yield breach("currencies", leg.instrument_id, found, ", ".join(allowed))


def instrument_listed(check: Check) -> Iterator[Breach]:
    """Only instruments that are allowed, where there is such a list, and none that are denied."""
    allowed, denied = check.limits.allow_instruments, check.limits.deny_instruments
    for leg in check.plan.legs:
        if allowed is not None and leg.instrument_id not in allowed:
            yield breach("allow_instruments", leg.instrument_id, "not on the list", "on the list")
        if leg.instrument_id in denied:
            yield breach("deny_instruments", leg.instrument_id, "on the list", "not on the list")
