# SPDX-License-Identifier: Apache-2.0
"""From targets and holdings to an order plan.

Rules:
    * Weights are fractions of the net liquidation value after the cash buffer is taken off; a
      holding's weight in the plan is of that same sum, so that the two compare.
    * A name within the drift band of its weight rests. So does one that is less than a lot away,
      and one whose order would be smaller than the minimum; each row says which.
    * A name without a usable price is never traded. Its row has no target quantity, and the limits
      refuse the plan for it.
    * Sells are the first wave; money is changed and buys are made in the second. What sells bring
      is counted at their limit prices, never above.
    * The same book gives the same plan, whatever the order of its mappings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Final

from ib_provider.domain.execution_style import MARKETABLE_LIMIT, InstrumentStyle
from ib_provider.domain.order import OrderType, TimeInForce
from ib_provider.domain.plan_document import seal_plan
from ib_provider.domain.portfolio import (
    Breach,
    OrderPlan,
    PlanLeg,
    PlanRow,
    Portfolio,
    TargetKind,
)
from ib_provider.errors import LimitBreached
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.currency_cover import Changer, Exchange
from ib_provider.rebalance.drift import decide_trades
from ib_provider.rebalance.exit_orders import exit_legs
from ib_provider.rebalance.funding import fund_buys
from ib_provider.rebalance.leg_style import style_breaches, styled
from ib_provider.rebalance.order_ref import order_ref
from ib_provider.rebalance.plan_names import WEIGHT_STEP, PricedName, left_alone, read_names

__all__ = ["make_plan"]

#: Ours, not the process's: the plan must not depend on what another library set.
_ARITHMETIC: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)


def make_plan(portfolio: Portfolio, book: Book, *, key: str, as_of: datetime) -> OrderPlan:
    """Return the sealed plan that takes the book to the portfolio's targets.

    Args:
        portfolio: What is wanted, and how far to go for it.
        book: What is held, and at what prices.
        key: What this rebalance is for: a session date or an ad-hoc id.
        as_of: When the book was read, aware.

    Returns:
        A row for every name that is listed or held, in the portfolio's order, then the unlisted by
        id, then the currency pairs; a leg for every trade, sells first, then the
        exits of their brackets.

    Raises:
        LimitBreached: The book is in another currency, its sums are not numbers, or orders cannot
            be what their styles ask for: an auction whose cut-off has passed, say.
    """
    with localcontext(_ARITHMETIC):
        _check_book(portfolio, book)
        basis = book.net_liquidation - portfolio.buffer(book.net_liquidation)
        names = read_names(portfolio, book, basis=basis)
        priced = [name for name in names.values() if isinstance(name, PricedName)]
        decide_trades(priced, portfolio, book)
        changer = Changer(portfolio, book)
        traded = [name for name in priced if name.trade and name.limit > 0]
        fund_buys(traded, portfolio, book, changer)
        traded = [name for name in traded if name.trade]
        cash, exchanges, missing = changer.settle(traded)
        # Stable: within the sells, and within the buys, the rows' order stays.
        traded.sort(key=lambda name: name.trade > 0)
        sells = sum(name.trade < 0 for name in traded)
        legs = [_leg(name, portfolio, book, key) for name in traded]
        changing = [_exchange_leg(one, portfolio, book, key) for one in exchanges]
        rules = _resolved(portfolio, changing)
        legs[sells:sells] = changing
        legs = _styled(legs, rules, book)
        legs += exit_legs(legs, rules, book, key=key)
        return seal_plan(
            OrderPlan(
                plan_id="",
                account=book.account,
                strategy=portfolio.name,
                key=key,
                currency=book.currency,
                net_liquidation=book.net_liquidation,
                as_of=as_of,
                rows=(
                    *(_row(name) for name in names.values()),
                    *(_exchange_row(one, book) for one in exchanges),
                    *missing,
                ),
                legs=tuple(legs),
                basis=basis,
                rules=rules,
                cash=cash,
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
    elif (buffer := portfolio.buffer(worth)) >= worth:
        breaches.append(
            Breach(
                limit="min_cash",
                subject=book.account,
                found=f"a worth of {worth}",
                allowed=f"more than the {buffer} that stay in cash",
            )
        )
    amounts = {"cash": book.cash, **book.positions}
    amounts |= {f"cash in {currency}": amount for currency, amount in book.balances.items()}
    breaches.extend(
        Breach(limit="book", subject=subject, found=str(amount), allowed="a finite number")
        for subject, amount in amounts.items()
        if not amount.is_finite()
    )
    if breaches:
        raise LimitBreached(breaches)


def _styled(legs: list[PlanLeg], rules: Portfolio, book: Book) -> list[PlanLeg]:
    """Return the legs as the orders of their styles; as they are where all are plain limits."""
    if rules.style == MARKETABLE_LIMIT and not rules.styles:
        return legs
    styles = [rules.style_of(leg.instrument_id) for leg in legs]
    if breaches := style_breaches(legs, styles, book):
        raise LimitBreached(breaches)
    return [styled(leg, style, book) for leg, style in zip(legs, styles, strict=True)]


def _resolved(portfolio: Portfolio, changing: Sequence[PlanLeg]) -> Portfolio:
    """Return the rules of a plan: money is changed by limit orders unless its pair has a style."""
    own = {item.instrument_id for item in portfolio.styles}
    plain = replace(
        MARKETABLE_LIMIT, work_s=portfolio.style.work_s, attempts=portfolio.style.attempts
    )
    pairs = tuple(
        InstrumentStyle(instrument_id=leg.instrument_id, style=plain)
        for leg in changing
        if leg.instrument_id not in own
    )
    return replace(portfolio, targets=(), styles=(*portfolio.styles, *pairs))


def _row(name: PricedName | PlanRow) -> PlanRow:
    if isinstance(name, PlanRow):
        return name
    if name.trade and name.limit <= 0:
        return left_alone(name.target, name.held, "no price: no tick within the collar")
    quote, market = name.quote, name.market
    target = (
        name.held + name.trade
        if name.trade
        else (name.wanted / name.lot).to_integral_value(ROUND_HALF_EVEN) * name.lot
    )
    return PlanRow(
        instrument_id=name.target.instrument_id,
        held=name.held,
        price=market.mid,
        weight=name.weight.quantize(WEIGHT_STEP),
        target_weight=name.target_weight,
        target_quantity=target,
        trade=name.trade,
        note=name.note,
        kind=name.target.kind,
        amount=name.target.amount,
        currency=name.instrument.contract.currency,
        unit=name.unit,
        rate=name.rate,
        bid=market.bid,
        ask=market.ask,
        price_at=quote.ts if quote else None,
        price_kind=quote.data_type.name.lower() if quote else "",
    )


def _leg(name: PricedName, portfolio: Portfolio, book: Book, key: str) -> PlanLeg:
    instrument_id = name.target.instrument_id
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
        wave=1 if name.trade < 0 else 2,
    )


def _exchange_row(one: Exchange, book: Book) -> PlanRow:
    currency = one.instrument.contract.currency
    trade = one.side.sign * one.quantity
    return PlanRow(
        instrument_id=one.instrument.instrument_id,
        held=_ZERO,
        price=one.market.mid,
        weight=_ZERO,
        target_weight=_ZERO,
        target_quantity=trade,
        trade=trade,
        note=one.note,
        kind=TargetKind.QUANTITY,
        amount=trade,
        currency=currency,
        unit=_ONE,
        rate=book.rate(currency),
        bid=one.market.bid,
        ask=one.market.ask,
        price_at=one.quote.ts,
        price_kind=one.quote.data_type.name.lower(),
    )


def _exchange_leg(one: Exchange, portfolio: Portfolio, book: Book, key: str) -> PlanLeg:
    instrument_id = one.instrument.instrument_id
    return PlanLeg(
        order_ref=order_ref(book.account, portfolio.name, key, instrument_id),
        instrument_id=instrument_id,
        contract=one.instrument.contract,
        side=one.side,
        quantity=one.quantity,
        order_type=OrderType.LIMIT,
        limit_price=one.limit,
        tif=TimeInForce.DAY,
        arrival_price=one.market.mid,
        wave=2,
    )
