# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderState, OrderStatus, OrderType, Side
from ib_provider.usecases.broker_truth import BrokerTruth


def a_truth(status: OrderStatus, *, completed: bool) -> BrokerTruth:
    order = Order(
        side=Side.BUY,
        quantity=Decimal(5),
        order_type=OrderType.LIMIT,
        account="DU1",
        order_ref="ref",
        limit_price=Decimal(1),
    )
    state = OrderState(
        order_id=7,
        perm_id=8,
        client_id=9,
        contract=Contract(con_id=1),
        order=order,
        status=status,
        filled=Decimal(0),
        remaining=Decimal(5),
        avg_fill_price=None,
    )
    done = frozenset({"ref"} if completed else ())
    return BrokerTruth(orders={"ref": state}, fills={}, completed=done)


@pytest.mark.parametrize(
    ("status", "completed", "settled", "refused"),
    [
        (OrderStatus.SUBMITTED, False, False, False),
        (OrderStatus.INACTIVE, False, False, False),
        (OrderStatus.INACTIVE, True, True, True),
        (OrderStatus.FILLED, False, True, False),
        (OrderStatus.FILLED, True, True, False),
        (OrderStatus.CANCELLED, True, True, False),
    ],
)
def test_truth_of_an_order_is_settled_when_its_status_or_the_broker_says_so(
    status: OrderStatus, completed: bool, settled: bool, refused: bool
) -> None:
    """An inactive order may wake, unless the broker lists it among those that are done."""
    truth = a_truth(status, completed=completed)
    assert truth.is_settled("ref") is settled
    assert truth.is_refused("ref") is refused


def test_truth_knows_what_it_was_told_and_nothing_else() -> None:
    """An order nobody mentioned is neither known nor settled, and has no ids."""
    truth = a_truth(OrderStatus.SUBMITTED, completed=False)
    assert truth.knows("ref")
    assert truth.ids_of("ref") == (7, 9)
    assert not truth.knows("other")
    assert not truth.is_settled("other")
    assert truth.ids_of("other") == (0, 0)
