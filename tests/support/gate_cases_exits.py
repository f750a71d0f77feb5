# SPDX-License-Identifier: Apache-2.0
"""Orders that end positions: what they may be, and that the other gates do not count them twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from ib_provider.domain.bracket import Bracket, LegRole
from ib_provider.domain.order import OrderType, Side
from ib_provider.rebalance import make_plan
from tests.support.books import AT, a_portfolio
from tests.support.gate_situations import (
    BOOK,
    BUY,
    NAN,
    PLAN,
    SELL,
    WORKING,
    Case,
    Change,
    D,
    Situation,
    all_of,
    book_changed,
    history_of,
    leg_changed,
    limits_changed,
    only,
    sent,
)

__all__ = ["BRACKETED", "EXITS"]

_BRACKET: Final = Bracket(
    take_profit=Decimal("0.10"), stop_loss=Decimal("0.05"), stop_limit_bp=Decimal(100)
)
#: The good plan, and the stops and profits of Apple (600, of which 144 are sold) and Google (243).
BRACKETED: Final = make_plan(
    replace(a_portfolio({"AAPL.NASDAQ": "0.20", "GOOG.NASDAQ": "0.20"}), bracket=_BRACKET),
    BOOK,
    key="k",
    as_of=AT,
)
_AAPL_STOP, _GOOG_STOP, _AAPL_PROFIT, _GOOG_PROFIT = 2, 3, 4, 5


def _bracketed(at: Situation) -> Situation:
    return replace(at, plan=BRACKETED)


def _exits(**positions: str) -> Change:
    """Return a change to Google's exits alone, with this much of it held."""
    held = {"GOOG.NASDAQ": D(positions.get("held", "243"))}
    return all_of(_bracketed, only(_GOOG_STOP, _GOOG_PROFIT), book_changed(positions=held))


def _spoilt(index: int, **changes: Any) -> Change:
    return all_of(_bracketed, leg_changed(index, **changes))


def _bought(change: Change) -> Change:
    """Return a change with Google sold short, so that its exits buy."""
    short = {"GOOG.NASDAQ": D(-243)}
    turned = [leg_changed(number, side=Side.BUY) for number in (0, 1)]
    return all_of(_exits(), book_changed(positions=short), *turned, change)


def _at_work(**other: str) -> Change:
    """Return a change with a stop and a profit of an earlier plan at work; both are worth money."""
    con_id = int(other.get("con_id", "1"))
    contract = replace(WORKING.contract, con_id=con_id)
    pair = tuple(
        replace(
            WORKING,
            contract=contract,
            order=replace(WORKING.order, order_ref=ref, limit_price=D(price)),
        )
        for ref, price in (("s", other.get("s", "1")), ("p", other.get("p", "3")))
    )
    return all_of(book_changed(working=pair), history_of(exits={"s": "g", "p": "g"}))


EXITS: Final[list[Case]] = [
    # What may be ended.
    Case("exits of what will be held", _bracketed, "exits_only_end", ""),
    Case(
        "exit of more than will be held",
        _spoilt(_GOOG_STOP, quantity=D(244)),
        "exits_only_end",
        "bracket: GOOG.NASDAQ: SELL 244 as stop, allowed 243 to end",
    ),
    Case(
        "exit of more than is held before a reduction",
        _spoilt(_AAPL_PROFIT, quantity=D(601)),
        "exits_only_end",
        "allowed 600 to end",
    ),
    Case("exits of what is held", _exits(), "exits_only_end", ""),
    Case("exits of nothing", _exits(held="0"), "exits_only_end", "allowed 0 to end", 2),
    Case("exits of the other side", _exits(held="-9"), "exits_only_end", "allowed 0 to end", 2),
    Case("exits of less", _exits(held="242"), "exits_only_end", "allowed 242 to end", 2),
    Case("exits of a short", _bought(lambda at: at), "exits_only_end", ""),
    Case(
        "exit of a short that is too large",
        _bought(leg_changed(0, quantity=D(244))),
        "exits_only_end",
        "BUY 244 as stop, allowed 243 to end",
    ),
    Case(
        "exit that opens a position",
        all_of(_exits(), leg_changed(1, side=Side.BUY)),
        "exits_only_end",
        "BUY 243 as profit, allowed 0 to end",
    ),
    Case("exit of NaN", _spoilt(_GOOG_STOP, quantity=NAN), "exits_only_end", "NaN of 0"),
    Case("exits of a NaN that is held", _exits(held="NaN"), "exits_only_end", "243 of NaN", 2),
    # One cancels the other.
    Case("pairs", _bracketed, "exits_cancel_one_another", ""),
    Case(
        "pair of two groups",
        _spoilt(_GOOG_STOP, oca_group="another"),
        "exits_cancel_one_another",
        "GOOG.NASDAQ: 2 groups",
    ),
    Case(
        "pair of no group",
        all_of(
            _bracketed,
            leg_changed(_GOOG_STOP, oca_group=""),
            leg_changed(_GOOG_PROFIT, oca_group=""),
        ),
        "exits_cancel_one_another",
        "1 groups, allowed one that has a name",
    ),
    Case(
        "two stops",
        _spoilt(_GOOG_PROFIT, role=LegRole.STOP),
        "exits_cancel_one_another",
        "GOOG.NASDAQ: 2 exits",
    ),
    Case(
        "pair of two sides",
        _spoilt(_GOOG_PROFIT, side=Side.BUY),
        "exits_cancel_one_another",
        "GOOG.NASDAQ: 2 exits",
    ),
    # Triggers.
    Case("stops with triggers", _bracketed, "exits_have_a_trigger", ""),
    Case("stop that has a worst price", _bracketed, "order_has_worst_price", ""),
    Case(
        "stop as an entry",
        leg_changed(SELL, order_type=OrderType.STOP_LIMIT, stop_price=D(1000)),
        "exits_have_a_trigger",
        "order_type: AAPL.NASDAQ: STP LMT, allowed an order of a bracket",
    ),
    Case("no trigger", _spoilt(_GOOG_STOP, stop_price=None), "exits_have_a_trigger", "None"),
    Case("trigger of NaN", _spoilt(_GOOG_STOP, stop_price=NAN), "exits_have_a_trigger", "NaN"),
    Case(
        "trigger of zero",
        _spoilt(_GOOG_STOP, stop_price=D(0)),
        "exits_have_a_trigger",
        "0, allowed above zero",
    ),
    Case(
        "trigger of one with a limit there",
        _spoilt(_GOOG_STOP, stop_price=D(1), limit_price=D(1)),
        "exits_have_a_trigger",
        "",
    ),
    Case(
        "limit above a sale's trigger",
        _spoilt(_GOOG_STOP, stop_price=D(10), limit_price=D(11)),
        "exits_have_a_trigger",
        "limit 11 of a SELL, allowed 10 or beyond",
    ),
    Case(
        "limit above a purchase's trigger",
        _bought(leg_changed(0, stop_price=D(10), limit_price=D(11))),
        "exits_have_a_trigger",
        "",
    ),
    Case(
        "limit below a purchase's trigger",
        _bought(leg_changed(0, stop_price=D(10), limit_price=D(9))),
        "exits_have_a_trigger",
        "limit 9 of a BUY",
    ),
    # What they are not counted for.
    Case("exits beside entries", _bracketed, "instruments_distinct", ""),
    Case(
        "pairs that are one order each",
        all_of(_bracketed, limits_changed(max_orders=4)),
        "orders_within",
        "",
    ),
    Case(
        "pairs too many",
        all_of(_bracketed, limits_changed(max_orders=3)),
        "orders_within",
        "4 orders",
    ),
    Case(
        "worth of an exit",
        all_of(_bracketed, limits_changed(max_order_value=D(197000))),
        "value_within",
        "",
    ),
    Case(
        "exit of no worth",
        _spoilt(_GOOG_STOP, limit_price=NAN),
        "value_within",
        "GOOG.NASDAQ: not a number",
    ),
    Case(
        "exits without a market",
        all_of(_exits(), book_changed(quotes={})),
        "quote_usable",
        "",
    ),
    Case(
        "exits without what it is worth",
        all_of(_exits(), book_changed(quotes={}), limits_changed(max_gross=D(0))),
        "gross_within",
        "",
    ),
    Case(
        "exits equal to what was sent",
        all_of(
            _exits(),
            history_of(sent(1, instrument_id="GOOG.NASDAQ", quantity=D(243))),
        ),
        "intent_is_new",
        "",
    ),
    # At work.
    Case(
        "exit of ours at work",
        all_of(book_changed(working=(WORKING,)), history_of(exits={"x": "g"})),
        "nothing_else_working",
        "",
    ),
    Case(
        "other order beside an exit of ours",
        all_of(book_changed(working=(WORKING,)), history_of(exits={"y": "g"})),
        "nothing_else_working",
        "SELL 5 works as x",
    ),
    Case(
        "open pairs that come",
        all_of(_bracketed, limits_changed(max_open_orders=2)),
        "open_orders_within",
        "",
    ),
    Case(
        "open pairs that come, too many",
        all_of(
            _bracketed,
            only(_AAPL_STOP, _GOOG_STOP, _AAPL_PROFIT, _GOOG_PROFIT),
            limits_changed(max_open_orders=1),
        ),
        "open_orders_within",
        "2 orders",
    ),
    Case(
        "open pair that stays",
        all_of(_at_work(), limits_changed(max_open_orders=2)),
        "open_orders_within",
        "3 orders",
    ),
    Case(
        "open pair that is called off before",
        all_of(
            _at_work(con_id=str(PLAN.legs[BUY].contract.con_id)), limits_changed(max_open_orders=2)
        ),
        "open_orders_within",
        "",
    ),
    Case(
        "open value of pairs that come",
        all_of(_bracketed, limits_changed(max_open_value=D("499606.82"))),
        "open_value_within",
        "499606.83",
    ),
    Case(
        "open value of pairs that come, at the limit",
        all_of(_bracketed, limits_changed(max_open_value=D("499606.83"))),
        "open_value_within",
        "",
    ),
    Case(
        "open value of a pair that stays",
        all_of(_at_work(), limits_changed(max_open_value=D("258502.19"))),
        "open_value_within",
        "258502.20",
    ),
    Case(
        "open value of a pair that stays, the dearer first",
        all_of(_at_work(s="3", p="1"), limits_changed(max_open_value=D("258502.19"))),
        "open_value_within",
        "258502.20",
    ),
]
