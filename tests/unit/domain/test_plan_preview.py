# SPDX-License-Identifier: Apache-2.0
"""What a whole plan would bind, from what each order of it would."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ib_provider.domain.plan_preview import LegPreview, PlanPreview


def _leg(**changes: Any) -> LegPreview:
    known: dict[str, Any] = {
        "order_ref": "r",
        "instrument_id": "IBM.NYSE",
        "commission": Decimal(1),
        "commission_currency": "USD",
        "margin_before": Decimal(1000),
        "margin_change": Decimal(200),
        "equity_before": Decimal(10_000),
        "equity_change": Decimal(-1),
    }
    return LegPreview(**(known | changes))


def _preview(*legs: LegPreview) -> PlanPreview:
    return PlanPreview(plan_id="p", at=datetime(2013, 3, 4, tzinfo=UTC), legs=legs)


def test_margin_after_counts_what_was_before_once() -> None:
    """Each answer is about one order in the account as it is."""
    preview = _preview(_leg(), _leg(margin_change=Decimal(-50)))
    assert preview.margin_after == 1150
    assert preview.equity_after == 9998
    assert preview.margin_use == Decimal(1150) / Decimal(9998)


def test_margin_of_an_order_nobody_knows_makes_the_whole_unknown() -> None:
    """A missing number is no zero."""
    preview = _preview(_leg(), _leg(margin_change=None))
    assert preview.margin_after is None
    assert preview.margin_use is None


def test_commissions_are_summed_by_currency() -> None:
    """Dollars and euros do not add."""
    preview = _preview(
        _leg(),
        _leg(commission=Decimal("2.5"), commission_currency="EUR"),
        _leg(),
        _leg(commission=None),
    )
    assert preview.commissions == {"USD": 2, "EUR": Decimal("2.5")}


def test_orders_the_broker_would_refuse_are_named() -> None:
    """One it did not answer for is not refused."""
    preview = _preview(_leg(problem="no answer"), _leg(problem="no money", is_refused=True))
    assert [leg.problem for leg in preview.refused] == ["no money"]
