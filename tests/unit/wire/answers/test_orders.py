# SPDX-License-Identifier: Apache-2.0
"""Orders and executions, as clients we did not write decode them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ib_provider.wire import answers as a
from ib_provider.wire.codec import render_answer
from ib_provider.wire.wire_order import WireOrder, WireOrderState
from tests.support.wire_peers import (
    AAPL,
    ACCOUNT,
    IB_ASYNC_VERSIONS,
    UNSET,
    VERSIONS,
    assert_exact_at_every_version,
    ib_async_callbacks,
    ibapi_callbacks,
)

EXECUTION = a.ExecutionDetails(
    request_id=-1,
    order_id=11,
    contract=AAPL,
    exec_id="0000e0d5.69dd7411.01.01",
    time="20130304 10:00:04 US/Eastern",
    account=ACCOUNT,
    exchange="IEX",
    side="BOT",
    shares=Decimal("10.5"),
    price=Decimal("431.25"),
    perm_id=9223372036,
    client_id=7,
    cum_qty=Decimal("10.5"),
    avg_price=Decimal("431.25"),
    order_ref="momentum/1",
    last_liquidity=2,
    submitter="me",
)


def _assert_execution(execution: Any) -> None:
    assert (execution.execId, execution.orderId, execution.permId, execution.clientId) == (
        "0000e0d5.69dd7411.01.01",
        11,
        9223372036,
        7,
    )
    assert (execution.acctNumber, execution.exchange, execution.side) == (ACCOUNT, "IEX", "BOT")
    assert (float(execution.shares), execution.price) == (10.5, 431.25)
    assert (float(execution.cumQty), execution.avgPrice) == (10.5, 431.25)
    assert (execution.orderRef, execution.lastLiquidity) == ("momentum/1", 2)


@pytest.mark.parametrize("version", VERSIONS)
def test_execution_reaches_ibapi_at_every_version(version: int) -> None:
    """With -1 for a fill that nobody asked for."""
    ((name, (request_id, contract, execution)),) = ibapi_callbacks(
        version, render_answer(EXECUTION, version)
    )
    assert (name, request_id, contract.conId) == ("execDetails", -1, 265598)
    _assert_execution(execution)
    assert execution.time == "20130304 10:00:04 US/Eastern"
    assert execution.submitter == ("me" if version >= 198 else "")


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
def test_execution_reaches_ib_async(version: int) -> None:
    """Its time zone must be one that Python knows."""
    ((name, (request_id, _, execution)),) = ib_async_callbacks(
        version, render_answer(EXECUTION, version)
    )
    assert (name, request_id) == ("execDetails", -1)
    _assert_execution(execution)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("pnl", "seen"), [(None, UNSET), (Decimal("-3.5"), -3.5)])
def test_commission_reaches_ibapi_at_every_version(
    version: int, pnl: Decimal | None, seen: float
) -> None:
    """A profit that does not exist is not a profit of zero."""
    answer = a.CommissionReport(
        exec_id="e.1", commission=Decimal("1.05"), currency="USD", realized_pnl=pnl
    )
    ((_, (report,)),) = ibapi_callbacks(version, render_answer(answer, version))
    assert (report.execId, report.commissionAndFees, report.currency) == ("e.1", 1.05, "USD")
    assert report.realizedPNL == seen
    ((_, (report,)),) = ib_async_callbacks(178, render_answer(answer, 178))
    assert (report.commission, report.realizedPNL) == (1.05, seen)


ORDER = WireOrder(
    action="BUY",
    total_quantity=Decimal("10.5"),
    order_type="TRAIL LIMIT",
    lmt_price=Decimal("431.25"),
    tif="GTC",
    oca_group="oca",
    account=ACCOUNT,
    order_ref="momentum/1",
    parent_id=10,
    display_size=5,
    outside_rth=True,
    good_till_date="20130305",
    oca_type=1,
    all_or_none=True,
    min_qty=2,
    trail_stop_price=Decimal("430.5"),
    trailing_percent=Decimal("2.5"),
    not_held=True,
    algo_strategy="Adaptive",
    algo_params=(("adaptivePriority", "Normal"),),
    what_if=True,
    cash_qty=Decimal("55.5"),
    perm_id=9223372036,
    client_id=7,
)
STATE = WireOrderState(
    status="PreSubmitted",
    init_margin_change=Decimal("1000.25"),
    commission=Decimal("1.05"),
    commission_currency="USD",
    warning_text="careful",
    completed_time="20130304 16:00:00 US/Eastern",
    completed_status="Filled Size: 10",
)
OPEN = a.OpenOrder(order_id=11, contract=AAPL, order=ORDER, state=STATE)
COMPLETED = a.CompletedOrder(contract=AAPL, order=ORDER, state=STATE, filled=Decimal("10.5"))


def _assert_terms(order: Any) -> None:
    assert (order.action, float(order.totalQuantity), order.orderType) == (
        "BUY",
        10.5,
        "TRAIL LIMIT",
    )
    assert (order.lmtPrice, order.auxPrice, order.tif) == (431.25, UNSET, "GTC")
    assert (order.ocaGroup, order.ocaType, order.account) == ("oca", 1, ACCOUNT)
    assert (order.orderRef, order.permId) == ("momentum/1", 9223372036)
    assert (order.displaySize, order.minQty, order.goodTillDate) == (5, 2, "20130305")
    assert (order.outsideRth, order.allOrNone, order.notHeld) == (True, True, True)
    assert (order.trailStopPrice, order.trailingPercent) == (430.5, 2.5)
    assert (order.algoStrategy, order.cashQty) == ("Adaptive", 55.5)
    assert [(pair.tag, pair.value) for pair in order.algoParams] == [("adaptivePriority", "Normal")]


def _assert_open(order_id: int, contract: Any, order: Any, state: Any) -> None:
    assert (int(order_id), contract.conId, order.clientId, order.parentId) == (11, 265598, 7, 10)
    _assert_terms(order)
    assert order.whatIf
    assert (state.status, float(state.initMarginChange)) == ("PreSubmitted", 1000.25)
    assert state.warningText == "careful"


@pytest.mark.parametrize("version", VERSIONS)
def test_open_order_reaches_ibapi_at_every_version(version: int) -> None:
    """135 to 156 fields of text, or one message: the same order."""
    ((name, (order_id, contract, order, state)),) = ibapi_callbacks(
        version, render_answer(OPEN, version)
    )
    assert name == "openOrder"
    _assert_open(order_id, contract, order, state)
    assert (state.commissionAndFees, state.commissionAndFeesCurrency) == (1.05, "USD")
    assert (state.minCommissionAndFees, order.minTradeQty) == (UNSET, 2147483647)


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
def test_open_order_reaches_ib_async(version: int) -> None:
    """Exact counts, again."""
    ((name, arguments),) = ib_async_callbacks(version, render_answer(OPEN, version))
    assert name == "openOrder"
    _assert_open(*arguments)


@pytest.mark.parametrize("version", [178, 200])
def test_open_order_of_a_plain_stock_has_as_many_fields_as_a_gateways(version: int) -> None:
    """135 at 178 and 156 at 200, id included, as prototyped against real clients."""
    plain = WireOrder(action="BUY", total_quantity=Decimal(1), order_type="MKT")
    answer = a.OpenOrder(order_id=1, contract=AAPL, order=plain, state=STATE)
    count = render_answer(answer, version).count(b"\0")
    assert count == {178: 135, 200: 156}[version]


@pytest.mark.parametrize("version", VERSIONS)
def test_completed_order_reaches_ibapi_at_every_version(version: int) -> None:
    """No order id and no client id, but what became of it."""
    ((name, (contract, order, state)),) = ibapi_callbacks(
        version, render_answer(COMPLETED, version)
    )
    assert (name, contract.conId) == ("completedOrder", 265598)
    _assert_terms(order)
    assert (state.status, state.completedStatus) == ("PreSubmitted", "Filled Size: 10")
    assert state.completedTime == "20130304 16:00:00 US/Eastern"
    assert order.filledQuantity == Decimal("10.5")


@pytest.mark.parametrize("version", IB_ASYNC_VERSIONS)
def test_completed_order_reaches_ib_async(version: int) -> None:
    """Exact counts, again."""
    ((name, (_, order, state)),) = ib_async_callbacks(version, render_answer(COMPLETED, version))
    assert name == "completedOrder"
    _assert_terms(order)
    assert (state.completedStatus, float(order.filledQuantity)) == ("Filled Size: 10", 10.5)


@pytest.mark.parametrize(
    "answer", [OPEN, COMPLETED, EXECUTION], ids=lambda answer: type(answer).__name__
)
def test_long_answer_reaches_ibapi_at_every_single_version(answer: a.Answer) -> None:
    """Each gate between the oldest and the newest version opens where ibapi's does."""
    assert_exact_at_every_version(answer)
