# SPDX-License-Identifier: Apache-2.0
"""Orders that are no plain limits, and orders that follow others of the same leg."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ib_provider.domain.order import OrderType
from tests.support.books import AT
from tests.support.gate_situations import (
    BUY,
    SELL,
    Case,
    D,
    all_of,
    book_changed,
    history_of,
    leg_changed,
    limits_changed,
    nothing,
    sent,
    without_quote,
)

__all__ = ["STYLE"]

_FORMER: Final = frozenset({"old"})

STYLE: Final[list[Case]] = [
    Case(
        "market on close",
        leg_changed(BUY, order_type=OrderType.MARKET_ON_CLOSE),
        "order_has_worst_price",
        "MOC, allowed a limit order",
    ),
    Case(
        "market on close, allowed",
        all_of(
            leg_changed(BUY, order_type=OrderType.MARKET_ON_CLOSE),
            limits_changed(allow_unpriced=True),
        ),
        "order_has_worst_price",
        "",
    ),
    Case(
        "market order where market on close is allowed",
        all_of(leg_changed(BUY, order_type=OrderType.MARKET), limits_changed(allow_unpriced=True)),
        "order_has_worst_price",
        "MKT",
    ),
    Case(
        "limit on close",
        leg_changed(BUY, order_type=OrderType.LIMIT_ON_CLOSE),
        "order_has_worst_price",
        "",
    ),
    Case(
        "cut-off",
        all_of(leg_changed(BUY, cut_off=AT), book_changed(market_time=AT)),
        "before_cut_off",
        "GOOG.NASDAQ: at 2013-03-04 15:00:00 UTC, allowed before 2013-03-04 15:00:00 UTC",
    ),
    Case(
        "cut-off that has passed",
        all_of(leg_changed(BUY, cut_off=AT - timedelta(hours=1)), book_changed(market_time=AT)),
        "before_cut_off",
        "cut_off: GOOG.NASDAQ",
    ),
    Case(
        "cut-off of both",
        all_of(
            leg_changed(SELL, cut_off=AT),
            leg_changed(BUY, cut_off=AT),
            book_changed(market_time=AT),
        ),
        "before_cut_off",
        "cut_off",
        2,
    ),
    Case(
        "before the cut-off",
        all_of(leg_changed(BUY, cut_off=AT + timedelta(seconds=1)), book_changed(market_time=AT)),
        "before_cut_off",
        "",
    ),
    Case(
        "cut-off at no time",
        leg_changed(BUY, cut_off=AT + timedelta(hours=1)),
        "before_cut_off",
        "at a time that nobody knows",
    ),
    Case("no cut-off at no time", book_changed(market_time=None), "before_cut_off", ""),
    # Since the plan: Apple stands at 430.47.
    Case(
        "drift up",
        all_of(leg_changed(SELL, arrival_price=D(400)), limits_changed(max_price_move=D("0.0761"))),
        "drift_within",
        "AAPL.NASDAQ: 7.62% since the plan, allowed 7.61%",
    ),
    Case(
        "drift down",
        all_of(leg_changed(SELL, arrival_price=D(500)), limits_changed(max_price_move=D("0.13"))),
        "drift_within",
        "13.91% since the plan",
    ),
    Case(
        "drift of both",
        all_of(
            leg_changed(SELL, arrival_price=D(500)),
            leg_changed(BUY, arrival_price=D(500)),
            limits_changed(max_price_move=D("0.13")),
        ),
        "drift_within",
        "since the plan",
        2,
    ),
    Case(
        "drift at the limit",
        all_of(
            leg_changed(SELL, arrival_price=D("430.47") / 2), limits_changed(max_price_move=D(1))
        ),
        "drift_within",
        "",
    ),
    Case("no drift", nothing, "drift_within", ""),
    Case(
        "drift of NaN",
        leg_changed(SELL, arrival_price=D("NaN")),
        "drift_within",
        "planned at NaN",
    ),
    Case("drift of nothing", leg_changed(SELL, arrival_price=D(0)), "drift_within", "planned at 0"),
    Case(
        "drift of nothing and another",
        all_of(
            leg_changed(SELL, arrival_price=D(0)),
            leg_changed(BUY, arrival_price=D(500)),
            limits_changed(max_price_move=D("0.13")),
        ),
        "drift_within",
        "max_price_move",
        2,
    ),
    Case(
        "drift of another without a market",
        all_of(
            without_quote,
            leg_changed(BUY, arrival_price=D(500)),
            limits_changed(max_price_move=D("0.13")),
        ),
        "drift_within",
        "GOOG.NASDAQ",
    ),
    # A leg's next order, for what is left of the one before.
    Case(
        "twin of the same leg",
        history_of(sent(10), former=_FORMER),
        "intent_is_new",
        "",
    ),
    Case(
        "twin beside one of the same leg",
        history_of(sent(10), former=frozenset({"another"})),
        "intent_is_new",
        "SELL 144 is old again",
    ),
    Case(
        "name of the same leg",
        all_of(history_of(sent(120), former=_FORMER), limits_changed(max_orders_per_name=1)),
        "names_not_repeated",
        "",
    ),
    Case(
        "name beside one of the same leg",
        all_of(
            history_of(sent(120), sent(110, order_ref="older"), former=_FORMER),
            limits_changed(max_orders_per_name=1),
        ),
        "names_not_repeated",
        "2 orders in a day",
    ),
    Case(
        "day of the same leg",
        all_of(
            history_of(sent(120), former=_FORMER), limits_changed(max_daily_value=D("358487.19"))
        ),
        "daily_value_within",
        "358487.20",
    ),
]
