# SPDX-License-Identifier: Apache-2.0
"""What the gates saw, kept by the ledger."""

from __future__ import annotations

import pytest

from ib_provider.errors import LedgerError
from ib_provider.ledger.ledger import Ledger
from tests.support.plans import a_leg, a_plan
from tests.support.reports import a_gate_record

pytest_plugins = ("tests.support.ledgers",)


def test_gate_records_come_back_as_they_were_kept(ledger: Ledger) -> None:
    """Quotes, breaches and both clocks, oldest first; before the first try there is none."""
    plan = ledger.save_plan(a_plan(a_leg()))
    assert ledger.gate_records(plan.plan_id) == ()
    refused = a_gate_record(plan.plan_id, breach="max_orders")
    passed = a_gate_record(plan.plan_id, *plan.legs)
    ledger.record_gates(refused)
    ledger.record_gates(passed)
    assert ledger.gate_records(plan.plan_id) == (refused, passed)


def test_gate_record_of_no_plan_is_refused(ledger: Ledger) -> None:
    """It would be about nothing."""
    with pytest.raises(LedgerError, match="not in the ledger"):
        ledger.record_gates(a_gate_record("0" * 64))


def test_plans_are_counted_and_found(ledger: Ledger) -> None:
    """The desk shows some of them and says how many there are."""
    assert ledger.count_plans() == 0
    plan = ledger.save_plan(a_plan())
    assert (ledger.count_plans(), ledger.has_plan(plan.plan_id)) == (1, True)
    assert not ledger.has_plan("x")
