# SPDX-License-Identifier: Apache-2.0
"""An order and its state as protobuf: one table, read for placeOrder, written for openOrder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from google.protobuf.message import Message

from ib_provider.errors import RemoteProtocolError
from ib_provider.wire import order_parts as o
from ib_provider.wire.protobuf.contract import hedge, legs
from ib_provider.wire.protobuf.kinds import (
    BOOL,
    DECIMAL,
    DOUBLE,
    INT,
    NONZERO,
    OFFSET,
    OPEN_CLOSE,
    OPTIONAL_BOOL,
    OPTIONAL_INT,
    PAIRS,
    TEXT,
    WORD,
    ProtoKind,
)
from ib_provider.wire.protobuf.later import LaterFlag
from ib_provider.wire.protobuf.layout import Member, Nested, Repeated, Row, members, read, write

__all__ = ["ATTACHED", "ORDER", "ORDER_STATE"]


def _order(kind: ProtoKind, pairs: str) -> tuple[Member, ...]:
    return members(kind, pairs, path="order.", field="order.")


def _state(kind: ProtoKind, pairs: str) -> tuple[Member, ...]:
    return members(kind, pairs, path="state.", field="orderState.")


_ALWAYS = members(BOOL, "conjunction=isConjunctionConnection")
_COMPARED = (*_ALWAYS, *members(BOOL, "is_more=isMore"))
_WHOSE = (*members(INT, "con_id=conId"), *members(TEXT, "exchange"))

_CONDITIONS: Mapping[int, tuple[type, tuple[Member, ...]]] = {
    1: (
        o.PriceCondition,
        (
            *_COMPARED,
            *_WHOSE,
            *members(DOUBLE, "price"),
            *members(INT, "trigger_method=triggerMethod"),
        ),
    ),
    3: (o.TimeCondition, (*_COMPARED, *members(TEXT, "time"))),
    4: (o.MarginCondition, (*_COMPARED, *members(INT, "percent"))),
    5: (o.ExecutionCondition, (*_ALWAYS, *members(TEXT, "sec_type=secType exchange symbol"))),
    6: (o.VolumeCondition, (*_COMPARED, *_WHOSE, *members(INT, "volume"))),
    7: (
        o.PercentChangeCondition,
        (*_COMPARED, *_WHOSE, *members(DOUBLE, "change_percent=changePercent")),
    ),
}
_NUMBERS = {cls: number for number, (cls, _) in _CONDITIONS.items()}


@dataclass(frozen=True, slots=True)
class _Conditions:
    """The order's conditions, each of the class its type number says."""

    path: str

    def read(self, message: Message, values: dict[str, Any]) -> None:
        found = []
        for item in message.order.conditions:  # type: ignore[attr-defined]
            if item.type not in _CONDITIONS:
                raise RemoteProtocolError(f"no condition has the type {item.type}")
            cls, rows = _CONDITIONS[item.type]
            found.append(cls(**read(rows, item)))
        values[self.path] = tuple(found)

    def write(self, message: Message, source: object) -> None:
        for condition in attrgetter(self.path)(source):
            number = _NUMBERS[type(condition)]
            item = message.order.conditions.add(type=number)  # type: ignore[attr-defined]
            write(_CONDITIONS[number][1], condition, item)


@dataclass(frozen=True, slots=True)
class _LegPrices:
    """A price in each leg; prices that are all absent are none. Stands after the legs' own row."""

    path: str

    def read(self, message: Message, values: dict[str, Any]) -> None:
        prices = tuple(
            DOUBLE.parse(leg.perLegPrice) if leg.HasField("perLegPrice") else None
            for leg in message.contract.comboLegs  # type: ignore[attr-defined]
        )
        values[self.path] = prices if any(price is not None for price in prices) else ()

    def write(self, message: Message, source: object) -> None:
        for leg, price in zip(
            message.contract.comboLegs,  # type: ignore[attr-defined]
            attrgetter(self.path)(source),
            strict=False,
        ):
            if price is not None:
                leg.perLegPrice = DOUBLE.render(price)


@dataclass(frozen=True, slots=True)
class _OutsideRegularHours:
    """Nine margins in a row."""

    path: str
    names: tuple[str, ...]

    def read(self, message: Message, values: dict[str, Any]) -> None:
        state = message.orderState  # type: ignore[attr-defined]
        values[self.path] = tuple(
            DOUBLE.parse(getattr(state, name)) if state.HasField(name) else None
            for name in self.names
        )

    def write(self, message: Message, source: object) -> None:
        state = message.orderState  # type: ignore[attr-defined]
        for name, value in zip(self.names, attrgetter(self.path)(source), strict=True):
            if value is not None:
                setattr(state, name, DOUBLE.render(value))


_TEXTS = _order(
    TEXT,
    "action order_type=orderType tif oca_group=ocaGroup account open_close=openClose"
    " order_ref=orderRef good_after_time=goodAfterTime good_till_date=goodTillDate"
    " model_code=modelCode rule_80a=rule80A clearing_account=clearingAccount"
    " clearing_intent=clearingIntent algo_strategy=algoStrategy algo_id=algoId"
    " fa_group=faGroup fa_method=faMethod fa_percentage=faPercentage"
    " designated_location=designatedLocation settling_firm=settlingFirm"
    " delta_neutral_settling_firm=deltaNeutralSettlingFirm"
    " delta_neutral_clearing_account=deltaNeutralClearingAccount"
    " delta_neutral_clearing_intent=deltaNeutralClearingIntent"
    ""
    " delta_neutral_designated_location=deltaNeutralDesignatedLocation"
    " scale_table=scaleTable active_start_time=activeStartTime active_stop_time=activeStopTime"
    " hedge_type=hedgeType hedge_param=hedgeParam reference_exchange_id=referenceExchangeId"
    " ext_operator=extOperator"
    " mifid2_decision_maker=mifid2DecisionMaker mifid2_decision_algo=mifid2DecisionAlgo"
    " mifid2_execution_trader=mifid2ExecutionTrader mifid2_execution_algo=mifid2ExecutionAlgo"
    " auto_cancel_date=autoCancelDate shareholder advanced_error_override=advancedErrorOverride"
    " manual_order_time=manualOrderTime customer_account=customerAccount"
    " bond_accrued_interest=bondAccruedInterest submitter",
)
_ECHOED = (
    *_order(WORD, "delta_neutral_order_type=deltaNeutralOrderType"),
    *_order(WORD, "adjusted_order_type=adjustedOrderType"),
    *_order(OPEN_CLOSE, "delta_neutral_open_close=deltaNeutralOpenClose"),
)
_DOUBLES = _order(
    DOUBLE,
    "lmt_price=lmtPrice aux_price=auxPrice discretionary_amt=discretionaryAmt"
    " percent_offset=percentOffset trail_stop_price=trailStopPrice"
    " trailing_percent=trailingPercent cash_qty=cashQty starting_price=startingPrice"
    " stock_ref_price=stockRefPrice delta stock_range_lower=stockRangeLower"
    " stock_range_upper=stockRangeUpper volatility"
    " delta_neutral_aux_price=deltaNeutralAuxPrice scale_price_increment=scalePriceIncrement"
    " scale_price_adjust_value=scalePriceAdjustValue scale_profit_offset=scaleProfitOffset"
    " trigger_price=triggerPrice adjusted_stop_price=adjustedStopPrice"
    " adjusted_stop_limit_price=adjustedStopLimitPrice"
    " adjusted_trailing_amount=adjustedTrailingAmount lmt_price_offset=lmtPriceOffset"
    " mid_offset_at_whole=midOffsetAtWhole mid_offset_at_half=midOffsetAtHalf",
)
_NUMBERED = (
    *_order(
        INT,
        "origin parent_id=parentId trigger_method=triggerMethod oca_type=ocaType"
        " perm_id=permId client_id=clientId short_sale_slot=shortSaleSlot"
        " delta_neutral_con_id=deltaNeutralConId"
        " delta_neutral_short_sale_slot=deltaNeutralShortSaleSlot"
        " reference_contract_id=referenceContractId adjustable_trailing_unit=adjustableTrailingUnit"
        " ref_futures_con_id=refFuturesConId parent_perm_id=parentPermId",
    ),
    *_order(ProtoKind(int, int, -1), "exempt_code=exemptCode"),
    *_order(
        OPTIONAL_INT,
        "display_size=displaySize min_qty=minQty volatility_type=volatilityType"
        " reference_price_type=referencePriceType scale_init_level_size=scaleInitLevelSize"
        " scale_subs_level_size=scaleSubsLevelSize"
        " scale_price_adjust_interval=scalePriceAdjustInterval"
        " scale_init_position=scaleInitPosition scale_init_fill_qty=scaleInitFillQty"
        " hedge_max_size=hedgeMaxSize min_trade_qty=minTradeQty min_compete_size=minCompeteSize"
        " duration post_to_ats=postToAts manual_order_indicator=manualOrderIndicator"
        " what_if_type=whatIfType",
    ),
)
_FLAGS: tuple[Row, ...] = (
    *_order(
        BOOL,
        "transmit block_order=blockOrder sweep_to_fill=sweepToFill outside_rth=outsideRth hidden"
        " all_or_none=allOrNone override_percentage_constraints=overridePercentageConstraints"
        " not_held=notHeld what_if=whatIf delta_neutral_short_sale=deltaNeutralShortSale"
        " continuous_update=continuousUpdate scale_auto_reset=scaleAutoReset"
        " scale_random_percent=scaleRandomPercent opt_out_smart_routing=optOutSmartRouting"
        " solicited randomize_size=randomizeSize randomize_price=randomizePrice"
        " pegged_change_amount_decrease=isPeggedChangeAmountDecrease"
        " conditions_cancel_order=conditionsCancelOrder conditions_ignore_rth=conditionsIgnoreRth"
        " dont_use_auto_price_for_hedge=dontUseAutoPriceForHedge oms_container=isOmsContainer"
        " discretionary_up_to_limit_price=discretionaryUpToLimitPrice"
        " auto_cancel_parent=autoCancelParent imbalance_only=imbalanceOnly"
        " professional_customer=professionalCustomer include_overnight=includeOvernight deactivate"
        " post_only=postOnly allow_pre_open=allowPreOpen ignore_open_auction=ignoreOpenAuction",
    ),
    *_order(
        OPTIONAL_BOOL,
        "route_marketable_to_bbo=routeMarketableToBbo use_price_mgmt_algo=usePriceMgmtAlgo"
        " seek_price_improvement=seekPriceImprovement",
    ),
    LaterFlag("order.conditions_include_overnight", "order", 145),
)

ORDER: tuple[Row, ...] = (
    *_TEXTS,
    *_ECHOED,
    *_order(DECIMAL, "total_quantity=totalQuantity"),
    *_DOUBLES,
    *_order(
        NONZERO,
        "pegged_change_amount=peggedChangeAmount reference_change_amount=referenceChangeAmount",
    ),
    *_order(OFFSET, "compete_against_best_offset=competeAgainstBestOffset"),
    *_NUMBERED,
    *_FLAGS,
    *_order(
        PAIRS,
        "algo_params=algoParams smart_combo_params=smartComboRoutingParams"
        " misc_options=orderMiscOptions",
    ),
    Nested(
        "order.soft_dollar_tier",
        "order.softDollarTier",
        o.SoftDollarTier,
        members(TEXT, "name value display_name=displayName"),
        blank=o.SoftDollarTier(),
    ),
    _Conditions("order.conditions"),
    *members(TEXT, "combo_legs_description=comboLegsDescrip", path="order.", field="contract."),
    *legs("order.combo_legs"),
    _LegPrices("order.leg_prices"),
    hedge("order.delta_neutral"),
)

ATTACHED = Nested(
    "order.attached",
    "attachedOrders",
    o.AttachedOrders,
    (
        *members(OPTIONAL_INT, "stop_order_id=slOrderId target_order_id=ptOrderId"),
        *members(TEXT, "stop_order_type=slOrderType target_order_type=ptOrderType"),
    ),
    blank=o.AttachedOrders(),
)
"""Only in placeOrder."""

_OUTSIDE = tuple(
    f"{amount}{when}OutsideRTH"
    for when in ("Before", "Change", "After")
    for amount in ("initMargin", "maintMargin", "equityWithLoan")
)

ORDER_STATE: tuple[Row, ...] = (
    *_state(
        TEXT,
        "status commission_currency=commissionAndFeesCurrency margin_currency=marginCurrency"
        " reject_reason=rejectReason warning_text=warningText completed_time=completedTime"
        " completed_status=completedStatus",
    ),
    *_state(
        DOUBLE,
        "init_margin_before=initMarginBefore maint_margin_before=maintMarginBefore"
        " equity_with_loan_before=equityWithLoanBefore init_margin_change=initMarginChange"
        " maint_margin_change=maintMarginChange equity_with_loan_change=equityWithLoanChange"
        " init_margin_after=initMarginAfter maint_margin_after=maintMarginAfter"
        " equity_with_loan_after=equityWithLoanAfter commission=commissionAndFees"
        " min_commission=minCommissionAndFees max_commission=maxCommissionAndFees",
    ),
    *_state(DECIMAL, "suggested_size=suggestedSize"),
    _OutsideRegularHours("state.outside_rth", _OUTSIDE),
    Repeated(
        "state.allocations",
        "orderState.orderAllocations",
        o.OrderAllocation,
        (
            *members(TEXT, "account"),
            *members(
                DECIMAL,
                "position position_desired=positionDesired position_after=positionAfter"
                " desired_quantity=desiredAllocQty allowed_quantity=allowedAllocQty",
            ),
            *members(BOOL, "monetary=isMonetary"),
        ),
    ),
)
