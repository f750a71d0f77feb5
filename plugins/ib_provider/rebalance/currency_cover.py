# SPDX-License-Identifier: Apache-2.0
"""What a plan leaves in each currency, and the orders that cover what one of them lacks.

Rules:
    * A currency that a plan overdraws is a row of the plan, never a silence: IB lends it.
    * With ``fx: cover`` it is bought against the account's own currency, in the pair and the
      direction that the market quotes; a debit of the account's own currency is covered by selling
      what there is of others.
    * A debit below ``min_fx_value``, or below the pair's smallest order, stays and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from ib_provider.domain.contract import Instrument
from ib_provider.domain.order import Side
from ib_provider.domain.portfolio import CashRow, PlanRow, Portfolio, Target, TargetKind
from ib_provider.domain.quote import Quote
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.plan_names import PricedName, left_alone
from ib_provider.rebalance.pricing import (
    BASIS_POINT,
    Market,
    instrument_problem,
    limit_price,
    quote_problem,
    read_market,
)
from ib_provider.rebalance.sizing import fee_allowance, lot_of, whole_lots
from ib_provider.symbology.currency_pair import conventional_pair, pair_id

__all__ = ["Changer", "Exchange"]

_ZERO: Final = Decimal(0)

#: IB's rate for spot currency is 0.2 basis points and at least 2 dollars; twice of both.
_FX_FEE: Final = Decimal("0.4") * BASIS_POINT
_FX_FEE_MINIMUM: Final = Decimal(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One order that changes money; ``quantity`` is in the pair's base currency."""

    instrument: Instrument
    quote: Quote
    market: Market
    side: Side
    quantity: Decimal
    limit: Decimal
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The market between a foreign currency and the book's, with the worst prices of orders."""

    instrument: Instrument
    quote: Quote
    market: Market
    buy_limit: Decimal
    sell_limit: Decimal
    is_base: bool

    @property
    def purchase(self) -> Decimal:
        """Return what one unit of the foreign currency costs at worst, in the book's."""
        return self.buy_limit if self.is_base else 1 / self.sell_limit

    @property
    def sale(self) -> Decimal:
        """Return what one unit of the foreign currency brings at worst, in the book's."""
        return self.sell_limit if self.is_base else 1 / self.buy_limit


class Changer:
    """Changes money of one book by the rules of one portfolio."""

    def __init__(self, portfolio: Portfolio, book: Book) -> None:
        self._portfolio, self._book = portfolio, book
        self._covers = portfolio.fx == "cover"
        self._pairs: dict[str, _Pair | None] = {}

    def worst_purchase(self, currency: str, rate: Decimal) -> Decimal:
        """Return what one unit of a currency costs at worst, in the book's currency."""
        pair = self._pair(currency)
        return rate if pair is None else max(rate, pair.purchase) * (1 + _FX_FEE)

    def worst_sale(self, currency: str, rate: Decimal) -> Decimal:
        """Return what one unit of a currency brings at worst, in the book's currency."""
        pair = self._pair(currency)
        return rate if pair is None else min(rate, pair.sale) * (1 - _FX_FEE)

    def reserve(self) -> Decimal:
        """Return what changing the money that is there may cost, in the book's currency."""
        if not self._covers:
            return _ZERO
        lost = _ZERO
        for currency in sorted(self._currencies()):
            rate, held = self._book.rate(currency), self._book.balances.get(currency, _ZERO)
            lost += _FX_FEE_MINIMUM + _FEE_SPARE
            if rate is None:
                continue
            if held > 0:
                lost += held * (rate - self.worst_sale(currency, rate))
            else:
                lost -= held * (self.worst_purchase(currency, rate) - rate)
        return lost

    def settle(
        self, names: Iterable[PricedName]
    ) -> tuple[tuple[CashRow, ...], tuple[Exchange, ...], tuple[PlanRow, ...]]:
        """Return the cash of each currency, the orders that change money, and rows of neither.

        Returns:
            Rows by currency, the book's own first; orders in the same order; a row without a
            target for each pair that is needed and has no market, for which the limits refuse.
        """
        before = dict(self._book.balances) or {self._book.currency: self._book.cash}
        after = _after_trades(before, names, self._book)
        notes: dict[str, str] = {}
        exchanges: list[Exchange] = []
        missing: list[PlanRow] = []
        if self._covers:
            for currency, amount in self._needs(after, notes):
                pair = self._pair(currency)
                if pair is None:
                    missing.append(self._unpriced(currency))
                elif exchange := self._exchange(currency, amount, pair, after, notes):
                    exchanges.append(exchange)
        rows = tuple(
            CashRow(
                currency=currency,
                rate=self._book.rate(currency) or _ZERO,
                before=before.get(currency, _ZERO),
                after=after[currency],
                note=_debit_note(after[currency], notes.get(currency, "borrowed from IB")),
            )
            for currency in sorted(after, key=lambda item: (item != self._book.currency, item))
        )
        return rows, tuple(exchanges), tuple(missing)

    def _currencies(self) -> set[str]:
        """Return the foreign currencies that a plan may have to change."""
        traded = {
            instrument.contract.currency
            for target in self._portfolio.targets
            if (instrument := self._book.instruments.get(target.instrument_id)) is not None
        }
        return (traded | set(self._book.balances)) - {self._book.currency}

    def _needs(
        self, after: Mapping[str, Decimal], notes: dict[str, str]
    ) -> list[tuple[str, Decimal]]:
        """Return the foreign amounts to buy and, below zero, to sell: debits, then surpluses."""
        own = self._book.currency
        needs: list[tuple[str, Decimal]] = []
        base = after.get(own, _ZERO)
        foreign = sorted(currency for currency in after if currency != own)
        for currency in foreign:
            rate = self._book.rate(currency)
            if after[currency] >= 0 or rate is None:
                continue
            if -after[currency] * rate < self._portfolio.min_fx_value:
                notes[currency] = f"a debit below {self._portfolio.min_fx_value} {own} is left"
                continue
            needs.append((currency, -after[currency]))
            base += after[currency] * self.worst_purchase(currency, rate)
        for currency in foreign:
            rate = self._book.rate(currency)
            if base >= 0 or after[currency] <= 0 or rate is None:
                continue
            worst = self.worst_sale(currency, rate)
            sold = min(after[currency], -base / worst)
            if sold * rate >= max(self._portfolio.min_fx_value, Decimal(1)):
                needs.append((currency, -sold))
                base += sold * worst
        return sorted(needs, key=lambda need: need[1] > 0)

    def _exchange(
        self,
        currency: str,
        amount: Decimal,
        pair: _Pair,
        after: dict[str, Decimal],
        notes: dict[str, str],
    ) -> Exchange | None:
        """Return the order that brings ``amount`` of a currency, and count its money."""
        is_buy = (amount > 0) == pair.is_base
        limit = pair.buy_limit if is_buy else pair.sell_limit
        units = abs(amount) if pair.is_base else abs(amount) / limit
        lot = lot_of(pair.instrument)
        quantity = (units / lot).to_integral_value(ROUND_CEILING) * lot
        if amount < 0 and pair.is_base:
            quantity = min(quantity, whole_lots(after[currency], lot))
        if quantity < max(pair.instrument.min_size, lot):
            notes[currency] = f"a debit below the pair's smallest order of {lot} is left"
            return None
        base, quoted = conventional_pair(currency, self._book.currency)
        sign = 1 if is_buy else -1
        after[base] = after.get(base, _ZERO) + sign * quantity
        after[quoted] = after.get(quoted, _ZERO) - sign * quantity * limit
        what = "cover" if amount > 0 else "sell for"
        return Exchange(
            instrument=pair.instrument,
            quote=pair.quote,
            market=pair.market,
            side=Side.BUY if is_buy else Side.SELL,
            quantity=quantity,
            limit=limit,
            note=f"{what} {currency if amount > 0 else self._book.currency}",
        )

    def _pair(self, currency: str) -> _Pair | None:
        """Return the pair of a foreign currency, where money is changed and it has a market."""
        if not self._covers or currency == self._book.currency:
            return None
        if currency not in self._pairs:
            self._pairs[currency] = self._read_pair(currency)
        return self._pairs[currency]

    def _read_pair(self, currency: str) -> _Pair | None:
        name = pair_id(currency, self._book.currency)
        instrument, quote = self._book.instruments.get(name), self._book.quotes.get(name)
        market = read_market(quote)
        if instrument is None or quote is None or market is None:
            return None
        if instrument_problem(instrument, self._book):
            return None
        buy_limit, sell_limit = (
            limit_price(
                market,
                side,
                collar_bp=self._portfolio.collar_bp,
                ladder=self._book.ladder(instrument),
            )
            for side in (Side.BUY, Side.SELL)
        )
        if buy_limit <= 0:
            return None
        return _Pair(
            instrument=instrument,
            quote=quote,
            market=market,
            buy_limit=buy_limit,
            sell_limit=sell_limit,
            is_base=conventional_pair(currency, self._book.currency)[0] == currency,
        )

    def _unpriced(self, currency: str) -> PlanRow:
        name = pair_id(currency, self._book.currency)
        instrument = self._book.instruments.get(name)
        reason = instrument_problem(instrument, self._book) or quote_problem(
            self._book.quotes.get(name)
        )
        target = Target(instrument_id=name, kind=TargetKind.QUANTITY, amount=Decimal(1))
        return left_alone(target, _ZERO, f"no price: {reason or 'no step within the collar'}")


#: A fee may be charged in the currency that was traded: it then makes one more unit of debit.
_FEE_SPARE: Final = Decimal(2)


def _after_trades(
    before: Mapping[str, Decimal], names: Iterable[PricedName], book: Book
) -> dict[str, Decimal]:
    """Return the cash of each currency when every order has filled at its limit, fees paid."""
    after = dict(before)
    after.setdefault(book.currency, _ZERO)
    for name in names:
        contract = name.instrument.contract
        paid = fee_allowance(name.trade, contract.sec_type) / name.rate
        if name.is_funded:
            paid += name.trade * name.limit * name.unit
        after[contract.currency] = after.get(contract.currency, _ZERO) - paid
    return after


def _debit_note(after: Decimal, note: str) -> str:
    return note if after < 0 else ""
