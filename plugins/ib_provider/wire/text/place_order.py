# SPDX-License-Identifier: Apache-2.0
"""The layout of placeOrder as text: the longest message, and the one whose parts come and go.

Rules: every field is read, in order. One that has no attribute here is noted by IB's name when it
says something, so that nothing a client asked for is dropped in silence.
"""

from __future__ import annotations

from ib_provider.wire.text.contract import REQUEST_CONTRACT
from ib_provider.wire.text.kinds import (
    BOOL,
    COUNT,
    DECIMAL,
    ID,
    INT,
    OPTIONAL_INT,
)
from ib_provider.wire.text.layout import (
    NOT_CARRIED,
    Cursor,
    Field,
    Pairs,
    Row,
    Values,
    fields,
    other,
    skip,
)

__all__ = ["PLACE_ORDER_ROWS"]

# Fields after the type: a condition's conjunction, then what that type needs.
_CONDITION_FIELDS = {1: 6, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5}


def _note(values: Values, name: str) -> None:
    values.setdefault(NOT_CARRIED, []).append(name)


def _take_all(cursor: Cursor, name: str, count: int) -> None:
    for _ in range(count):
        cursor.take(name)


def _combo_legs(cursor: Cursor, values: Values) -> None:
    if values["contract.sec_type"] != "BAG":
        return
    # Eight fields a leg, then a price a leg, then routing parameters in pairs.
    for name, width in (("comboLegs", 8), ("orderComboLegs", 1), ("smartComboRoutingParams", 2)):
        count = cursor.take(f"{name} count", COUNT)
        _take_all(cursor, name, count * width)
        if count:
            _note(values, name)


def _delta_neutral_order(cursor: Cursor, values: Values) -> None:
    order_type = cursor.take("deltaNeutralOrderType")
    price = cursor.take("deltaNeutralAuxPrice", DECIMAL)
    if order_type:
        _take_all(cursor, "delta-neutral order", 8)
    if order_type not in ("", "None") or price:
        _note(values, "deltaNeutralOrderType")


def _scale(cursor: Cursor, values: Values) -> None:
    increment = cursor.take("scalePriceIncrement", DECIMAL)
    if increment is not None and increment > 0:
        _take_all(cursor, "scale", 7)
        _note(values, "scalePriceIncrement")


def _hedge(cursor: Cursor, values: Values) -> None:
    if cursor.take("hedgeType"):
        cursor.take("hedgeParam")
        _note(values, "hedgeType")


def _delta_neutral_contract(cursor: Cursor, values: Values) -> None:
    if cursor.take("deltaNeutralContract", BOOL):
        _take_all(cursor, "deltaNeutralContract", 3)
        _note(values, "deltaNeutralContract")


def _pegged_benchmark(cursor: Cursor, values: Values) -> None:
    if values["order.order_type"] in ("PEG BENCH", "PEGBENCH"):
        _take_all(cursor, "pegged to benchmark", 5)
        _note(values, "referenceContractId")


def _conditions(cursor: Cursor, values: Values) -> None:
    count = cursor.take("conditions count", COUNT)
    for _ in range(count):
        _take_all(cursor, "condition", _CONDITION_FIELDS.get(cursor.take("condition type", INT), 3))
    if count:
        _take_all(cursor, "conditions flag", 2)
        _note(values, "conditions")


def _peg_offsets(cursor: Cursor, values: Values) -> None:
    order_type = values["order.order_type"]
    if values["contract.exchange"] == "IBKRATS":
        Field(None, foreign="minTradeQty").read(cursor, values)
    to_mid = order_type in ("PEG MID", "PEGMID")
    if order_type in ("PEG BEST", "PEGBEST"):
        cursor.take("minCompeteSize")
        # An infinite offset means "up to the middle", and then two more fields follow.
        to_mid = cursor.take("competeAgainstBestOffset") in ("Infinity", "Infinite")
        _note(values, "competeAgainstBestOffset")
    if to_mid:
        _take_all(cursor, "midOffset", 2)
        _note(values, "midOffsetAtWhole")


PLACE_ORDER_ROWS: tuple[Row, ...] = (
    Field("order_id", ID),
    *REQUEST_CONTRACT,
    *fields("sec_id_type sec_id order.action"),
    Field("order.total_quantity", DECIMAL),
    Field("order.order_type"),
    *fields("order.lmt_price order.aux_price", DECIMAL),
    *fields("order.tif order.oca_group order.account order.open_close"),
    Field("order.origin", INT),
    Field("order.order_ref"),
    Field("order.transmit", BOOL),
    Field("order.parent_id", INT),
    *fields("order.block_order order.sweep_to_fill", BOOL),
    Field("order.display_size", OPTIONAL_INT),
    Field("order.trigger_method", INT),
    *fields("order.outside_rth order.hidden", BOOL),
    _combo_legs,
    *skip(),  # the deprecated allocation of shares
    Field("order.discretionary_amt", DECIMAL),
    *fields("order.good_after_time order.good_till_date"),
    *other("faGroup faMethod faPercentage"),
    *other("faProfile", until=177),
    Field("order.model_code"),
    *other("shortSaleSlot designatedLocation exemptCode"),
    Field("order.oca_type", INT),
    Field("order.rule_80a"),
    *other("settlingFirm"),
    Field("order.all_or_none", BOOL),
    Field("order.min_qty", OPTIONAL_INT),
    Field("order.percent_offset", DECIMAL),
    *skip(3),  # eTradeOnly, firmQuoteOnly, nbboPriceCap: deprecated
    *other("auctionStrategy startingPrice stockRefPrice delta stockRangeLower stockRangeUpper"),
    Field("order.override_percentage_constraints", BOOL),
    *other("volatility volatilityType"),
    _delta_neutral_order,
    *other("continuousUpdate referencePriceType"),
    *fields("order.trail_stop_price order.trailing_percent", DECIMAL),
    *other("scaleInitLevelSize scaleSubsLevelSize"),
    _scale,
    *other("scaleTable activeStartTime activeStopTime"),
    _hedge,
    *other("optOutSmartRouting"),
    *fields("order.clearing_account order.clearing_intent"),
    Field("order.not_held", BOOL),
    _delta_neutral_contract,
    Field("order.algo_strategy"),
    Pairs("order.algo_params", when="order.algo_strategy"),
    Field("order.algo_id"),
    Field("order.what_if", BOOL),
    *other("orderMiscOptions solicited randomizeSize randomizePrice"),
    _pegged_benchmark,
    _conditions,
    *other("adjustedOrderType triggerPrice lmtPriceOffset adjustedStopPrice"),
    *other("adjustedStopLimitPrice adjustedTrailingAmount adjustableTrailingUnit"),
    *other("extOperator softDollarTierName softDollarTierValue"),
    Field("order.cash_qty", DECIMAL),
    *other("mifid2DecisionMaker mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo"),
    *other("dontUseAutoPriceForHedge isOmsContainer discretionaryUpToLimitPrice"),
    *other("usePriceMgmtAlgo duration postToAts autoCancelParent advancedErrorOverride"),
    *other("manualOrderTime"),
    _peg_offsets,
    *other("customerAccount", since=183),
    *other("professionalCustomer", since=184),
    *other("externalUserId manualOrderIndicator", since=187, until=190),
    *other("includeOvernight", since=189),
    *other("manualOrderIndicator", since=192),
    *other("imbalanceOnly", since=199),
)
