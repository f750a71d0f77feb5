# SPDX-License-Identifier: Apache-2.0
"""From targets and holdings to an order plan.

Rules:
    * Weights are fractions of the net liquidation value after the cash buffer is taken off; a
      holding's weight in the plan is of that same sum, so that the two compare.
    * A name within the drift band of its weight rests. So does one that is less than a lot away,
      and one whose order would be smaller than the minimum; each row says which.
    * A name without a usable price is never traded. Its row has no target quantity, and the limits
      refuse the plan for it.
    * Sells come before buys. What sells bring is counted at their limit prices, never above.
    * The same book gives the same plan, whatever the order of its mappings.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Final

from ib_provider.domain.order import OrderType, TimeInForce
from ib_provider.domain.plan_document import seal_plan
from ib_provider.domain.portfolio import Breach, OrderPlan, PlanLeg, PlanRow, Portfolio
from ib_provider.errors import LimitBreached
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.order_ref import order_ref
from ib_provider.rebalance.plan_names import WEIGHT_STEP, PricedName, read_names
from ib_provider.rebalance.pricing import unit_value
from ib_provider.rebalance.sizing import Buy, fee_allowance, fit_buys, whole_lots

__all__ = ["make_plan"]

#: Ours, not the process's: the plan must not depend on what another library set.
_ARITHMETIC: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)


def make_plan(portfolio: Portfolio, book: Book, *, key: str, as_of: datetime) -> OrderPlan:
    """Return the sealed plan that takes the book to the portfolio's weights.

    Args:
        portfolio: What is wanted, and how far to go for it.
        book: What is held, and at what prices.
        key: What this rebalance is for: a session date or an ad-hoc id.
        as_of: When the book was read, aware.

    Returns:
        A row for every name that is listed or held, in the portfolio's order, then the unlisted by
        id; a leg for every trade, sells first.

    Raises:
        LimitBreached: The book is in another currency, or its sums are not numbers.
    """
    with localcontext(_ARITHMETIC):
        _check_book(portfolio, book)
        names = read_names(portfolio, book)
        priced = {i: name for i, name in names.items() if isinstance(name, PricedName)}
        decided = {i: _decide(name, portfolio, i) for i, name in priced.items()}
        decided = _pay(decided, portfolio, book)
        rows = tuple(
            name if isinstance(name, PlanRow) else _row(i, decided[i]) for i, name in names.items()
        )
        traded = [(i, name) for i, name in decided.items() if name.trade]
        # Stable: within the sells, and within the buys, the rows' order stays.
        traded.sort(key=lambda item: item[1].trade > 0)
        legs = tuple(_leg(i, name, portfolio, book, key) for i, name in traded)
        return seal_plan(
            OrderPlan(
                plan_id="",
                account=book.account,
                strategy=portfolio.name,
                key=key,
                currency=book.currency,
                net_liquidation=book.net_liquidation,
                as_of=as_of,
                rows=rows,
                legs=legs,
            )
        )


def _check_book(portfolio: Portfolio, book: Book) -> None:
    breaches = []
    if book.currency != portfolio.currency:
        breaches.append(
            Breach(
                limit="currency",
                subject=book.account,
                found=book.currency,
                allowed=portfolio.currency,
            )
        )
    worth = book.net_liquidation
    if not worth.is_finite() or worth <= 0:
        breaches.append(
            Breach(
                limit="net_liquidation",
                subject=book.account,
                found=str(worth),
                allowed="a number above zero",
            )
        )
    amounts = {"cash": book.cash, **book.positions}
    breaches.extend(
        Breach(limit="book", subject=subject, found=str(amount), allowed="a finite number")
        for subject, amount in amounts.items()
        if not amount.is_finite()
    )
    if breaches:
        raise LimitBreached(breaches)


def _decide(name: PricedName, portfolio: Portfolio, instrument_id: str) -> PricedName:
    """Return the name with its trade in whole lots, before cash is counted; or why it rests."""
    listed = any(target.instrument_id == instrument_id for target in portfolio.targets)
    if listed and abs(name.weight - name.target_weight) <= portfolio.drift_band:
        return replace(name, note="in band")
    trade = whole_lots(name.wanted - name.held, name.lot)
    if not trade:
        return replace(name, note="within one lot")
    note = _too_small(name, trade, portfolio)
    if note:
        return replace(name, note=note)
    return replace(name, trade=trade, note="buy" if trade > 0 else "sell")


def _too_small(name: PricedName, trade: Decimal, portfolio: Portfolio) -> str:
    if abs(trade) < name.instrument.min_size:
        return f"below the minimum size of {name.instrument.min_size}"
    if abs(trade) * name.value < portfolio.min_order_value:
        return f"below the minimum order of {portfolio.min_order_value} {portfolio.currency}"
    return ""


def _pay(decided: dict[str, PricedName], portfolio: Portfolio, book: Book) -> dict[str, PricedName]:
    """Return the names with buys as large as the cash after the buffer and the sells can pay."""
    cash = book.cash - book.net_liquidation * portfolio.cash_buffer
    for name in decided.values():
        if name.trade < 0:
            proceeds = -name.trade * name.sell_limit * unit_value(name.instrument)
            cash += proceeds - fee_allowance(name.trade)
    buying = [i for i, name in decided.items() if name.trade > 0]
    buys = [_wanted_buy(decided[i]) for i in buying]
    paid = dict(decided)
    for instrument_id, buy, quantity in zip(buying, buys, fit_buys(buys, cash), strict=True):
        paid[instrument_id] = _bought(decided[instrument_id], buy, quantity, portfolio)
    return paid


def _wanted_buy(name: PricedName) -> Buy:
    return Buy(
        quantity=name.wanted - name.held,
        lot=name.lot,
        cost=name.buy_limit * unit_value(name.instrument),
    )


def _bought(name: PricedName, buy: Buy, quantity: Decimal, portfolio: Portfolio) -> PricedName:
    if not quantity:
        return replace(name, trade=quantity, note="no cash to buy")
    note = _too_small(name, quantity, portfolio)
    if note:
        return replace(name, trade=Decimal(0), note=f"no cash to buy: {note}")
    short = buy.quantity - quantity >= buy.lot
    return replace(name, trade=quantity, note="buy, cut to the cash" if short else "buy")


def _row(instrument_id: str, name: PricedName) -> PlanRow:
    whole = (name.wanted / name.lot).to_integral_value(ROUND_HALF_EVEN) * name.lot
    return PlanRow(
        instrument_id=instrument_id,
        held=name.held,
        price=name.market.mid,
        weight=name.weight.quantize(WEIGHT_STEP),
        target_weight=name.target_weight,
        target_quantity=name.held + name.trade if name.trade else whole,
        trade=name.trade,
        note=name.note,
    )


def _leg(
    instrument_id: str, name: PricedName, portfolio: Portfolio, book: Book, key: str
) -> PlanLeg:
    return PlanLeg(
        order_ref=order_ref(book.account, portfolio.name, key, instrument_id),
        instrument_id=instrument_id,
        contract=name.instrument.contract,
        side=name.side,
        quantity=abs(name.trade),
        order_type=OrderType.LIMIT,
        limit_price=name.limit,
        tif=TimeInForce.DAY,
        arrival_price=name.market.mid,
    )
