# SPDX-License-Identifier: Apache-2.0
"""Gates that judge an order by what was sent before it: the day's caps, repeats, refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ib_provider.domain.limits import Breach
from ib_provider.rebalance.gate_check import Check, breach

__all__ = [
    "daily_value_within",
    "intent_is_new",
    "names_not_repeated",
    "order_rate_within",
    "rejects_within",
]

_A_MINUTE: Final = timedelta(minutes=1)


def daily_value_within(check: Check) -> Iterator[Breach]:
    """The day's orders with these are not worth too much, and are of one currency."""
    allowed, currency = check.limits.max_daily_value, check.book.currency
    spent = check.total_value()
    for order in check.sent_before():
        if order.currency != currency:
            yield breach("max_daily_value", order.order_ref, order.currency, currency)
        spent += order.value
    if not spent.is_finite() or spent > allowed:
        yield breach("max_daily_value", check.plan.account, f"{spent:.2f}", str(allowed))


def order_rate_within(check: Check) -> Iterator[Breach]:
    """Not too many orders go out within a minute."""
    allowed, since = check.limits.max_orders_per_minute, check.now - _A_MINUTE
    recent = sum(order.at > since for order in check.sent_before())
    count = recent + len(check.plan.entries)
    if count > allowed:
        yield breach("max_orders_per_minute", check.plan.account, f"{count} orders", str(allowed))


def names_not_repeated(check: Check) -> Iterator[Breach]:
    """No instrument is traded too often in one day."""
    allowed = check.limits.max_orders_per_name
    former = check.history.former
    before = Counter(
        order.instrument_id for order in check.sent_before() if order.order_ref not in former
    )
    for leg in check.plan.entries:
        count = before[leg.instrument_id] + 1
        if count > allowed:
            found = f"{count} orders in a day"
            yield breach("max_orders_per_name", leg.instrument_id, found, str(allowed))


def intent_is_new(check: Check) -> Iterator[Breach]:
    """No order was meant to be sent before, under its own reference or as an equal one."""
    window_s = check.limits.duplicate_window_s
    since = check.now - timedelta(seconds=window_s)
    known = {order.order_ref for order in check.history.orders} - check.history.resendable
    equals = {
        (order.instrument_id, order.side, order.quantity): order.order_ref
        for order in check.sent_before()
        if order.at > since and order.order_ref not in check.history.former
    }
    for leg in check.plan.entries:
        if leg.order_ref in known:
            yield breach("duplicate", leg.order_ref, "was meant to be sent before", "a new order")
        twin = equals.get((leg.instrument_id, leg.side, leg.quantity))
        if twin is not None:
            found = f"{leg.side} {leg.quantity} is {twin} again"
            yield breach("duplicate_window_s", leg.instrument_id, found, f"{window_s:g} s apart")


def rejects_within(check: Check) -> Iterator[Breach]:
    """The broker has not refused one order after the other."""
    count, allowed = check.history.rejects, check.limits.max_rejects
    if count >= allowed:
        found = f"{count} orders refused in a row"
        yield breach("max_rejects", check.plan.account, found, f"fewer than {allowed}")
