# SPDX-License-Identifier: Apache-2.0
"""Gates that judge what the orders are: for whom, of what, how many, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ib_provider.domain.limits import Breach
from ib_provider.domain.order import OrderType
from ib_provider.rebalance.gate_check import Check, breach
from ib_provider.rebalance.pricing import instrument_problem

__all__ = [
    "account_allowed",
    "contract_agrees",
    "currency_agrees",
    "holdings_are_known",
    "instruments_distinct",
    "nothing_else_working",
    "order_has_worst_price",
    "order_refs_distinct",
    "orders_within",
    "plan_was_priced",
    "quantity_positive",
    "quantity_within",
    "worth_is_known",
]

#: Order types with a worst price.
_PRICED_TYPES: Final = (OrderType.LIMIT, OrderType.LIMIT_ON_CLOSE, OrderType.STOP_LIMIT)

#: Those without one that the limits may allow. Their limit price is what they are counted at.
_UNPRICED_TYPES: Final = (OrderType.MARKET_ON_CLOSE,)


def account_allowed(check: Check) -> Iterator[Breach]:
    """The account is on the list, and is the one whose book this is."""
    account, allowed = check.plan.account, check.limits.accounts
    if account not in allowed:
        yield breach("accounts", account, "not on the list", ", ".join(allowed))
    if account != check.book.account:
        yield breach("accounts", account, f"the book is of {check.book.account}", account)


def currency_agrees(check: Check) -> Iterator[Breach]:
    """The limits' amounts are of the plan's currency, and so is the book."""
    if check.plan.currency != check.book.currency:
        yield breach("currency", check.plan.account, check.book.currency, check.plan.currency)


def worth_is_known(check: Check) -> Iterator[Breach]:
    """Turnover and weights are fractions of a number that exists."""
    worth = check.book.net_liquidation
    if not worth.is_finite() or worth <= 0:
        yield breach("net_liquidation", check.plan.account, str(worth), "a number above zero")


def holdings_are_known(check: Check) -> Iterator[Breach]:
    """A position that is not a number says nothing of what a trade leads to."""
    for leg in check.plan.legs:
        held = check.book.positions.get(leg.instrument_id, Decimal(0))
        if not held.is_finite():
            yield breach("position", leg.instrument_id, str(held), "a finite number")


def orders_within(check: Check) -> Iterator[Breach]:
    """The plan has not too many orders."""
    count, allowed = check.order_count(), check.limits.max_orders
    if count > allowed:
        yield breach("max_orders", check.plan.strategy, f"{count} orders", str(allowed))


def order_refs_distinct(check: Check) -> Iterator[Breach]:
    """No two orders share the reference by which the broker is asked for them."""
    counts = Counter(leg.order_ref for leg in check.plan.legs)
    for ref, count in counts.items():
        if count > 1 or not ref:
            yield breach("order_ref", ref or "none", f"{count} orders", "one order")


def instruments_distinct(check: Check) -> Iterator[Breach]:
    """No instrument is traded twice in one plan."""
    counts = Counter(leg.instrument_id for leg in check.plan.entries)
    for instrument_id, count in counts.items():
        if count > 1:
            yield breach("instrument", instrument_id, f"{count} orders", "one order")


def nothing_else_working(check: Check) -> Iterator[Breach]:
    """No other order works in what is to be traded: holdings do not count it yet.

    Exits of ours are called off before anything is sent, or are of this very plan.
    """
    ours = {leg.order_ref for leg in check.plan.legs} | set(check.history.exits)
    for leg in check.plan.legs:
        for state in check.book.working:
            other = state.order
            if state.contract.con_id == leg.contract.con_id and other.order_ref not in ours:
                found = (
                    f"{other.side} {state.remaining} works as {other.order_ref or 'no order_ref'}"
                )
                yield breach("working_orders", leg.instrument_id, found, "none beside this plan's")


def quantity_positive(check: Check) -> Iterator[Breach]:
    """A quantity is a number above zero."""
    for leg in check.plan.legs:
        if not leg.quantity.is_finite() or leg.quantity <= 0:
            yield breach("quantity", leg.instrument_id, str(leg.quantity), "above zero")


def quantity_within(check: Check) -> Iterator[Breach]:
    """No order is for too many units."""
    allowed = check.limits.max_order_quantity
    for leg in check.holding_legs():
        if leg.quantity.is_finite() and leg.quantity > allowed:
            yield breach("max_order_quantity", leg.instrument_id, str(leg.quantity), str(allowed))


def order_has_worst_price(check: Check) -> Iterator[Breach]:
    """Every order has a limit price, which is a number above zero, or is allowed to have none."""
    for leg in check.plan.legs:
        is_allowed = leg.order_type in _UNPRICED_TYPES and check.limits.allow_unpriced
        if leg.order_type not in _PRICED_TYPES and not is_allowed:
            yield breach("order_type", leg.instrument_id, leg.order_type, "a limit order")
        if not leg.limit_price.is_finite() or leg.limit_price <= 0:
            yield breach("limit_price", leg.instrument_id, str(leg.limit_price), "above zero")


def contract_agrees(check: Check) -> Iterator[Breach]:
    """The order, the instrument and the quote are of one contract."""
    for leg in check.plan.legs:
        con_id = leg.contract.con_id
        instrument = check.book.instruments.get(leg.instrument_id)
        problem = instrument_problem(instrument, check.book)
        if problem:
            yield breach("instrument", leg.instrument_id, problem, "one that can be traded")
        if instrument is not None and instrument.contract.con_id != con_id:
            known = f"conId {instrument.contract.con_id}"
            yield breach("contract", leg.instrument_id, f"conId {con_id}", known)
        quote = check.book.quotes.get(leg.instrument_id)
        if quote is not None and quote.con_id != con_id:
            yield breach(
                "contract", leg.instrument_id, f"a quote of conId {quote.con_id}", f"{con_id}"
            )


def plan_was_priced(check: Check) -> Iterator[Breach]:
    """Every name that the portfolio wants or drops had a price when the plan was made."""
    for row in check.plan.rows:
        if row.target_quantity is None:
            yield breach("price", row.instrument_id, row.note, "a price")
