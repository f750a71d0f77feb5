# SPDX-License-Identifier: Apache-2.0
"""The layouts of openOrder and completedOrder as text.

Warning: gateways fill two fields with the word ``None``, which clients take for a value, so the
delta-neutral fields must follow it. How "unset" is spelled in each field was seen in real frames
(server version 200); a field that has no attribute carries what a gateway writes there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from ib_provider.wire.order_parts import ComboLeg, OrderAllocation
from ib_provider.wire.text.contract import LEG_ROWS, ORDER_CONTRACT, delta_neutral
from ib_provider.wire.text.kinds import (
    DECIMAL,
    DECIMAL_OR_MAX,
    DECIMAL_OR_ZERO,
    FLAG,
    ID,
    INT,
    INT_OR_MAX,
    NO_SIZE,
    OFFSET,
    RIGHT,
    UNSET_DOUBLE,
    WORD,
    Kind,
)
from ib_provider.wire.text.layout import Cursor, Field, Row, Values, constant, fields
from ib_provider.wire.text.order_sections import (
    ALGO,
    CONDITIONS,
    HEDGE,
    PEGGED_TO_BENCHMARK,
    SCALE,
    LegPrices,
    tier,
)
from ib_provider.wire.text.sections import Guarded, Many, Pairs

__all__ = ["COMPLETED_ORDER_ROWS", "OPEN_ORDER_ROWS"]

_INTENT = Kind(str, lambda value: value or "IB")
_LONG = Kind(INT.parse, lambda value: str(value or 2**63 - 1))
_MARGINS_OUTSIDE = 9


@dataclass(frozen=True, slots=True)
class _OutsideRegularHours:
    """Nine margins in a row."""

    path: str
    since: int

    def read(self, cursor: Cursor, values: Values) -> None:
        if cursor.version >= self.since:
            values[self.path] = tuple(
                cursor.take(self.path, DECIMAL_OR_MAX) for _ in range(_MARGINS_OUTSIDE)
            )

    def write(self, source: object, version: int) -> Iterable[str]:
        if version >= self.since:
            yield from map(DECIMAL_OR_MAX.render, attrgetter(self.path)(source))


_TERMS = (
    *ORDER_CONTRACT,
    Field("order.action"),
    Field("order.total_quantity", DECIMAL),
    Field("order.order_type"),
    *fields("order.lmt_price order.aux_price", DECIMAL_OR_MAX),
    *fields("order.tif order.oca_group order.account order.open_close"),
    Field("order.origin", INT),
    Field("order.order_ref"),
)
_VALIDITY = (
    *fields("order.outside_rth order.hidden", FLAG),
    Field("order.discretionary_amt", DECIMAL_OR_ZERO),
    Field("order.good_after_time"),
)
_INSTITUTIONAL = (
    *fields("order.fa_group order.fa_method order.fa_percentage"),
    constant(until=177),  # the deprecated profile
    *fields("order.model_code order.good_till_date order.rule_80a"),
    Field("order.percent_offset", DECIMAL_OR_MAX),
    Field("order.settling_firm"),
    Field("order.short_sale_slot", INT),
    Field("order.designated_location"),
    Field("order.exempt_code", INT),
)
_PRICES = fields(
    "order.starting_price order.stock_ref_price order.delta"
    " order.stock_range_lower order.stock_range_upper",
    DECIMAL_OR_MAX,
)


def _volatility(*hedge: Row) -> tuple[Row, ...]:
    return (
        Field("order.volatility", DECIMAL_OR_MAX),
        Field("order.volatility_type", INT),
        Guarded(
            "order.delta_neutral_order_type",
            kind=WORD,
            always=(Field("order.delta_neutral_aux_price", DECIMAL_OR_MAX),),
            then=(
                Field("order.delta_neutral_con_id", INT),
                *hedge,
                Field("order.delta_neutral_short_sale", FLAG),
                Field("order.delta_neutral_short_sale_slot", INT),
                Field("order.delta_neutral_designated_location"),
            ),
        ),
        Field("order.continuous_update", FLAG),
        Field("order.reference_price_type", INT),
    )


_HEDGE_CLEARING = (
    *fields("order.delta_neutral_settling_firm order.delta_neutral_clearing_account"),
    Field("order.delta_neutral_clearing_intent"),
    Field("order.delta_neutral_open_close", RIGHT),
)
_TRAIL = fields("order.trail_stop_price order.trailing_percent", DECIMAL_OR_MAX)
_LEGS: tuple[Row, ...] = (
    Field("order.combo_legs_description"),
    Many("order.combo_legs", ComboLeg, LEG_ROWS),
    LegPrices("order.leg_prices"),
    Pairs("order.smart_combo_params"),
)
_CLEARING: tuple[Row, ...] = (
    Field("order.clearing_account"),
    Field("order.clearing_intent", _INTENT),
    Field("order.not_held", FLAG),
    delta_neutral("order.delta_neutral"),
    ALGO,
    Field("order.solicited", FLAG),
)
_MARGINS = fields(
    "state.init_margin_before state.maint_margin_before state.equity_with_loan_before"
    " state.init_margin_change state.maint_margin_change state.equity_with_loan_change"
    " state.init_margin_after state.maint_margin_after state.equity_with_loan_after"
    " state.commission state.min_commission state.max_commission",
    DECIMAL_OR_MAX,
)
_ALLOCATION = (
    Field("account"),
    *fields("position position_desired position_after", NO_SIZE),
    *fields("desired_quantity allowed_quantity", NO_SIZE),
    Field("monetary", FLAG),
)
_PREVIEW: tuple[Row, ...] = (
    Field("state.margin_currency", since=195),
    _OutsideRegularHours("state.outside_rth", since=195),
    Field("state.suggested_size", NO_SIZE, since=195),
    Field("state.reject_reason", since=195),
    Many("state.allocations", OrderAllocation, _ALLOCATION, since=195),
)
_RANDOM_PEGGED_CONDITIONAL: tuple[Row, ...] = (
    *fields("order.randomize_size order.randomize_price", FLAG),
    PEGGED_TO_BENCHMARK,
    CONDITIONS,
)
_ADJUSTED = (
    Field("order.adjusted_order_type", WORD),
    Field("order.trigger_price", DECIMAL_OR_MAX),
    Field("order.trail_stop_price", DECIMAL_OR_MAX),
    Field("order.lmt_price_offset", DECIMAL_OR_MAX),
    *fields("order.adjusted_stop_price order.adjusted_stop_limit_price", DECIMAL_OR_MAX),
    Field("order.adjusted_trailing_amount", DECIMAL_OR_MAX),
    Field("order.adjustable_trailing_unit", INT),
)
_PEG_OFFSETS = (
    *fields("order.min_trade_qty order.min_compete_size", INT_OR_MAX),
    Field("order.compete_against_best_offset", OFFSET),
    *fields("order.mid_offset_at_whole order.mid_offset_at_half", DECIMAL_OR_MAX),
)
_CUSTOMER = (
    Field("order.customer_account", since=183),
    Field("order.professional_customer", FLAG, since=184),
)

OPEN_ORDER_ROWS: tuple[Row, ...] = (
    Field("order_id", ID),
    *_TERMS,
    *fields("order.client_id order.perm_id", INT),
    *_VALIDITY,
    constant(),  # the deprecated allocation of shares
    *_INSTITUTIONAL,
    Field("order.auction_strategy", INT),
    *_PRICES,
    Field("order.display_size", INT_OR_MAX),
    *fields("order.block_order order.sweep_to_fill order.all_or_none", FLAG),
    Field("order.min_qty", INT_OR_MAX),
    Field("order.oca_type", INT),
    *(constant("0"), constant("0"), constant(UNSET_DOUBLE)),  # three deprecated restrictions
    *fields("order.parent_id order.trigger_method", INT),
    *_volatility(*_HEDGE_CLEARING),
    *_TRAIL,
    Field("order.basis_points", DECIMAL_OR_MAX),
    Field("order.basis_points_type", INT_OR_MAX),
    *_LEGS,
    *SCALE,
    HEDGE,
    Field("order.opt_out_smart_routing", FLAG),
    *_CLEARING,
    Field("order.what_if", FLAG),
    Field("state.status"),
    *_MARGINS,
    Field("state.commission_currency"),
    *_PREVIEW,
    Field("state.warning_text"),
    *_RANDOM_PEGGED_CONDITIONAL,
    *_ADJUSTED,
    tier("name value display_name"),
    Field("order.cash_qty", DECIMAL_OR_MAX),
    *fields("order.dont_use_auto_price_for_hedge order.oms_container", FLAG),
    *fields("order.discretionary_up_to_limit_price order.use_price_mgmt_algo", FLAG),
    *fields("order.duration order.post_to_ats", INT_OR_MAX),
    Field("order.auto_cancel_parent", FLAG),
    *_PEG_OFFSETS,
    *_CUSTOMER,
    Field("order.bond_accrued_interest", since=185),
    Field("order.include_overnight", FLAG, since=189),
    Field("order.ext_operator", since=193),
    Field("order.manual_order_indicator", INT_OR_MAX, since=193),
    Field("order.submitter", since=198),
    Field("order.imbalance_only", FLAG, since=199),
)

COMPLETED_ORDER_ROWS: tuple[Row, ...] = (
    *_TERMS,
    Field("order.perm_id", INT),
    *_VALIDITY,
    *_INSTITUTIONAL,
    *_PRICES,
    Field("order.display_size", INT_OR_MAX),
    *fields("order.sweep_to_fill order.all_or_none", FLAG),
    Field("order.min_qty", INT_OR_MAX),
    *fields("order.oca_type order.trigger_method", INT),
    *_volatility(),
    *_TRAIL,
    *_LEGS,
    *SCALE,
    HEDGE,
    *_CLEARING,
    Field("state.status"),
    *_RANDOM_PEGGED_CONDITIONAL,
    Field("order.trail_stop_price", DECIMAL_OR_MAX),
    Field("order.lmt_price_offset", DECIMAL_OR_MAX),
    Field("order.cash_qty", DECIMAL_OR_MAX),
    *fields("order.dont_use_auto_price_for_hedge order.oms_container", FLAG),
    Field("order.auto_cancel_date"),
    Field("filled", DECIMAL),
    Field("order.ref_futures_con_id", INT),
    Field("order.auto_cancel_parent", FLAG),
    Field("order.shareholder"),
    *fields("order.imbalance_only order.route_marketable_to_bbo", FLAG),
    Field("order.parent_perm_id", _LONG),
    *fields("state.completed_time state.completed_status"),
    *_PEG_OFFSETS,
    *_CUSTOMER,
    Field("order.submitter", since=198),
)
