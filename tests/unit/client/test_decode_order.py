# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from ibapi.commission_and_fees_report import CommissionAndFeesReport
from ibapi.contract import Contract as IbContract
from ibapi.execution import Execution as IbExecution
from ibapi.order import Order as IbOrder
from ibapi.order_state import OrderState as IbOrderState

from ib_provider.client.decode_order import (
    decode_commission,
    decode_completed_order,
    decode_execution,
    decode_open_order,
    latest_revisions,
)
from ib_provider.client.encode_order import encode_order
from ib_provider.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce

ZERO, TOTAL = Decimal(0), Decimal("2.5")
ORDER = Order(
    side=Side.SELL,
    quantity=Decimal("2.5"),
    order_type=OrderType.LIMIT,
    account="DU1000001",
    order_ref="ref-1",
    limit_price=Decimal("430.47"),
    tif=TimeInForce.GTC,
)


def ib_order() -> IbOrder:
    ib = encode_order(ORDER)
    ib.permId, ib.clientId = 77, 3
    return ib


def ib_state(status: str) -> IbOrderState:
    state = IbOrderState()
    state.status = status
    return state


def execution(exec_id: str = "0000e0d5.69dd7411.01.01") -> IbExecution:
    ib = IbExecution()
    ib.execId, ib.time, ib.side = exec_id, "20260413 15:27:04 US/Eastern", "BOT"
    ib.shares, ib.price, ib.cumQty, ib.avgPrice = Decimal(10), 430.47, Decimal(10), 430.47
    ib.orderId, ib.permId, ib.clientId, ib.exchange = 5, 77, 3, "IEX"
    return ib


def test_encode_order_market_leaves_prices_unset() -> None:
    """A price that was not given is not zero."""
    order = replace(ORDER, order_type=OrderType.MARKET, limit_price=None)
    ib = encode_order(order)
    assert ib.lmtPrice == IbOrder().lmtPrice
    assert ib.transmit is True


def test_decode_open_order_is_the_order_that_was_sent() -> None:
    """The order comes back as it went, with what the broker adds."""
    state = decode_open_order(5, IbContract(), ib_order(), ib_state("Submitted"))
    assert state.order == ORDER
    assert (state.order_id, state.perm_id, state.client_id) == (5, 77, 3)
    assert (state.status, state.filled, state.remaining) == (OrderStatus.SUBMITTED, ZERO, TOTAL)


def test_decode_open_order_of_a_type_never_sent_is_other() -> None:
    """Somebody else's volatility order does not fail the list of open orders."""
    ib = ib_order()
    ib.orderType, ib.tif = "VOL", "AUC"
    state = decode_open_order(5, IbContract(), ib, ib_state("PreSubmitted"))
    assert (state.order.order_type, state.order.tif) == (OrderType.OTHER, TimeInForce.OTHER)


@pytest.mark.parametrize(
    "text",
    # Every status of the documentation of orderStatus.
    [
        "ApiPending",
        "PendingSubmit",
        "PendingCancel",
        "PreSubmitted",
        "Submitted",
        "ApiCancelled",
        "Cancelled",
        "Filled",
        "Inactive",
    ],
)
def test_decode_open_order_knows_every_status(text: str) -> None:
    """None of IB's statuses is dropped or taken for another."""
    state = decode_open_order(5, IbContract(), ib_order(), ib_state(text))
    assert state.status.value == text


def test_decode_open_order_made_by_hand_is_an_order() -> None:
    """It has no order id, no order_ref and, in another's platform, fields that are not ours."""
    ib = IbOrder()
    ib.action, ib.totalQuantity, ib.orderType, ib.tif = "BUY", Decimal(1), "LMT", "DAY"
    ib.permId, ib.triggerMethod, ib.goodTillDate = 99, 5, "when it rains"
    ib.ocaGroup, ib.ocaType = "theirs", 9
    state = decode_open_order(0, IbContract(), ib, ib_state("Submitted"))
    assert (state.order_id, state.perm_id, state.order.order_ref) == (0, 99, "")
    assert state.order.good_till is None
    assert (state.order.oca_group, state.order.oca_type) == ("theirs", None)


def test_decode_open_order_with_a_status_unheard_of_is_an_error() -> None:
    """A status that we cannot read is not taken for one that we can."""
    with pytest.raises(ValueError, match="Sleeping"):
        decode_open_order(5, IbContract(), ib_order(), ib_state("Sleeping"))


def test_decode_completed_order_with_a_cleared_total_counts_what_filled() -> None:
    """Gateways clear the total of a finished order: what filled was the order."""
    ib = ib_order()
    ib.totalQuantity, ib.filledQuantity = Decimal(0), Decimal("2.5")
    state = decode_completed_order(IbContract(), ib, ib_state("Filled"))
    assert (state.order.quantity, state.filled, state.remaining) == (TOTAL, TOTAL, ZERO)
    assert state.order_id == 0


@pytest.mark.parametrize(
    ("status", "ended", "refused", "warning"),
    [
        ("Inactive", "NO BORROW", "", "NO BORROW"),
        ("Inactive", "Rejected", "margin", "margin"),
        ("Cancelled", "Cancelled by Trader", "", "Cancelled by Trader"),
        ("Filled", "Filled Size: 10", "", ""),
    ],
)
def test_decode_completed_order_says_why_it_ended_unfilled(
    status: str, ended: str, refused: str, warning: str
) -> None:
    """A client that heard no error learns the reason here; a fill needs none."""
    state = ib_state(status)
    state.completedStatus, state.rejectReason = ended, refused
    assert decode_completed_order(IbContract(), ib_order(), state).warning == warning


def test_decode_execution_is_in_utc_at_its_venue() -> None:
    """The time is an instant; the exchange is where it traded."""
    found = decode_execution(IbContract(), execution())
    assert found.ts == datetime(2026, 4, 13, 19, 27, 4, tzinfo=UTC)
    assert (found.side, found.price, found.exchange) == (Side.BUY, Decimal("430.47"), "IEX")


def test_decode_execution_without_a_price_is_an_error() -> None:
    """A fill at "not set" is no fill at all."""
    ib = execution()
    ib.price = 1.7976931348623157e308
    with pytest.raises(ValueError, match="not set"):
        decode_execution(IbContract(), ib)


def test_decode_commission_unset_pnl_is_none() -> None:
    """A profit that IB does not state is not a huge one."""
    ib = CommissionAndFeesReport()
    ib.execId, ib.commissionAndFees, ib.currency = "x", 1.25, "USD"
    ib.realizedPNL = 1.7976931348623157e308
    found = decode_commission(ib)
    assert (found.commission, found.realized_pnl) == (Decimal("1.25"), None)


def test_latest_revisions_counts_in_numbers() -> None:
    """The tenth correction comes after the ninth."""
    found = [
        decode_execution(IbContract(), execution(f"0000e0d5.69dd7411.01.{revision}"))
        for revision in ("10", "9")
    ]
    assert [one.exec_id[-2:] for one in latest_revisions(found)] == ["10"]


def test_latest_revisions_drops_what_was_corrected() -> None:
    """A corrected execution is counted once, as corrected."""
    rows = [
        decode_execution(IbContract(), execution(exec_id))
        for exec_id in ("a.b.01.01", "a.b.01.02", "a.b.02.01", "plain")
    ]
    assert [row.exec_id for row in latest_revisions(rows)] == ["a.b.01.02", "a.b.02.01", "plain"]
