# SPDX-License-Identifier: Apache-2.0
"""The layout of placeOrder as text: 113 fields for a plain order, more for most others.

Sources: the field order of ibapi 10.46 at versions 176 to 200, tried against it.
"""

from __future__ import annotations

from ib_provider.wire.order_parts import ComboLeg
from ib_provider.wire.text.contract import LEG_ROWS, REQUEST_CONTRACT, delta_neutral
from ib_provider.wire.text.kinds import (
    BOOL,
    DECIMAL,
    FLAG,
    ID,
    INT,
    OFFSET,
    OPTIONAL_BOOL,
    OPTIONAL_INT,
    OPTIONS,
    RIGHT,
    TEXT,
    WORD,
    Kind,
)
from ib_provider.wire.text.layout import Field, Row, constant, fields, skip
from ib_provider.wire.text.order_sections import (
    ALGO,
    CONDITIONS,
    HEDGE,
    PEGGED_TO_BENCHMARK,
    SCALE,
    LegPrices,
    tier,
)
from ib_provider.wire.text.sections import Get, Guarded, Many, Pairs, When

__all__ = ["PLACE_ORDER_ROWS"]


def _is_combination(get: Get) -> bool:
    return bool(get("contract.sec_type") == "BAG")


def _goes_to_ats(get: Get) -> bool:
    return bool(get("contract.exchange") == "IBKRATS")


def _is_pegged_to_best(get: Get) -> bool:
    return get("order.order_type") in {"PEG BEST", "PEGBEST"}


def _reaches_the_middle(get: Get) -> bool:
    if _is_pegged_to_best(get):
        offset = get("order.compete_against_best_offset")
        return offset is not None and bool(offset.is_infinite())
    return get("order.order_type") in {"PEG MID", "PEGMID"}


_LEGS = When(
    _is_combination,
    (
        Many("order.combo_legs", ComboLeg, LEG_ROWS),
        LegPrices("order.leg_prices"),
        Pairs("order.smart_combo_params"),
    ),
)

_ECHOED_TYPE = Kind(WORD.parse, TEXT.render)
_ECHOED_OPEN_CLOSE = Kind(RIGHT.parse, TEXT.render)
"""A client may send back what it saw in openOrder."""

_DELTA_NEUTRAL_ORDER = Guarded(
    "order.delta_neutral_order_type",
    kind=_ECHOED_TYPE,
    always=(Field("order.delta_neutral_aux_price", DECIMAL),),
    then=(
        Field("order.delta_neutral_con_id", INT),
        *fields(
            "order.delta_neutral_settling_firm order.delta_neutral_clearing_account"
            " order.delta_neutral_clearing_intent"
        ),
        Field("order.delta_neutral_open_close", _ECHOED_OPEN_CLOSE),
        Field("order.delta_neutral_short_sale", FLAG),
        Field("order.delta_neutral_short_sale_slot", INT),
        Field("order.delta_neutral_designated_location"),
    ),
)

_TERMS: tuple[Row, ...] = (
    *fields("sec_id_type sec_id order.action"),
    Field("order.total_quantity", DECIMAL),
    Field("order.order_type"),
    *fields("order.lmt_price order.aux_price", DECIMAL),
    *fields("order.tif order.oca_group order.account order.open_close"),
    Field("order.origin", INT),
    Field("order.order_ref"),
    Field("order.transmit", FLAG),
    Field("order.parent_id", INT),
    *fields("order.block_order order.sweep_to_fill", BOOL),
    Field("order.display_size", OPTIONAL_INT),
    Field("order.trigger_method", INT),
    *fields("order.outside_rth order.hidden", BOOL),
)

_INSTITUTIONAL: tuple[Row, ...] = (
    *skip(),  # the deprecated allocation of shares
    Field("order.discretionary_amt", DECIMAL),
    *fields("order.good_after_time order.good_till_date"),
    *fields("order.fa_group order.fa_method order.fa_percentage"),
    constant(until=177),  # the deprecated profile
    Field("order.model_code"),
    Field("order.short_sale_slot", INT),
    Field("order.designated_location"),
    *fields("order.exempt_code order.oca_type", INT),
    *fields("order.rule_80a order.settling_firm"),
    Field("order.all_or_none", BOOL),
    Field("order.min_qty", OPTIONAL_INT),
    Field("order.percent_offset", DECIMAL),
    *skip(3),  # eTradeOnly, firmQuoteOnly, nbboPriceCap: deprecated
)

_PRICED: tuple[Row, ...] = (
    Field("order.auction_strategy", INT),
    *fields("order.starting_price order.stock_ref_price order.delta", DECIMAL),
    *fields("order.stock_range_lower order.stock_range_upper", DECIMAL),
    Field("order.override_percentage_constraints", BOOL),
    Field("order.volatility", DECIMAL),
    Field("order.volatility_type", OPTIONAL_INT),
    _DELTA_NEUTRAL_ORDER,
    Field("order.continuous_update", BOOL),
    Field("order.reference_price_type", OPTIONAL_INT),
    *fields("order.trail_stop_price order.trailing_percent", DECIMAL),
    *SCALE,
    *fields("order.scale_table order.active_start_time order.active_stop_time"),
    HEDGE,
    Field("order.opt_out_smart_routing", BOOL),
    *fields("order.clearing_account order.clearing_intent"),
    Field("order.not_held", BOOL),
    delta_neutral("order.delta_neutral"),
    ALGO,
    Field("order.algo_id"),
    Field("order.what_if", BOOL),
    Field("order.misc_options", OPTIONS),
    *fields("order.solicited order.randomize_size order.randomize_price", BOOL),
)

_ADJUSTED: tuple[Row, ...] = (
    Field("order.adjusted_order_type", _ECHOED_TYPE),
    *fields("order.trigger_price order.lmt_price_offset order.adjusted_stop_price", DECIMAL),
    *fields("order.adjusted_stop_limit_price order.adjusted_trailing_amount", DECIMAL),
    Field("order.adjustable_trailing_unit", INT),
)

_REPORTED: tuple[Row, ...] = (
    Field("order.ext_operator"),
    tier("name value"),
    Field("order.cash_qty", DECIMAL),
    *fields("order.mifid2_decision_maker order.mifid2_decision_algo"),
    *fields("order.mifid2_execution_trader order.mifid2_execution_algo"),
    *fields("order.dont_use_auto_price_for_hedge order.oms_container", BOOL),
    Field("order.discretionary_up_to_limit_price", BOOL),
    Field("order.use_price_mgmt_algo", OPTIONAL_BOOL),
    *fields("order.duration order.post_to_ats", OPTIONAL_INT),
    Field("order.auto_cancel_parent", BOOL),
    *fields("order.advanced_error_override order.manual_order_time"),
)

_PEG_OFFSETS: tuple[Row, ...] = (
    When(_goes_to_ats, (Field("order.min_trade_qty", OPTIONAL_INT),)),
    When(
        _is_pegged_to_best,
        (
            Field("order.min_compete_size", OPTIONAL_INT),
            Field("order.compete_against_best_offset", OFFSET),
        ),
    ),
    When(
        _reaches_the_middle,
        fields("order.mid_offset_at_whole order.mid_offset_at_half", DECIMAL),
    ),
)

PLACE_ORDER_ROWS: tuple[Row, ...] = (
    Field("order_id", ID),
    *REQUEST_CONTRACT,
    *_TERMS,
    _LEGS,
    *_INSTITUTIONAL,
    *_PRICED,
    PEGGED_TO_BENCHMARK,
    CONDITIONS,
    *_ADJUSTED,
    *_REPORTED,
    *_PEG_OFFSETS,
    Field("order.customer_account", since=183),
    Field("order.professional_customer", BOOL, since=184),
    *(constant(since=187, until=190),) * 2,  # quote requests came, and went again
    Field("order.include_overnight", BOOL, since=189),
    Field("order.manual_order_indicator", OPTIONAL_INT, since=192),
    Field("order.imbalance_only", BOOL, since=199),
)
