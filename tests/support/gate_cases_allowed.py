# SPDX-License-Identifier: Apache-2.0
"""The last value that each gate must let pass, and what another gate is there for."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Side
from tests.support.books import AT
from tests.support.gate_situations import (
    BUY,
    NAN,
    PLAN,
    SELL,
    Case,
    D,
    all_of,
    book_changed,
    exchanging,
    instrument_changed,
    leg_changed,
    limits_changed,
    nothing,
    only,
    quote_changed,
    without_quote,
    working,
)

__all__ = ["ALLOWED"]

ALLOWED: Final[list[Case]] = [
    # The last that is allowed.
    Case("orders at the limit", limits_changed(max_orders=2), "orders_within", ""),
    Case("units at the limit", limits_changed(max_order_quantity=D("243")), "quantity_within", ""),
    Case("value at the limit", limits_changed(max_order_value=D("196499.52")), "value_within", ""),
    Case(
        "turnover at the limit", limits_changed(max_turnover=D("0.2584872")), "turnover_within", ""
    ),
    Case("weight at the limit", limits_changed(max_weight=D("0.19649952")), "weight_within", ""),
    Case("age at the limit", quote_changed(ts=AT - timedelta(seconds=60)), "quote_fresh", ""),
    Case("skew at the limit", quote_changed(ts=AT + timedelta(seconds=5)), "quote_fresh", ""),
    Case("skew", quote_changed(ts=AT + timedelta(seconds=5.1)), "quote_fresh", "-5.1 s"),
    Case("move at the limit", quote_changed(close=D("358.725")), "move_within", ""),
    Case("fall at the limit", quote_changed(close=D("538.0875")), "move_within", ""),
    Case("close of zero", quote_changed(close=D(0)), "move_within", "previous close 0"),
    Case(
        "collar at the limit",
        leg_changed(BUY, limit_price=D("814.2923")),
        "limit_within_collar",
        "",
    ),
    Case(
        "collar of a sale at the limit",
        leg_changed(SELL, limit_price=D("426.1455")),
        "limit_within_collar",
        "",
    ),
    Case("sold to nothing", book_changed(positions={"AAPL.NASDAQ": D(144)}), "no_short", ""),
    Case(
        "short bought back in part",
        all_of(only(BUY), book_changed(positions={"GOOG.NASDAQ": D(-1000)})),
        "no_short",
        "",
    ),
    Case("locked market", quote_changed(bid=D(431), ask=D(431)), "quote_usable", ""),
    Case("smallest worth", book_changed(net_liquidation=D("0.01")), "worth_is_known", ""),
    Case(
        "own order at work", working(order_ref=PLAN.legs[0].order_ref), "nothing_else_working", ""
    ),
    Case(
        "order of another name",
        working(contract=PLAN.legs[1].contract),
        "nothing_else_working",
        "GOOG",
    ),
    Case("order of what is not traded", all_of(only(BUY), working()), "nothing_else_working", ""),
    Case("nothing at work", nothing, "nothing_else_working", ""),
    # What another gate is for is not said twice, and breaks none.
    Case("no worth: turnover", book_changed(net_liquidation=NAN), "turnover_within", ""),
    Case("zero worth: turnover", book_changed(net_liquidation=D(0)), "turnover_within", ""),
    Case("no worth: weight", book_changed(net_liquidation=NAN), "weight_within", ""),
    Case("zero worth: weight", book_changed(net_liquidation=D(0)), "weight_within", ""),
    Case("no worth: gross", book_changed(net_liquidation=NAN), "gross_within", ""),
    Case("zero worth: gross", book_changed(net_liquidation=D(0)), "gross_within", ""),
    Case("NaN units: value", leg_changed(BUY, quantity=NAN), "value_within", "not a number"),
    Case("NaN limit: value", leg_changed(BUY, limit_price=NAN), "value_within", "not a number"),
    Case("NaN arrival: value", leg_changed(BUY, arrival_price=NAN), "value_within", "not a number"),
    Case("NaN units: turnover", leg_changed(BUY, quantity=NAN), "turnover_within", ""),
    Case("NaN units: units", leg_changed(BUY, quantity=NAN), "quantity_within", ""),
    Case("NaN units: weight", leg_changed(BUY, quantity=NAN), "weight_within", ""),
    Case("NaN units: short", leg_changed(SELL, quantity=NAN), "no_short", ""),
    Case("NaN held: weight", book_changed(positions={"AAPL.NASDAQ": NAN}), "weight_within", ""),
    Case("NaN held: short", book_changed(positions={"AAPL.NASDAQ": NAN}), "no_short", ""),
    Case("NaN limit: weight", leg_changed(BUY, limit_price=NAN), "weight_within", ""),
    Case("NaN limit: collar", leg_changed(BUY, limit_price=NAN), "limit_within_collar", ""),
    Case("no bid: collar", quote_changed(bid=None), "limit_within_collar", ""),
    Case("no bid: move", quote_changed(bid=None), "move_within", ""),
    Case("no quote: fresh", without_quote, "quote_fresh", ""),
    Case("no quote: contract", without_quote, "contract_agrees", ""),
    Case("no quote: move", without_quote, "move_within", ""),
    Case(
        "arrival above the limit",
        all_of(leg_changed(BUY, arrival_price=D(900)), limits_changed(max_order_value=D(200000))),
        "value_within",
        "218700.00",
    ),
    Case(
        "shrinking position",
        all_of(only(SELL), limits_changed(max_weight=D("0.01"))),
        "weight_within",
        "",
    ),
    Case(
        "turned position",
        all_of(
            only(SELL),
            limits_changed(max_weight=D("0.01")),
            book_changed(positions={"AAPL.NASDAQ": D(72)}),
        ),
        "weight_within",
        "",
    ),
    Case(
        "grown short",
        all_of(
            only(SELL),
            limits_changed(max_weight=D("0.01")),
            book_changed(positions={"AAPL.NASDAQ": D(-10)}),
        ),
        "weight_within",
        "6.63%",
    ),
    # Money that is changed is no holding.
    Case("money: units", exchanging(Side.BUY), "quantity_within", ""),
    Case("money: weight", all_of(exchanging(Side.BUY, "900000")), "weight_within", ""),
    Case("money: short", exchanging(Side.SELL), "no_short", ""),
    Case(
        "money: volume",
        all_of(exchanging(Side.BUY), limits_changed(max_adv=D("0.1"))),
        "adv_within",
        "",
    ),
    Case(
        "money: gross",
        all_of(exchanging(Side.BUY), limits_changed(max_gross=D("0.1"))),
        "gross_within",
        "",
    ),
    Case(
        "money: value",
        all_of(exchanging(Side.BUY), limits_changed(max_order_value=D(26000))),
        "value_within",
        "26082.00",
    ),
    Case(
        "value in pounds",
        all_of(
            instrument_changed("GOOG.NASDAQ", currency="GBP"),
            book_changed(rates={"GBP": D("1.5")}),
            limits_changed(max_order_value=D(290000)),
        ),
        "value_within",
        "294749.28",
    ),
    Case(
        "value of a future without a multiplier",
        instrument_changed("GOOG.NASDAQ", sec_type=SecType.FUT),
        "value_within",
        "not a number",
    ),
    Case(
        "short where it is allowed",
        all_of(book_changed(positions={"AAPL.NASDAQ": D(100)}), limits_changed(allow_short=True)),
        "no_short",
        "",
    ),
    Case(
        "debit at no rate that another gate refuses",
        all_of(instrument_changed("GOOG.NASDAQ", currency="CHF"), only(BUY)),
        "debit_within",
        "",
    ),
]
