# SPDX-License-Identifier: Apache-2.0
"""Every name a plan is about: priced, or with the reason why it is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.order import Side
from ib_provider.domain.portfolio import PlanRow, Portfolio, Target, TargetKind
from ib_provider.domain.quote import Quote
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.no_market import market_stop
from ib_provider.rebalance.pricing import (
    Market,
    instrument_problem,
    quote_problem,
    read_market,
    unit_value,
)
from ib_provider.rebalance.sizing import lot_of

__all__ = ["WEIGHT_STEP", "PricedName", "left_alone", "read_names"]

#: How finely a plan shows weights.
WEIGHT_STEP: Final = Decimal("0.000001")

_ZERO: Final = Decimal(0)


@dataclass(slots=True, kw_only=True)
class PricedName:
    """One instrument with a usable price, on its way to a row and perhaps an order.

    Not frozen, as values are elsewhere: 5,000 of them are decided on in a fifth of a second.

    Attributes:
        is_listed: Whether the portfolio names it; else it is swept.
        unit: Of one contract in its own currency, for each unit of price.
        rate: Of that currency in the book's.
        value: Of one contract at the mid, in the book's currency.
        wanted: Units to hold, not yet whole.
        trade: Units to buy or, below zero, to sell; whole lots.
        limit: The worst price that ``trade`` may have; zero until there is one.
        is_capped: Whether a cap made the trade smaller than what was wanted.
    """

    instrument: Instrument
    quote: Quote | None
    market: Market
    target: Target
    is_listed: bool
    held: Decimal
    unit: Decimal
    rate: Decimal
    value: Decimal
    weight: Decimal
    target_weight: Decimal
    wanted: Decimal
    lot: Decimal
    trade: Decimal = _ZERO
    limit: Decimal = _ZERO
    note: str = ""
    is_capped: bool = False

    @property
    def side(self) -> Side:
        """Return what its trade is."""
        return Side.BUY if self.trade > 0 else Side.SELL

    @property
    def is_funded(self) -> bool:
        """Return whether it is paid in full: a future is not, it is held on margin."""
        return self.instrument.contract.sec_type is not SecType.FUT


def read_names(
    portfolio: Portfolio, book: Book, *, basis: Decimal
) -> dict[str, PricedName | PlanRow]:
    """Return every listed or held name: priced, or the row that says why it is left alone.

    Args:
        portfolio: What is wanted.
        book: What is held, and at what prices.
        basis: What weights are fractions of, above zero.
    """
    names: dict[str, PricedName | PlanRow] = {}
    for target in portfolio.targets:
        if target.kind is TargetKind.HOLD:
            names[target.instrument_id] = _kept(target, book, basis, note="held as told")
        else:
            names[target.instrument_id] = _name(target, portfolio, book, basis, is_listed=True)
    for instrument_id in sorted(set(book.positions) - set(names)):
        if not book.positions[instrument_id]:
            continue
        if instrument_id in book.untradable:
            target = Target(instrument_id=instrument_id, kind=TargetKind.HOLD)
            names[instrument_id] = _kept(target, book, basis, note="untradable, left alone")
        elif portfolio.unlisted == "sweep" and not _is_cash(book.instruments.get(instrument_id)):
            target = Target(instrument_id=instrument_id, kind=TargetKind.CLOSE)
            names[instrument_id] = _name(target, portfolio, book, basis, is_listed=False)
        else:
            target = Target(instrument_id=instrument_id, kind=TargetKind.HOLD)
            names[instrument_id] = _kept(target, book, basis, note="kept, not listed")
    return names


def _is_cash(instrument: Instrument | None) -> bool:
    """Return whether it is a currency pair: what IB shows of those is cash, not a holding."""
    return instrument is not None and instrument.contract.sec_type is SecType.CASH


def _name(
    target: Target, portfolio: Portfolio, book: Book, basis: Decimal, *, is_listed: bool
) -> PricedName | PlanRow:
    instrument_id = target.instrument_id
    held = book.positions.get(instrument_id, _ZERO)
    instrument = book.instruments.get(instrument_id)
    quote = book.quotes.get(instrument_id)
    problem = instrument_problem(instrument, book)
    if not problem and _is_cash(instrument):
        problem = "a currency pair is no holding"
    if instrument is None or problem:
        return left_alone(target, held, f"not tradable: {problem}")
    if portfolio.no_market == "skip" and (stop := market_stop(instrument_id, book)):
        return _kept(target, book, basis, note=f"{stop}, skipped")
    market = read_market(quote)
    rate = book.rate(instrument.contract.currency)
    if market is None or quote is None or rate is None:
        return left_alone(target, held, f"no price: {quote_problem(quote)}")
    unit = unit_value(instrument)
    value = market.mid * unit * rate
    target_weight, wanted = _wanted(target, basis, value)
    fractions = portfolio.fractions and wanted >= 0 and held >= 0
    return PricedName(
        instrument=instrument,
        quote=quote,
        market=market,
        target=target,
        is_listed=is_listed,
        held=held,
        unit=unit,
        rate=rate,
        value=value,
        weight=held * value / basis,
        target_weight=target_weight,
        wanted=wanted,
        lot=lot_of(instrument, fractions=fractions),
    )


def _wanted(target: Target, basis: Decimal, value: Decimal) -> tuple[Decimal, Decimal]:
    """Return the weight and the units that a target asks for."""
    if target.kind is TargetKind.WEIGHT:
        return target.amount, target.amount * basis / value
    if target.kind is TargetKind.NOTIONAL:
        return target.amount / basis, target.amount / value
    if target.kind is TargetKind.QUANTITY:
        return target.amount * value / basis, target.amount
    return _ZERO, _ZERO


def left_alone(target: Target, held: Decimal, note: str) -> PlanRow:
    """Return the row of a name that cannot be traded; harmless where there is nothing to trade."""
    idle = not held and not target.amount
    return PlanRow(
        instrument_id=target.instrument_id,
        held=held,
        price=None,
        weight=None if held else _ZERO,
        target_weight=target.amount if target.kind is TargetKind.WEIGHT else _ZERO,
        target_quantity=_ZERO if idle else None,
        trade=_ZERO,
        note="neither held nor wanted" if idle else note,
        kind=target.kind,
        amount=target.amount,
    )


def _kept(target: Target, book: Book, basis: Decimal, *, note: str) -> PlanRow:
    instrument_id = target.instrument_id
    held = book.positions.get(instrument_id, _ZERO)
    quote = book.quotes.get(instrument_id)
    market = read_market(quote)
    instrument = book.instruments.get(instrument_id)
    weight, unit, rate = None, None, None
    if instrument is not None and market and not instrument_problem(instrument, book):
        unit, rate = unit_value(instrument), book.rate(instrument.contract.currency)
        weight = (held * market.mid * unit * (rate or _ZERO) / basis).quantize(WEIGHT_STEP)
    return PlanRow(
        instrument_id=instrument_id,
        held=held,
        price=market.mid if market else None,
        weight=weight,
        target_weight=weight or _ZERO,
        target_quantity=held,
        trade=_ZERO,
        note=note,
        kind=target.kind,
        currency=instrument.contract.currency if instrument else "",
        unit=unit,
        rate=rate,
        bid=market.bid if market else None,
        ask=market.ask if market else None,
        price_at=quote.ts if quote else None,
        price_kind=quote.data_type.name.lower() if quote else "",
    )
