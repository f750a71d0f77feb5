# SPDX-License-Identifier: Apache-2.0
"""A good plan, and the ways in which it is spoiled for the gates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

from ib_provider.domain.account import TradingMode
from ib_provider.domain.contract import SecType
from ib_provider.domain.kill_order import KillLevel, KillOrder
from ib_provider.domain.limits import Limits
from ib_provider.domain.order import Order, OrderState, OrderStatus, OrderType, Side
from ib_provider.domain.order_history import OrderHistory, SentOrder
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.rebalance import Book, make_plan
from tests.support.books import AT, a_book, a_limits, a_portfolio, a_quote, an_instrument

__all__ = [
    "BOOK",
    "BUY",
    "NAN",
    "PLAN",
    "SELL",
    "SHORT_IBM",
    "VERY_SHORT",
    "VOLUMES",
    "WORKING",
    "Case",
    "Change",
    "D",
    "Situation",
    "all_of",
    "book_changed",
    "exchanging",
    "good",
    "history_of",
    "instrument_changed",
    "leg_changed",
    "limits_changed",
    "nothing",
    "only",
    "plan_changed",
    "quote_changed",
    "sent",
    "stopped",
    "unpriced_row",
    "with_the_same_instrument_twice",
    "without_instrument",
    "without_quote",
    "working",
]

#: Apple held, a little of it to be sold; Google bought. Every limit is wide.
BOOK: Final = a_book({"AAPL.NASDAQ": "600"}, cash="741718")
PLAN: Final = make_plan(
    a_portfolio({"AAPL.NASDAQ": "0.20", "GOOG.NASDAQ": "0.20"}), BOOK, key="k", as_of=AT
)
#: Somebody else's order in what the plan sells.
WORKING: Final = OrderState(
    order_id=1,
    perm_id=1,
    client_id=9,
    contract=PLAN.legs[0].contract,
    order=Order(
        side=Side.SELL,
        quantity=Decimal(5),
        order_type=OrderType.LIMIT,
        account=PLAN.account,
        order_ref="x",
        limit_price=Decimal(1),
    ),
    status=OrderStatus.SUBMITTED,
    filled=Decimal(0),
    remaining=Decimal(5),
    avg_fill_price=None,
)
_PLAIN: Final = an_instrument("EUR/USD.IDEALPRO", tick="0.00005")
EURO: Final = replace(
    _PLAIN,
    contract=replace(
        _PLAIN.contract,
        con_id=12087792,
        symbol="EUR",
        sec_type=SecType.CASH,
        exchange="IDEALPRO",
        primary_exchange="",
        local_symbol="EUR.USD",
    ),
)
EURO_QUOTE: Final = replace(
    a_quote("1.3000", "1.3002", instrument_id="EUR/USD.IDEALPRO"), con_id=12087792
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a gate looks at."""

    plan: OrderPlan
    book: Book
    limits: Limits
    history: OrderHistory = field(default_factory=OrderHistory)
    mode: TradingMode = TradingMode.PAPER


Change: TypeAlias = Callable[[Situation], Situation]


@dataclass(frozen=True, slots=True)
class Case:
    """What is wrong, the gate that must see it, what it must say, and how often."""

    name: str
    change: Change
    gate: str
    said: str
    count: int = 1


def good() -> Situation:
    """Return the situation that every case spoils."""
    return Situation(plan=PLAN, book=BOOK, limits=a_limits())


def all_of(*changes: Change) -> Change:
    """Return several changes as one."""

    def change(at: Situation) -> Situation:
        for one in changes:
            at = one(at)
        return at

    return change


def nothing(at: Situation) -> Situation:
    """Change nothing."""
    return at


def leg_changed(index: int, **changes: Any) -> Change:
    """Return a change of one leg of the plan."""

    def change(at: Situation) -> Situation:
        legs = list(at.plan.legs)
        legs[index] = replace(legs[index], **changes)
        return replace(at, plan=replace(at.plan, legs=tuple(legs)))

    return change


def book_changed(**changes: Any) -> Change:
    """Return a change of the book."""
    return lambda at: replace(at, book=replace(at.book, **changes))


def limits_changed(**changes: Any) -> Change:
    """Return a change of the limits."""
    return lambda at: replace(at, limits=replace(at.limits, **changes))


def plan_changed(**changes: Any) -> Change:
    """Return a change of the plan."""
    return lambda at: replace(at, plan=replace(at.plan, **changes))


def history_of(*orders: SentOrder, **more: Any) -> Change:
    """Return a change of what was sent before."""
    return lambda at: replace(at, history=OrderHistory(orders=orders, **more))


def quote_changed(instrument_id: str = "AAPL.NASDAQ", **changes: Any) -> Change:
    """Return a change of one quote."""

    def change(at: Situation) -> Situation:
        quote = replace(at.book.quotes[instrument_id], **changes)
        return replace(at, book=replace(at.book, quotes={**at.book.quotes, instrument_id: quote}))

    return change


def instrument_changed(instrument_id: str, **changes: Any) -> Change:
    """Return a change of what an instrument is, in the book and in the leg."""

    def change(at: Situation) -> Situation:
        known = at.book.instruments[instrument_id]
        of_contract = {
            k: changes[k] for k in ("sec_type", "multiplier", "currency") if k in changes
        }
        rest = {k: v for k, v in changes.items() if k not in of_contract}
        contract = replace(known.contract, **of_contract)
        item = replace(known, contract=contract, **rest)
        legs = tuple(
            replace(leg, contract=contract) if leg.instrument_id == instrument_id else leg
            for leg in at.plan.legs
        )
        book = replace(at.book, instruments={**at.book.instruments, instrument_id: item})
        return replace(at, book=book, plan=replace(at.plan, legs=legs))

    return change


def only(*indexes: int) -> Change:
    """Return a change that leaves these legs."""
    return lambda at: replace(
        at, plan=replace(at.plan, legs=tuple(at.plan.legs[index] for index in indexes))
    )


def without_quote(at: Situation) -> Situation:
    """Lose Apple's quote."""
    quotes = {i: quote for i, quote in at.book.quotes.items() if i != "AAPL.NASDAQ"}
    return replace(at, book=replace(at.book, quotes=quotes))


def without_instrument(at: Situation) -> Situation:
    """Forget what Apple is."""
    known = {i: item for i, item in at.book.instruments.items() if i != "AAPL.NASDAQ"}
    return replace(at, book=replace(at.book, instruments=known))


def with_the_same_instrument_twice(at: Situation) -> Situation:
    """Sell Apple in two orders."""
    twin = replace(at.plan.legs[0], order_ref="another", quantity=Decimal(1))
    return replace(at, plan=replace(at.plan, legs=(*at.plan.legs, twin)))


def unpriced_row(at: Situation) -> Situation:
    """Have a row whose price was missing when the plan was made."""
    row = replace(at.plan.rows[0], target_quantity=None, note="no price: no bid")
    return replace(at, plan=replace(at.plan, rows=(row, *at.plan.rows[1:])))


def exchanging(side: Side, quantity: str = "20000") -> Change:
    """Return a change to a plan that changes money and does nothing else."""
    leg = replace(
        PLAN.legs[1],
        order_ref="fx",
        instrument_id="EUR/USD.IDEALPRO",
        contract=EURO.contract,
        side=side,
        quantity=Decimal(quantity),
        limit_price=Decimal("1.3041") if side is Side.BUY else Decimal("1.2961"),
        arrival_price=Decimal("1.3001"),
    )

    def change(at: Situation) -> Situation:
        book = replace(
            at.book,
            instruments={**at.book.instruments, EURO.instrument_id: EURO},
            quotes={**at.book.quotes, EURO.instrument_id: EURO_QUOTE},
            rates={"EUR": Decimal("1.3001")},
        )
        return replace(at, book=book, plan=replace(at.plan, legs=(leg,)))

    return change


def working(**changes: Any) -> Change:
    """Return a change that has somebody else's order at work."""
    order = {k: changes.pop(k) for k in tuple(changes) if k in ("limit_price", "order_ref")}
    state = replace(WORKING, order=replace(WORKING.order, **order), **changes)
    return book_changed(working=(state,))


def sent(seconds_ago: float, **changes: Any) -> SentOrder:
    """Build an order that was sent before: the plan's sale under another reference."""
    order = SentOrder(
        order_ref="old",
        instrument_id="AAPL.NASDAQ",
        side=Side.SELL,
        quantity=Decimal(144),
        value=Decimal(100000),
        currency="USD",
        at=AT - timedelta(seconds=seconds_ago),
    )
    return replace(order, **changes)


def stopped(**changes: Any) -> Change:
    """Return a change that has trading stopped."""
    order = KillOrder(
        level=KillLevel.NO_NEW_ORDERS, account="*", who="ann", why="test", at=AT, until=None
    )
    return history_of(kills=(replace(order, **changes),))


D = Decimal
SELL, BUY = 0, 1
NAN = Decimal("NaN")

#: A short beside the plan; a short that outweighs it; volumes of which the orders are a twentieth.
SHORT_IBM: Final = book_changed(positions={"AAPL.NASDAQ": D(600), "IBM.NYSE": D(-1000)})
VERY_SHORT: Final = book_changed(positions={"AAPL.NASDAQ": D(600), "IBM.NYSE": D(-5000)})
VOLUMES: Final = book_changed(volumes={"AAPL.NASDAQ": D(2880), "GOOG.NASDAQ": D(4860)})
