# SPDX-License-Identifier: Apache-2.0
"""What was sent before, what is at work, and whether to trade at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from ib_provider.domain.account import TradingMode
from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Side
from tests.support.books import AT
from tests.support.gate_situations import (
    BUY,
    NAN,
    PLAN,
    WORKING,
    Case,
    D,
    all_of,
    book_changed,
    history_of,
    instrument_changed,
    limits_changed,
    nothing,
    only,
    plan_changed,
    sent,
    stopped,
    working,
)

__all__ = ["DAY"]

DAY: Final[list[Case]] = [
    # The day.
    Case(
        "day",
        all_of(history_of(sent(120)), limits_changed(max_daily_value=D("358487.19"))),
        "daily_value_within",
        "358487.20",
    ),
    Case(
        "day at the limit",
        all_of(history_of(sent(120)), limits_changed(max_daily_value=D("358487.20"))),
        "daily_value_within",
        "",
    ),
    Case(
        "day, refused",
        all_of(
            history_of(sent(120, is_refused=True)), limits_changed(max_daily_value=D("258487.20"))
        ),
        "daily_value_within",
        "",
    ),
    Case(
        "day, ours again",
        all_of(
            history_of(sent(120, order_ref=PLAN.legs[0].order_ref)),
            limits_changed(max_daily_value=D("258487.20")),
        ),
        "daily_value_within",
        "",
    ),
    Case(
        "day in euros",
        history_of(sent(120, currency="EUR")),
        "daily_value_within",
        "EUR, allowed USD",
    ),
    Case("day of NaN", history_of(sent(120, value=NAN)), "daily_value_within", "NaN"),
    Case(
        "rate",
        all_of(history_of(sent(59.9)), limits_changed(max_orders_per_minute=2)),
        "order_rate_within",
        "3 orders",
    ),
    Case(
        "rate at the limit",
        all_of(history_of(sent(60)), limits_changed(max_orders_per_minute=2)),
        "order_rate_within",
        "",
    ),
    Case(
        "name",
        all_of(history_of(sent(120)), limits_changed(max_orders_per_name=1)),
        "names_not_repeated",
        "AAPL.NASDAQ: 2 orders in a day",
    ),
    Case(
        "name at the limit",
        all_of(history_of(sent(120)), limits_changed(max_orders_per_name=2)),
        "names_not_repeated",
        "",
    ),
    Case(
        "intent",
        history_of(sent(999, order_ref=PLAN.legs[0].order_ref)),
        "intent_is_new",
        "was meant to be sent before",
    ),
    Case(
        "intent that never arrived",
        history_of(
            sent(9, order_ref=PLAN.legs[0].order_ref),
            resendable=frozenset({PLAN.legs[0].order_ref}),
        ),
        "intent_is_new",
        "",
    ),
    Case("twin", history_of(sent(299)), "intent_is_new", "SELL 144 is old again"),
    Case("twin of long ago", history_of(sent(300)), "intent_is_new", ""),
    Case("twin, refused", history_of(sent(10, is_refused=True)), "intent_is_new", ""),
    Case("other size", history_of(sent(10, quantity=D(143))), "intent_is_new", ""),
    Case("other side", history_of(sent(10, side=Side.BUY)), "intent_is_new", ""),
    Case("rejects", history_of(rejects=3), "rejects_within", "3 orders refused in a row"),
    Case("more rejects", history_of(rejects=4), "rejects_within", "4 orders refused in a row"),
    Case("rejects at the limit", history_of(rejects=2), "rejects_within", ""),
    # At work.
    Case(
        "open orders",
        all_of(working(), limits_changed(max_open_orders=2)),
        "open_orders_within",
        "3 orders",
    ),
    Case(
        "open orders at the limit",
        all_of(working(), limits_changed(max_open_orders=3)),
        "open_orders_within",
        "",
    ),
    Case(
        "open orders, ours",
        all_of(working(order_ref=PLAN.legs[0].order_ref), limits_changed(max_open_orders=2)),
        "open_orders_within",
        "",
    ),
    Case(
        "open value",
        all_of(working(), limits_changed(max_open_value=D("258492.19"))),
        "open_value_within",
        "258492.20",
    ),
    Case(
        "open value at the limit",
        all_of(working(), limits_changed(max_open_value=D("258492.20"))),
        "open_value_within",
        "",
    ),
    Case(
        "open value unpriced", working(limit_price=None), "open_value_within", "x: no worst price"
    ),
    Case(
        "open value by hand",
        working(limit_price=None, order_ref=""),
        "open_value_within",
        "permId 1: no worst price",
    ),
    Case("open value of NaN", working(limit_price=NAN), "open_value_within", "no worst price"),
    Case(
        "open value at no rate",
        working(contract=replace(WORKING.contract, currency="CHF")),
        "open_value_within",
        "no worst price",
    ),
    Case(
        "open value of a spread",
        all_of(working(limit_price=D(-1)), limits_changed(max_open_value=D("258492.19"))),
        "open_value_within",
        "258492.20",
    ),
    Case(
        "open value abroad",
        all_of(
            working(contract=replace(WORKING.contract, currency="EUR")),
            book_changed(rates={"EUR": D("1.5")}),
            limits_changed(max_open_value=D("258494.69")),
        ),
        "open_value_within",
        "258494.70",
    ),
    Case(
        "open value of a future",
        all_of(
            working(contract=replace(WORKING.contract, multiplier="50")),
            limits_changed(max_open_value=D("258737.19")),
        ),
        "open_value_within",
        "258737.20",
    ),
    # Whether at all.
    Case(
        "live connection",
        lambda at: replace(at, mode=TradingMode.LIVE),
        "modes_agree",
        "the connection is live",
    ),
    Case(
        "live limits",
        limits_changed(trading_mode=TradingMode.LIVE),
        "modes_agree",
        "paper, allowed live",
        2,
    ),
    Case("live account", plan_changed(account="U1000001"), "modes_agree", "the account is live"),
    Case("modes", nothing, "modes_agree", ""),
    Case("killed", stopped(), "not_killed", "by ann"),
    Case("killed account", stopped(account="DU1000001"), "not_killed", "by ann"),
    Case("another account killed", stopped(account="DU2"), "not_killed", ""),
    Case("kill that ended", stopped(until=AT), "not_killed", ""),
    Case(
        "kill that ends soon",
        stopped(until=AT + timedelta(seconds=1)),
        "not_killed",
        "until 2013-03-04",
    ),
    Case(
        "kinds", limits_changed(sec_types=(SecType.FUT,)), "sec_type_listed", "STK, allowed FUT", 2
    ),
    Case("kinds listed", nothing, "sec_type_listed", ""),
    Case(
        "currencies", limits_changed(currencies=("EUR",)), "currency_listed", "USD, allowed EUR", 2
    ),
    Case("currencies listed", nothing, "currency_listed", ""),
    Case(
        "not allowed",
        limits_changed(allow_instruments=("AAPL.NASDAQ",)),
        "instrument_listed",
        "allow_instruments: GOOG.NASDAQ",
    ),
    Case("any allowed", nothing, "instrument_listed", ""),
    Case(
        "denied",
        limits_changed(deny_instruments=("GOOG.NASDAQ",)),
        "instrument_listed",
        "deny_instruments: GOOG.NASDAQ",
    ),
    Case(
        "open value in pence",
        all_of(
            instrument_changed("AAPL.NASDAQ", price_magnifier=100),
            only(BUY),
            working(),
            limits_changed(max_open_value=D("196499.56")),
        ),
        "open_value_within",
        "196499.57",
    ),
    Case(
        "open value of what is not in the book",
        all_of(
            working(contract=replace(WORKING.contract, con_id=1)),
            limits_changed(max_open_value=D("258492.19")),
        ),
        "open_value_within",
        "258492.20",
    ),
]
