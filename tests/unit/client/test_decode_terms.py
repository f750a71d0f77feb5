# SPDX-License-Identifier: Apache-2.0
"""IB's spellings of "not said" in a what-if, and foreign terms of an order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ibapi.order import Order as IbOrder
from ibapi.order_condition import TimeCondition, VolumeCondition
from ibapi.order_state import OrderState as IbOrderState

from ib_provider.client.decode_terms import decode_terms, decode_what_if
from ib_provider.domain.order import OrderType


def test_decode_what_if_reads_ibs_texts_as_amounts() -> None:
    """Margins come as text, commissions as doubles."""
    state = IbOrderState()
    state.initMarginBefore, state.initMarginChange, state.initMarginAfter = "0", "1250.5", "1250.5"
    state.commissionAndFees, state.commissionAndFeesCurrency = 1.05, "USD"
    answer = decode_what_if(state)
    assert (answer.initial_margin.before, answer.initial_margin.after) == (0, Decimal("1250.5"))
    assert answer.commission == Decimal("1.05")
    assert answer.commission_low is None


@pytest.mark.parametrize("text", ["", "1.7976931348623157E308", "NaN", "Infinity", "n/a"])
def test_decode_what_if_not_said_is_none_and_never_zero(text: str) -> None:
    """A margin that is not known does not look like a margin of nothing."""
    state = IbOrderState()
    state.maintMarginAfter = text
    assert decode_what_if(state).maintenance_margin.after is None


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (OrderType.STOP, "stop_price"),
        (OrderType.TRAILING_STOP, "trail_amount"),
        (OrderType.RELATIVE, "offset"),
    ],
)
def test_decode_terms_auxiliary_price_is_what_the_type_makes_it(
    kind: OrderType, field: str
) -> None:
    """One field of IB's is three of ours, and one at a time."""
    ib = IbOrder()
    ib.auxPrice = 1.5
    terms = decode_terms(ib, kind)
    said = {name for name in ("stop_price", "trail_amount", "offset") if terms[name] is not None}
    assert said == {field}
    assert terms[field] == Decimal("1.5")


def test_decode_terms_condition_that_cannot_be_read_hides_no_other() -> None:
    """Somebody else's order is listed with what of it can be read."""
    ib = IbOrder()
    ib.conditions = [TimeCondition(True, "at noon"), VolumeCondition(1, "SMART", True, 5)]
    (only,) = decode_terms(ib, OrderType.LIMIT)["conditions"]
    assert only.volume == 5
