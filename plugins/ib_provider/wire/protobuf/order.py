# SPDX-License-Identifier: Apache-2.0
"""An order and its state as protobuf: one table, read for placeOrder, written for openOrder."""

from __future__ import annotations

from google.protobuf.message import Message

from ib_provider.wire.protobuf.kinds import (
    BOOL,
    DECIMAL,
    DOUBLE,
    INT,
    OPTIONAL_INT,
    PAIRS,
    TEXT,
)
from ib_provider.wire.protobuf.layout import members

__all__ = ["ORDER", "ORDER_STATE", "not_carried"]

ORDER = (
    *members(
        TEXT,
        "action order_type=orderType tif oca_group=ocaGroup account open_close=openClose"
        " order_ref=orderRef good_after_time=goodAfterTime good_till_date=goodTillDate"
        " model_code=modelCode rule_80a=rule80A clearing_account=clearingAccount"
        " clearing_intent=clearingIntent algo_strategy=algoStrategy algo_id=algoId",
        path="order.",
        field="order.",
    ),
    *members(DECIMAL, "total_quantity=totalQuantity", path="order.", field="order."),
    *members(
        DOUBLE,
        "lmt_price=lmtPrice aux_price=auxPrice discretionary_amt=discretionaryAmt"
        " percent_offset=percentOffset trail_stop_price=trailStopPrice"
        " trailing_percent=trailingPercent cash_qty=cashQty",
        path="order.",
        field="order.",
    ),
    *members(
        INT,
        "origin parent_id=parentId trigger_method=triggerMethod oca_type=ocaType"
        " perm_id=permId client_id=clientId",
        path="order.",
        field="order.",
    ),
    *members(
        OPTIONAL_INT, "display_size=displaySize min_qty=minQty", path="order.", field="order."
    ),
    *members(
        BOOL,
        "transmit block_order=blockOrder sweep_to_fill=sweepToFill outside_rth=outsideRth hidden"
        " all_or_none=allOrNone override_percentage_constraints=overridePercentageConstraints"
        " not_held=notHeld what_if=whatIf",
        path="order.",
        field="order.",
    ),
    *members(PAIRS, "algo_params=algoParams", path="order.", field="order."),
)

ORDER_STATE = (
    *members(
        TEXT,
        "status commission_currency=commissionAndFeesCurrency margin_currency=marginCurrency"
        " reject_reason=rejectReason warning_text=warningText completed_time=completedTime"
        " completed_status=completedStatus",
        path="state.",
        field="orderState.",
    ),
    *members(
        DOUBLE,
        "init_margin_before=initMarginBefore maint_margin_before=maintMarginBefore"
        " equity_with_loan_before=equityWithLoanBefore init_margin_change=initMarginChange"
        " maint_margin_change=maintMarginChange equity_with_loan_change=equityWithLoanChange"
        " init_margin_after=initMarginAfter maint_margin_after=maintMarginAfter"
        " equity_with_loan_after=equityWithLoanAfter commission=commissionAndFees"
        " min_commission=minCommissionAndFees max_commission=maxCommissionAndFees",
        path="state.",
        field="orderState.",
    ),
)

_CARRIED = {row.field.removeprefix("order.") for row in ORDER} | {"orderId"}
_NOTHING = (0, -1, 2**31 - 1, 2**63 - 1, 1.7976931348623157e308, "", "None")


def _says_something(value: object) -> bool:
    if isinstance(value, Message):
        return any(_says_something(inner) for _, inner in value.ListFields())
    return value not in _NOTHING if isinstance(value, str | int | float) else True


def not_carried(request: Message) -> list[str]:
    """Return IB's names of what a place-order request asks for and ``WireOrder`` has not."""
    order = [
        field.name
        for field, value in request.order.ListFields()  # type: ignore[attr-defined]
        if field.name not in _CARRIED and _says_something(value)
    ]
    contract = request.contract  # type: ignore[attr-defined]
    if contract.comboLegs:
        order.append("comboLegs")
    if contract.HasField("deltaNeutralContract"):
        order.append("deltaNeutralContract")
    if _says_something(request.attachedOrders):  # type: ignore[attr-defined]
        order.append("attachedOrders")
    return order
