# SPDX-License-Identifier: Apache-2.0
"""Every name a plan is about: priced, or with the reason why it is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Instrument
from ib_provider.domain.order import Side
from ib_provider.domain.portfolio import PlanRow, Portfolio
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.pricing import (
    Market,
    instrument_problem,
    limit_price,
    quote_problem,
    read_market,
    unit_value,
)
from ib_provider.rebalance.sizing import lot_of

__all__ = ["WEIGHT_STEP", "PricedName", "read_names"]

#: How finely a plan shows weights.
WEIGHT_STEP: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedName:
    """One instrument with a usable price, on its way to a row and perhaps an order.

    Attributes:
        wanted: Units to hold, not yet whole.
        value: Of one unit at the mid, in the book's currency.
        trade: Units to buy or, below zero, to sell; whole lots.
    """

    instrument: Instrument
    market: Market
    held: Decimal
    target_weight: Decimal
    weight: Decimal
    wanted: Decimal
    value: Decimal
    buy_limit: Decimal
    sell_limit: Decimal
    trade: Decimal = Decimal(0)
    note: str = ""

    @property
    def lot(self) -> Decimal:
        """Return the step of its orders."""
        return lot_of(self.instrument)

    @property
    def side(self) -> Side:
        """Return what its trade is."""
        return Side.BUY if self.trade > 0 else Side.SELL

    @property
    def limit(self) -> Decimal:
        """Return the worst price its trade may have."""
        return self.buy_limit if self.trade > 0 else self.sell_limit


def read_names(portfolio: Portfolio, book: Book) -> dict[str, PricedName | PlanRow]:
    """Return every listed or held name: priced, or the row that says why it is left alone."""
    names: dict[str, PricedName | PlanRow] = {
        target.instrument_id: _name(target.instrument_id, target.weight, portfolio, book)
        for target in portfolio.targets
    }
    for instrument_id in sorted(set(book.positions) - set(names)):
        held = book.positions[instrument_id]
        if not held:
            continue
        if portfolio.unlisted == "sweep" and instrument_id not in book.untradable:
            names[instrument_id] = _name(instrument_id, Decimal(0), portfolio, book)
        else:
            names[instrument_id] = _kept(instrument_id, held, portfolio, book)
    return names


def _name(
    instrument_id: str, weight: Decimal, portfolio: Portfolio, book: Book
) -> PricedName | PlanRow:
    held = book.positions.get(instrument_id, Decimal(0))
    instrument = book.instruments.get(instrument_id)
    quote = book.quotes.get(instrument_id)
    market = read_market(quote)
    problem = instrument_problem(instrument, book.currency)
    if instrument is None or problem:
        return _left_alone(instrument_id, held, weight, f"not tradable: {problem}")
    if market is None:
        return _left_alone(instrument_id, held, weight, f"no price: {quote_problem(quote)}")
    buy_limit, sell_limit = (
        limit_price(market, side, collar_bp=portfolio.collar_bp, min_tick=instrument.min_tick)
        for side in (Side.BUY, Side.SELL)
    )
    if buy_limit <= 0 or sell_limit <= 0:
        return _left_alone(instrument_id, held, weight, "no price: no tick within the collar")
    basis = _basis(portfolio, book)
    value = market.mid * unit_value(instrument)
    return PricedName(
        instrument=instrument,
        market=market,
        held=held,
        target_weight=weight,
        weight=held * value / basis,
        wanted=weight * basis / value,
        value=value,
        buy_limit=buy_limit,
        sell_limit=sell_limit,
    )


def _basis(portfolio: Portfolio, book: Book) -> Decimal:
    return book.net_liquidation * (1 - portfolio.cash_buffer)


def _left_alone(instrument_id: str, held: Decimal, target: Decimal, note: str) -> PlanRow:
    idle = not held and not target
    return PlanRow(
        instrument_id=instrument_id,
        held=held,
        price=None,
        weight=None if held else Decimal(0),
        target_weight=target,
        target_quantity=Decimal(0) if idle else None,
        trade=Decimal(0),
        note="neither held nor wanted" if idle else note,
    )


def _kept(instrument_id: str, held: Decimal, portfolio: Portfolio, book: Book) -> PlanRow:
    market = read_market(book.quotes.get(instrument_id))
    instrument = book.instruments.get(instrument_id)
    weight = None
    if instrument is not None and market and not instrument_problem(instrument, book.currency):
        value = held * market.mid * unit_value(instrument)
        weight = (value / _basis(portfolio, book)).quantize(WEIGHT_STEP)
    return PlanRow(
        instrument_id=instrument_id,
        held=held,
        price=market.mid if market else None,
        weight=weight,
        target_weight=weight or Decimal(0),
        target_quantity=held,
        trade=Decimal(0),
        note="untradable, left alone" if instrument_id in book.untradable else "kept, not listed",
    )
