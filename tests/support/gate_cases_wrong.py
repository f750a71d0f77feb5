# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an order, the gate that must see it, and what it must say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import OrderType
from ib_provider.domain.quote import MarketDataType
from tests.support.books import AT
from tests.support.gate_situations import (
    BUY,
    NAN,
    PLAN,
    SELL,
    WORKING,
    Case,
    book_changed,
    leg_changed,
    limits_changed,
    quote_changed,
    unpriced_row,
    with_the_same_instrument_twice,
    without_instrument,
    without_quote,
)

__all__ = ["WRONG"]

WRONG: Final[list[Case]] = [
    Case("account", limits_changed(accounts=("DU2",)), "account_allowed", "not on the list"),
    Case("no account", limits_changed(accounts=()), "account_allowed", "not on the list"),
    Case("other book", book_changed(account="DU2"), "account_allowed", "the book is of DU2"),
    Case("many orders", limits_changed(max_orders=1), "orders_within", "2 orders, allowed 1"),
    Case(
        "same ref", leg_changed(BUY, order_ref=PLAN.legs[0].order_ref), "order_refs_distinct", "2"
    ),
    Case("no ref", leg_changed(BUY, order_ref=""), "order_refs_distinct", "none"),
    Case("same name", with_the_same_instrument_twice, "instruments_distinct", "AAPL.NASDAQ: 2"),
    Case(
        "other order", book_changed(working=(WORKING,)), "nothing_else_working", "SELL 5 works as x"
    ),
    Case("zero", leg_changed(BUY, quantity=Decimal(0)), "quantity_positive", "0"),
    Case("negative", leg_changed(BUY, quantity=Decimal(-5)), "quantity_positive", "-5"),
    Case("NaN units", leg_changed(BUY, quantity=NAN), "quantity_positive", "NaN"),
    Case("infinite units", leg_changed(BUY, quantity=Decimal("Inf")), "quantity_positive", "Inf"),
    Case(
        "units",
        limits_changed(max_order_quantity=Decimal(200)),
        "quantity_within",
        "GOOG.NASDAQ: 243, allowed 200",
    ),
    Case(
        "market order",
        leg_changed(BUY, order_type=OrderType.MARKET),
        "order_has_worst_price",
        "MKT",
    ),
    Case("free", leg_changed(SELL, limit_price=Decimal(0)), "order_has_worst_price", "limit_price"),
    Case("NaN limit", leg_changed(BUY, limit_price=NAN), "order_has_worst_price", "NaN"),
    Case(
        "contract",
        leg_changed(BUY, contract=PLAN.legs[0].contract),
        "contract_agrees",
        "contract: GOOG.NASDAQ: ",
        2,
    ),
    Case("other quote", quote_changed(con_id=7), "contract_agrees", "a quote of conId 7"),
    Case("unknown", without_instrument, "contract_agrees", "unknown instrument"),
    Case("unpriced", unpriced_row, "plan_was_priced", "no price: no bid"),
    Case("no quote", without_quote, "quote_usable", "no quote"),
    Case("no bid", quote_changed(bid=None), "quote_usable", "no bid"),
    Case("no ask", quote_changed(ask=None), "quote_usable", "no ask"),
    Case("NaN", quote_changed(bid=NAN), "quote_usable", "bid is NaN"),
    Case("crossed", quote_changed(bid=Decimal(431)), "quote_usable", "crossed"),
    Case("halted", quote_changed(halted=True), "quote_usable", "halted"),
    Case(
        "old", quote_changed(ts=AT - timedelta(seconds=61)), "quote_fresh", "61.0 s, allowed 60 s"
    ),
    Case("future", quote_changed(ts=AT + timedelta(hours=1)), "quote_fresh", "-3600.0 s"),
    Case(
        "delayed",
        quote_changed(data_type=MarketDataType.DELAYED),
        "quote_fresh",
        "AAPL.NASDAQ: 1200.0 s",
    ),
    Case("frozen", quote_changed(data_type=MarketDataType.FROZEN), "quote_fresh", "frozen data"),
    Case("moved", quote_changed(close=Decimal(340)), "move_within", "26.61%, allowed 20.00%"),
    Case("fallen", quote_changed(close=Decimal(600)), "move_within", "28.26%"),
    Case("no close", quote_changed(close=None), "move_within", "previous close None"),
    Case("NaN close", quote_changed(close=NAN), "move_within", "previous close NaN"),
    Case(
        "collar",
        limits_changed(max_collar_bp=Decimal(20)),
        "limit_within_collar",
        "bp, allowed 20",
        2,
    ),
    Case("paid up", leg_changed(BUY, limit_price=Decimal(820)), "limit_within_collar", "170.8 bp"),
    Case(
        "sold off", leg_changed(SELL, limit_price=Decimal(420)), "limit_within_collar", "242.8 bp"
    ),
    Case(
        "value", limits_changed(max_order_value=Decimal(190000)), "value_within", "allowed 190000"
    ),
    Case("turnover", limits_changed(max_turnover=Decimal("0.2")), "turnover_within", "25.85%"),
    Case(
        "weight", limits_changed(max_weight=Decimal("0.19")), "weight_within", "GOOG.NASDAQ: 19.65%"
    ),
    Case(
        "short",
        book_changed(positions={"AAPL.NASDAQ": Decimal(100)}),
        "no_short",
        "-44 held after",
    ),
    Case("EUR", book_changed(currency="EUR"), "currency_agrees", "EUR, allowed USD"),
    Case("worthless", book_changed(net_liquidation=NAN), "worth_is_known", "NaN"),
    Case("broke", book_changed(net_liquidation=Decimal(0)), "worth_is_known", "above zero"),
    Case("NaN held", book_changed(positions={"AAPL.NASDAQ": NAN}), "holdings_are_known", "NaN"),
]
