# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Order, OrderState, OrderStatus, OrderType, Side
from ib_provider.usecases.broker_truth import BrokerTruth, settle
from tests.support.desk_home import home_settings, open_ledger
from tests.support.plans import AT, a_fill, a_leg, a_plan, a_state


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


@pytest.mark.parametrize(("had", "state"), [("100", "filled"), ("60", "sent")])
def test_settle_of_an_order_of_which_executions_alone_are_left(
    tmp_path: Path, had: str, state: str
) -> None:
    """Overnight the broker forgets orders that are done: fills of all of it are its end too."""
    leg = a_leg(quantity="100")
    with open_ledger(home_settings(tmp_path)) as ledger:
        plan = ledger.save_plan(a_plan(leg))
        ledger.intend(leg, plan=plan, order_id=5, client_id=1, at=AT)
        ledger.record_state(leg.order_ref, a_state(leg, OrderStatus.PENDING_SUBMIT), AT)
        fill = a_fill("0001.01", order_ref=leg.order_ref, quantity=had)
        truth = BrokerTruth(orders={}, fills={leg.order_ref: (fill,)}, completed=frozenset())
        assert settle(ledger, [leg.order_ref], truth) == 1
        assert settle(ledger, [leg.order_ref], truth) == 0
        (intent,) = ledger.intents(plan.plan_id)
    assert intent.state.value == state
