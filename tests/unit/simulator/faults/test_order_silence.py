# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.simulator.faults.order_silence import OrderSilence
from ib_provider.wire import messages as m


def _status(order_id: int, filled: int) -> m.OrderStatusAnswer:
    return m.OrderStatusAnswer(
        order_id=order_id,
        status="Submitted",
        filled=Decimal(filled),
        remaining=Decimal(10 - filled),
        avg_fill_price=Decimal(1),
        perm_id=1,
    )


def _execution(order_id: int, exec_id: str, total: int) -> m.ExecutionDetails:
    return m.ExecutionDetails(
        request_id=-1,
        order_id=order_id,
        contract=Contract(symbol="IBM"),
        exec_id=exec_id,
        time="",
        account="DU1",
        exchange="NYSE",
        side="BOT",
        shares=Decimal(5),
        price=Decimal(1),
        perm_id=1,
        client_id=1,
        cum_qty=Decimal(total),
        avg_price=Decimal(1),
    )


def _commission(exec_id: str) -> m.CommissionReport:
    return m.CommissionReport(exec_id=exec_id, commission=Decimal(1), currency="USD")


def test_swallowed_order_is_never_heard_of() -> None:
    """Status, execution, commission, error: all lost; those of other orders pass."""
    silence = OrderSilence()
    silence.begin(7, after_fills=0)
    about_it: list[m.Answer] = [
        _status(7, 0),
        _execution(7, "e1", 5),
        _commission("e1"),
        m.ErrorMessage(request_id=7, code=202, message=""),
    ]
    assert [silence.loses(answer, "PlaceOrder") for answer in about_it] == [True] * 4
    others: list[m.Answer] = [_status(8, 0), _execution(8, "e2", 5), _commission("e2")]
    assert [silence.loses(answer, "") for answer in others] == [False] * 3


def test_who_asks_is_answered() -> None:
    """Open orders and executions show the order."""
    silence = OrderSilence()
    silence.begin(7, after_fills=0)
    assert not silence.loses(_status(7, 0), "ReqOpenOrders")
    assert not silence.loses(_execution(7, "e1", 5), "ReqExecutions")


def test_partly_filled_order_is_heard_until_its_first_fill() -> None:
    """Then its commission and its status, and nothing of the rest."""
    silence = OrderSilence()
    silence.begin(7, after_fills=1)
    told: list[m.Answer] = [_status(7, 0), _execution(7, "e1", 5), _status(7, 5), _commission("e1")]
    assert [silence.loses(answer, "") for answer in told] == [False] * 4
    rest: list[m.Answer] = [_execution(7, "e2", 10), _status(7, 10), _commission("e2")]
    assert [silence.loses(answer, "") for answer in rest] == [True] * 3
