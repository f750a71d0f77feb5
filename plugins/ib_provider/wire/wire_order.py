# SPDX-License-Identifier: Apache-2.0
"""An order and its state as the wire carries them, in our types: no sentinel, no camelCase."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["WireOrder", "WireOrderState"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WireOrder:
    """The order fields that the codec carries; None and empty are "not said".

    Attributes:
        total_quantity: Units of the contract; None where ``cash_qty`` is given instead.
        open_close: ``O``, ``C`` or empty.
        transmit: False parks the order at the gateway until it is sent again with True.
        algo_params: (tag, value) in the order they came.
        not_carried: IB's names of the fields that were set and have no attribute here
            (``conditions``, ``scalePriceIncrement``). Whoever cannot honour them must refuse.
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
    algo_params: tuple[tuple[str, str], ...] = ()
    algo_id: str = ""
    what_if: bool = False
    cash_qty: Decimal | None = None
    perm_id: int = 0
    client_id: int = 0
    not_carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireOrderState:
    """What the broker makes of an order: its status and, for a what-if, margin and cost.

    Attributes:
        status: IB's spelling, ``PreSubmitted`` and so on.
        commission: In ``commission_currency``; None until known.
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
