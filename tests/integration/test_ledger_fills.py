# SPDX-License-Identifier: Apache-2.0
"""Fills on both databases: each once, corrected in place, commissions when they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ib_provider.errors import LedgerError
from ib_provider.ledger import Ledger
from tests.support.plans import AT, a_fill

pytest_plugins = ("tests.support.ledgers",)

REF = "ibp-demo-AAPL-1"
FIRST = "0000e0d5.69dd7411.01.01"
CORRECTED = "0000e0d5.69dd7411.01.02"


def test_fill_is_read_back_equal(ledger: Ledger) -> None:
    """Every digit of price and quantity survives."""
    fill = a_fill(FIRST, quantity="0.123456789012345678", price="430.0100000000000001")
    assert ledger.record_fill(fill)
    assert ledger.fills([REF]) == (fill,)


def test_fill_reported_again_is_not_new(ledger: Ledger) -> None:
    """The same execution from another answer is the same execution."""
    assert ledger.record_fill(a_fill(FIRST))
    assert not ledger.record_fill(a_fill(FIRST))
    assert len(ledger.fills([REF])) == 1


def test_fill_gets_its_commission_later_and_keeps_it(ledger: Ledger) -> None:
    """A commission comes, is renewed, and does not go when the execution is reported bare."""
    ledger.record_fill(a_fill(FIRST))
    assert not ledger.record_fill(a_fill(FIRST, commission="1.00"))
    renewed = a_fill(FIRST, commission="1.05", pnl="12.3")
    ledger.record_fill(renewed)
    ledger.record_fill(a_fill(FIRST))
    assert ledger.fills([REF]) == (renewed,)


def test_fill_corrected_replaces_the_former(ledger: Ledger) -> None:
    """A higher last group stands in the place of the lower, whichever came first."""
    corrected = a_fill(CORRECTED, price="430.02")
    assert ledger.record_fill(a_fill(FIRST))
    assert not ledger.record_fill(corrected)
    assert ledger.fills([REF]) == (corrected,)


def test_fill_late_former_does_not_undo_a_correction(ledger: Ledger) -> None:
    """The correction may come first; the former that follows it counts for nothing."""
    corrected = a_fill(CORRECTED, price="430.02")
    assert ledger.record_fill(corrected)
    assert not ledger.record_fill(a_fill(FIRST))
    assert ledger.fills([REF]) == (corrected,)


def test_fill_with_the_same_id_and_another_price_is_raised(ledger: Ledger) -> None:
    """One execution id with two contents is a contradiction, and the first content stays."""
    first = a_fill(FIRST)
    ledger.record_fill(first)
    with pytest.raises(LedgerError, match=r"known as BUY 100 AAPL at 430.01 .* BUY 100 AAPL at 4"):
        ledger.record_fill(a_fill(FIRST, price="431"))
    assert ledger.fills([REF]) == (first,)


def test_fill_with_the_commission_of_another_is_refused(ledger: Ledger) -> None:
    """A cost never lands on an execution it is not of."""
    other = a_fill(CORRECTED, commission="1").commission
    with pytest.raises(LedgerError, match="commission of"):
        ledger.record_fill(replace(a_fill(FIRST), commission=other))


def test_fills_of_some_orders_are_theirs_oldest_first(ledger: Ledger) -> None:
    """Only the orders that are asked for, by time; none for none."""
    early, late, other = a_fill("a.01"), a_fill("b.01"), a_fill("c.01", order_ref="another")
    late = replace(late, execution=replace(late.execution, ts=AT + timedelta(seconds=1)))
    for fill in (late, other, early):
        ledger.record_fill(fill)
    assert ledger.fills([REF]) == (early, late)
    assert ledger.fills([]) == ()
    assert sum(fill.execution.quantity for fill in ledger.fills([REF, "another"])) == Decimal(300)
