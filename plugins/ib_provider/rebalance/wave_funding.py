# SPDX-License-Identifier: Apache-2.0
"""What a later wave may be for, once the waves before it are done: never more than was approved.

Rules:
    * Buys shrink together to the cash that is there, after the buffer, at their approved limit
      prices with fees for every attempt they may need. None grows.
    * The cash is the broker's word or, where that is less, what there was when the plan was made
      with what the executions brought since: neither a late balance nor somebody's deposit is
      spent.
    * Money is changed for what the cut buys lack, in the direction and up to the amount approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Execution
from ib_provider.domain.portfolio import (
    Breach,
    OrderPlan,
    PlanLeg,
    Portfolio,
    Target,
    TargetKind,
)
from ib_provider.errors import LimitBreached
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.currency_cover import Changer
from ib_provider.rebalance.funding import fund_buys
from ib_provider.rebalance.plan_names import PricedName
from ib_provider.rebalance.pricing import Market, instrument_problem, read_market, unit_value
from ib_provider.rebalance.sizing import fee_allowance, lot_of

__all__ = ["SizedLeg", "size_wave"]

_ARITHMETIC: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedLeg:
    """What a leg may be for, and why it is less than was approved."""

    quantity: Decimal
    note: str = ""


def size_wave(
    plan: OrderPlan, book: Book, *, wave: int, executions: Iterable[Execution]
) -> dict[int, SizedLeg]:
    """Return the size of each leg of a wave, by its place in the plan.

    Args:
        plan: Whose earlier waves are done.
        book: The account now.
        wave: The wave that is to be sent.
        executions: Of the plan's orders, all of them.

    Raises:
        LimitBreached: What an instrument costs cannot be told.
    """
    legs = {index: leg for index, leg in enumerate(plan.legs) if leg.wave == wave}
    rules = plan.rules
    if rules is None:
        return {index: SizedLeg(quantity=leg.quantity) for index, leg in legs.items()}
    with localcontext(_ARITHMETIC):
        _refuse_unknown(legs.values(), book)
        book = replace(book, cash=_cash(plan, book, executions) - _later_fees(plan, legs.values()))
        rules = replace(rules, targets=tuple(_target(leg) for leg in legs.values()))
        changer = Changer(rules, book)
        names = {
            index: _name(leg, rules, book)
            for index, leg in legs.items()
            if leg.contract.sec_type is not SecType.CASH
        }
        fund_buys(list(names.values()), rules, book, changer)
        _, exchanges, _ = changer.settle(name for name in names.values() if name.trade)
        changed = {(one.instrument.instrument_id, one.side): one.quantity for one in exchanges}
        return {
            index: _sized(leg, abs(names[index].trade))
            if index in names
            else _sized(leg, min(leg.quantity, changed.get((leg.instrument_id, leg.side), _ZERO)))
            for index, leg in legs.items()
        }


def _sized(leg: PlanLeg, quantity: Decimal) -> SizedLeg:
    if quantity == leg.quantity:
        return SizedLeg(quantity=quantity)
    if leg.contract.sec_type is SecType.CASH:
        return SizedLeg(quantity=quantity, note="cut to what the buys lack")
    return SizedLeg(quantity=quantity, note="cut to the cash that was freed")


def _refuse_unknown(legs: Iterable[PlanLeg], book: Book) -> None:
    breaches = [
        Breach(
            limit="instrument",
            subject=leg.instrument_id,
            found=problem,
            allowed="one that can be traded",
        )
        for leg in legs
        if (problem := instrument_problem(book.instruments.get(leg.instrument_id), book))
    ]
    if not book.cash.is_finite():
        breaches.append(
            Breach(
                limit="cash", subject=book.account, found=str(book.cash), allowed="a finite number"
            )
        )
    if breaches:
        raise LimitBreached(breaches)


def _cash(plan: OrderPlan, book: Book, executions: Iterable[Execution]) -> Decimal:
    """Return what may be counted on, in the book's currency."""
    if not plan.cash:
        return book.cash
    worth = [(row.before, book.rate(row.currency)) for row in plan.cash]
    if any(rate is None for _, rate in worth):
        return book.cash
    known = sum((before * rate for before, rate in worth if rate is not None), _ZERO)
    units = _units(plan, book)
    for execution in executions:
        if (unit := units.get(execution.contract.con_id)) is None:
            continue
        known -= execution.side.sign * execution.quantity * execution.price * unit
        known -= fee_allowance(execution.quantity, execution.contract.sec_type)
    return min(book.cash, known)


def _units(plan: OrderPlan, book: Book) -> Mapping[int, Decimal]:
    """Return what a unit of price is worth of each contract whose trades move cash."""
    found: dict[int, Decimal] = {}
    for leg in plan.legs:
        instrument = book.instruments.get(leg.instrument_id)
        rate = book.rate(leg.contract.currency)
        if instrument is None or rate is None or leg.contract.sec_type is not SecType.STK:
            continue
        found[leg.contract.con_id] = unit_value(instrument) * rate
    return found


def _later_fees(plan: OrderPlan, legs: Iterable[PlanLeg]) -> Decimal:
    """Return what orders after the first of each leg may cost in minimum fees."""
    return sum(
        (
            (plan.style_of(leg).attempts - 1) * fee_allowance(_ZERO)
            for leg in legs
            if leg.contract.sec_type is not SecType.CASH
        ),
        _ZERO,
    )


def _target(leg: PlanLeg) -> Target:
    return Target(
        instrument_id=leg.instrument_id,
        kind=TargetKind.QUANTITY,
        amount=leg.side.sign * leg.quantity,
    )


def _name(leg: PlanLeg, rules: Portfolio, book: Book) -> PricedName:
    """Return a leg as a name whose trade may only become smaller."""
    instrument = book.instruments[leg.instrument_id]
    held = book.positions.get(leg.instrument_id, _ZERO)
    market = read_market(book.quotes.get(leg.instrument_id))
    market = market or Market(bid=leg.arrival_price, ask=leg.arrival_price)
    unit, rate = unit_value(instrument), book.rate(leg.contract.currency) or _ZERO
    trade = leg.side.sign * leg.quantity
    return PricedName(
        instrument=instrument,
        quote=book.quotes.get(leg.instrument_id),
        market=market,
        target=_target(leg),
        is_listed=True,
        held=held,
        unit=unit,
        rate=rate,
        value=market.mid * unit * rate,
        weight=_ZERO,
        target_weight=_ZERO,
        wanted=held + trade,
        lot=lot_of(instrument, fractions=rules.fractions and held >= 0),
        trade=trade,
        limit=leg.limit_price,
        is_capped=True,
    )
