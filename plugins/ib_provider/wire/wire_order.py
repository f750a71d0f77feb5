# SPDX-License-Identifier: Apache-2.0
"""An order and its state as the wire carries them, in our types: no sentinel, no camelCase."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from decimal import Decimal

from ib_provider.wire.order_parts import (
    AttachedOrders,
    ComboLeg,
    DeltaNeutral,
    OrderAllocation,
    OrderCondition,
    Pairs,
    SoftDollarTier,
)

__all__ = ["WireOrder", "WireOrderState", "said"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WireOrder:
    """Everything an order says; None, zero and empty are "not said".

    Attributes:
        total_quantity: Units of the contract; None where ``cash_qty`` is given instead.
        open_close: ``O``, ``C`` or empty.
        transmit: False parks the order at the gateway until it is sent again with True.
        algo_params: (tag, value) in the order they came; by tag where protobuf brought them.
        combo_legs: The legs of a combination; on the wire they belong to its contract.
        leg_prices: One for each leg, where the combination is priced by leg.
        delta_neutral: The contract that hedges; on the wire it belongs to the contract too.
        conditions: What must hold before the order works, or is cancelled.
        compete_against_best_offset: Infinite for "up to the middle".
        attached: Only in requests, from version 218.
    """

    action: str
    total_quantity: Decimal | None
    order_type: str
    lmt_price: Decimal | None = None
    aux_price: Decimal | None = None
    tif: str = ""
    oca_group: str = ""
    account: str = ""
    open_close: str = ""
    origin: int = 0
    order_ref: str = ""
    transmit: bool = True
    parent_id: int = 0
    block_order: bool = False
    sweep_to_fill: bool = False
    display_size: int | None = None
    trigger_method: int = 0
    outside_rth: bool = False
    hidden: bool = False
    discretionary_amt: Decimal | None = None
    good_after_time: str = ""
    good_till_date: str = ""
    model_code: str = ""
    oca_type: int = 0
    rule_80a: str = ""
    all_or_none: bool = False
    min_qty: int | None = None
    percent_offset: Decimal | None = None
    override_percentage_constraints: bool = False
    trail_stop_price: Decimal | None = None
    trailing_percent: Decimal | None = None
    clearing_account: str = ""
    clearing_intent: str = ""
    not_held: bool = False
    algo_strategy: str = ""
    algo_params: Pairs = ()
    algo_id: str = ""
    what_if: bool = False
    cash_qty: Decimal | None = None
    perm_id: int = 0
    client_id: int = 0
    # Legs of a combination, and what hedges it.
    combo_legs: tuple[ComboLeg, ...] = ()
    combo_legs_description: str = ""
    leg_prices: tuple[Decimal | None, ...] = ()
    smart_combo_params: Pairs = ()
    delta_neutral: DeltaNeutral | None = None
    # Advisors, short sales, clearing.
    fa_group: str = ""
    fa_method: str = ""
    fa_percentage: str = ""
    short_sale_slot: int = 0
    designated_location: str = ""
    exempt_code: int = -1
    settling_firm: str = ""
    # Auctions, volatility, delta-neutral orders.
    auction_strategy: int = 0
    starting_price: Decimal | None = None
    stock_ref_price: Decimal | None = None
    delta: Decimal | None = None
    stock_range_lower: Decimal | None = None
    stock_range_upper: Decimal | None = None
    volatility: Decimal | None = None
    volatility_type: int | None = None
    delta_neutral_order_type: str = ""
    delta_neutral_aux_price: Decimal | None = None
    delta_neutral_con_id: int = 0
    delta_neutral_settling_firm: str = ""
    delta_neutral_clearing_account: str = ""
    delta_neutral_clearing_intent: str = ""
    delta_neutral_open_close: str = ""
    delta_neutral_short_sale: bool = False
    delta_neutral_short_sale_slot: int = 0
    delta_neutral_designated_location: str = ""
    continuous_update: bool = False
    reference_price_type: int | None = None
    basis_points: Decimal | None = None
    basis_points_type: int | None = None
    # Scale and hedge.
    scale_init_level_size: int | None = None
    scale_subs_level_size: int | None = None
    scale_price_increment: Decimal | None = None
    scale_price_adjust_value: Decimal | None = None
    scale_price_adjust_interval: int | None = None
    scale_profit_offset: Decimal | None = None
    scale_auto_reset: bool = False
    scale_init_position: int | None = None
    scale_init_fill_qty: int | None = None
    scale_random_percent: bool = False
    scale_table: str = ""
    active_start_time: str = ""
    active_stop_time: str = ""
    hedge_type: str = ""
    hedge_param: str = ""
    hedge_max_size: int | None = None
    opt_out_smart_routing: bool = False
    misc_options: Pairs = ()
    solicited: bool = False
    randomize_size: bool = False
    randomize_price: bool = False
    # Pegged, conditional and adjusted orders.
    reference_contract_id: int = 0
    pegged_change_amount: Decimal | None = None
    pegged_change_amount_decrease: bool = False
    reference_change_amount: Decimal | None = None
    reference_exchange_id: str = ""
    conditions: tuple[OrderCondition, ...] = ()
    conditions_cancel_order: bool = False
    conditions_ignore_rth: bool = False
    adjusted_order_type: str = ""
    trigger_price: Decimal | None = None
    adjusted_stop_price: Decimal | None = None
    adjusted_stop_limit_price: Decimal | None = None
    adjusted_trailing_amount: Decimal | None = None
    adjustable_trailing_unit: int = 0
    lmt_price_offset: Decimal | None = None
    min_trade_qty: int | None = None
    min_compete_size: int | None = None
    compete_against_best_offset: Decimal | None = None
    mid_offset_at_whole: Decimal | None = None
    mid_offset_at_half: Decimal | None = None
    # Who and how.
    ext_operator: str = ""
    soft_dollar_tier: SoftDollarTier | None = None
    mifid2_decision_maker: str = ""
    mifid2_decision_algo: str = ""
    mifid2_execution_trader: str = ""
    mifid2_execution_algo: str = ""
    dont_use_auto_price_for_hedge: bool = False
    oms_container: bool = False
    discretionary_up_to_limit_price: bool = False
    auto_cancel_date: str = ""
    auto_cancel_parent: bool = False
    ref_futures_con_id: int = 0
    shareholder: str = ""
    imbalance_only: bool = False
    route_marketable_to_bbo: bool | None = None
    parent_perm_id: int = 0
    use_price_mgmt_algo: bool | None = None
    duration: int | None = None
    post_to_ats: int | None = None
    advanced_error_override: str = ""
    manual_order_time: str = ""
    manual_order_indicator: int | None = None
    customer_account: str = ""
    professional_customer: bool = False
    bond_accrued_interest: str = ""
    include_overnight: bool = False
    submitter: str = ""
    deactivate: bool = False
    post_only: bool = False
    allow_pre_open: bool = False
    ignore_open_auction: bool = False
    seek_price_improvement: bool | None = None
    what_if_type: int | None = None
    conditions_include_overnight: bool = False
    attached: AttachedOrders | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireOrderState:
    """What the broker makes of an order: its status and, for a what-if, margin and cost.

    Attributes:
        status: IB's spelling, ``PreSubmitted`` and so on.
        commission: In ``commission_currency``; None until known.
        outside_rth: The nine margins again, for the hours outside regular ones, in the same order.
        suggested_size: What would be accepted instead.
        allocations: For an advisor's what-if.
        completed_time: IB's text, only in answers about completed orders.
    """

    status: str
    init_margin_before: Decimal | None = None
    maint_margin_before: Decimal | None = None
    equity_with_loan_before: Decimal | None = None
    init_margin_change: Decimal | None = None
    maint_margin_change: Decimal | None = None
    equity_with_loan_change: Decimal | None = None
    init_margin_after: Decimal | None = None
    maint_margin_after: Decimal | None = None
    equity_with_loan_after: Decimal | None = None
    commission: Decimal | None = None
    min_commission: Decimal | None = None
    max_commission: Decimal | None = None
    commission_currency: str = ""
    margin_currency: str = ""
    reject_reason: str = ""
    warning_text: str = ""
    completed_time: str = ""
    completed_status: str = ""
    outside_rth: tuple[Decimal | None, ...] = (None,) * 9
    suggested_size: Decimal | None = None
    allocations: tuple[OrderAllocation, ...] = ()


_SAYS_NOTHING = (None, False, 0, -1, "", "None", ())


def said(order: WireOrder) -> frozenset[str]:
    """Return the names of the attributes that say something, the required ones aside.

    A client writes many fields it was never told to, at zero or at their default: they say nothing.
    ``transmit`` is said where it is False.
    """
    return frozenset(
        field.name
        for field in fields(order)
        if field.default is not MISSING
        and (value := getattr(order, field.name)) != field.default
        and value not in _SAYS_NOTHING
    ) | (frozenset() if order.transmit else {"transmit"})
