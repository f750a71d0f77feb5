# SPDX-License-Identifier: Apache-2.0
"""The layouts of openOrder and completedOrder as text.

Warning: gateways fill two fields with the word ``None``, which clients take for a value, so the
delta-neutral fields must follow it. Fields without an attribute here carry what a gateway writes
for a plain order. The text of real frames (server version 200) is where the constants come from.
"""

from __future__ import annotations

from ib_provider.wire.text.contract import ORDER_CONTRACT
from ib_provider.wire.text.kinds import (
    DECIMAL,
    DECIMAL_OR_MAX,
    DECIMAL_OR_ZERO,
    ID,
    INT,
    INT_OR_MAX,
    UNSET_DOUBLE,
    UNSET_INTEGER,
    Kind,
)
from ib_provider.wire.text.layout import Field, Pairs, constant, fields

__all__ = ["COMPLETED_ORDER_ROWS", "OPEN_ORDER_ROWS"]

_INTENT = Kind(str, lambda value: value or "IB")
_NO_SIZE = "-9223372036854775808"


def _each(*texts: str, since: int = 0) -> tuple[Field, ...]:
    return tuple(constant(text, since=since) for text in texts)


_MAX = UNSET_DOUBLE

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
    *fields("order.outside_rth order.hidden", INT),
    Field("order.discretionary_amt", DECIMAL_OR_ZERO),
    Field("order.good_after_time"),
)
_ADVISOR = (
    *_each("", "", ""),  # group, method, percentage
    constant(until=177),  # profile
    *fields("order.model_code order.good_till_date order.rule_80a"),
    Field("order.percent_offset", DECIMAL_OR_MAX),
    constant(),  # settling firm
    *_each("0", "", "-1"),  # short sale: slot, location, exempt code
)
_PRICES = _each(_MAX, _MAX, _MAX, _MAX, _MAX)  # starting, reference, delta, range
_VOLATILITY = _each(_MAX, "0", "None", _MAX)
_TRAIL = fields("order.trail_stop_price order.trailing_percent", DECIMAL_OR_MAX)
_LEGS = _each("", "0", "0", "0")  # description, legs, prices, routing parameters
_SCALE_AND_HEDGE = _each(UNSET_INTEGER, UNSET_INTEGER, _MAX, "")
_CLEARING = (
    Field("order.clearing_account"),
    Field("order.clearing_intent", _INTENT),
    Field("order.not_held", INT),
    constant("0"),  # no delta-neutral contract
    Field("order.algo_strategy"),
    Pairs("order.algo_params", when="order.algo_strategy"),
    constant("0"),  # solicited
)
_MARGINS = fields(
    "state.init_margin_before state.maint_margin_before state.equity_with_loan_before"
    " state.init_margin_change state.maint_margin_change state.equity_with_loan_change"
    " state.init_margin_after state.maint_margin_after state.equity_with_loan_after"
    " state.commission state.min_commission state.max_commission",
    DECIMAL_OR_MAX,
)
_PREVIEW = (
    Field("state.margin_currency", since=195),
    *_each(*(_MAX,) * 9, since=195),  # the same margins outside regular hours
    constant(_NO_SIZE, since=195),
    Field("state.reject_reason", since=195),
    constant("0", since=195),  # allocations
)
_PEG_OFFSETS = _each(UNSET_INTEGER, UNSET_INTEGER, _MAX, _MAX, _MAX)

OPEN_ORDER_ROWS: tuple[Field | Pairs, ...] = (
    Field("order_id", ID),
    *_TERMS,
    *fields("order.client_id order.perm_id", INT),
    *_VALIDITY,
    constant(),  # the deprecated allocation of shares
    *_ADVISOR,
    constant("0"),  # auction strategy
    *_PRICES,
    Field("order.display_size", INT_OR_MAX),
    *fields("order.block_order order.sweep_to_fill order.all_or_none", INT),
    Field("order.min_qty", INT_OR_MAX),
    Field("order.oca_type", INT),
    *_each("0", "0", _MAX),  # eTradeOnly, firmQuoteOnly, nbboPriceCap
    *fields("order.parent_id order.trigger_method", INT),
    *_VOLATILITY,
    *_each("0", "", "", "", "?", "0", "0", ""),  # they follow the word None
    *_each("0", "0"),  # continuous update, reference price type
    *_TRAIL,
    *_each(_MAX, UNSET_INTEGER),  # basis points and their type
    *_LEGS,
    *_SCALE_AND_HEDGE,
    constant("0"),  # opt out of smart routing
    *_CLEARING,
    Field("order.what_if", INT),
    Field("state.status"),
    *_MARGINS,
    Field("state.commission_currency"),
    *_PREVIEW,
    Field("state.warning_text"),
    *_each("0", "0", "0"),  # randomize size, price; conditions
    *_each("None", _MAX),  # adjusted order type, trigger price
    Field("order.trail_stop_price", DECIMAL_OR_MAX),
    *_each(*(_MAX,) * 4, "0"),  # limit offset, adjusted prices, trailing unit
    *_each("", "", ""),  # soft-dollar tier
    Field("order.cash_qty", DECIMAL_OR_MAX),
    *_each("0", "0", "0", "0"),  # hedge price, container, up to limit, price management
    *_each(UNSET_INTEGER, UNSET_INTEGER, "0"),  # duration, post to ATS, cancel with parent
    *_PEG_OFFSETS,
    constant(since=183),  # customer account
    constant("0", since=184),  # professional customer
    constant(since=185),  # accrued interest
    constant("0", since=189),  # overnight
    *_each("", UNSET_INTEGER, since=193),  # external operator, manual indicator
    constant(since=198),  # submitter
    constant("0", since=199),  # imbalance only
)

COMPLETED_ORDER_ROWS: tuple[Field | Pairs, ...] = (
    *_TERMS,
    Field("order.perm_id", INT),
    *_VALIDITY,
    *_ADVISOR,
    *_PRICES,
    Field("order.display_size", INT_OR_MAX),
    *fields("order.sweep_to_fill order.all_or_none", INT),
    Field("order.min_qty", INT_OR_MAX),
    *fields("order.oca_type order.trigger_method", INT),
    *_VOLATILITY,
    *_each("0", "0", "0", ""),  # they follow the word None
    *_each("0", "0"),
    *_TRAIL,
    *_LEGS,
    *_SCALE_AND_HEDGE,
    *_CLEARING,
    Field("state.status"),
    *_each("0", "0", "0"),  # randomize size, price; conditions
    Field("order.trail_stop_price", DECIMAL_OR_MAX),
    constant(_MAX),  # limit offset
    Field("order.cash_qty", DECIMAL_OR_MAX),
    *_each("0", "0", ""),  # hedge price, container, cancel date
    Field("filled", DECIMAL),
    *_each("0", "0", "", "0", "0"),  # reference future, parent, shareholder, imbalance, to BBO
    constant("9223372036854775807"),  # the parent's perm id
    *fields("state.completed_time state.completed_status"),
    *_PEG_OFFSETS,
    constant(since=183),
    constant("0", since=184),
    constant(since=198),
)
