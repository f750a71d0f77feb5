# SPDX-License-Identifier: Apache-2.0
"""Books of several currencies and of futures, and what executing a plan makes of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.portfolio import OrderPlan, PlanLeg, Target, TargetKind
from ib_provider.rebalance import Book
from ib_provider.rebalance.pricing import unit_value
from ib_provider.rebalance.sizing import fee_allowance
from tests.support.books import a_book, a_quote, an_instrument

__all__ = ["a_future", "a_mixed_book", "a_pair", "filled", "target"]

#: Prices as of March 2013, more or less: SAP in euros, Vodafone in pence, a mini future.
PRICES = {
    "AAPL.NASDAQ": ("430.45", "430.49"),
    "SAP.IBIS": ("60.10", "60.12"),
    "VOD.LSE": ("170.05", "170.10"),
    "ESH13.CME": ("1518.00", "1518.25"),
}
PAIRS = {"EUR/USD.IDEALPRO": ("1.3000", "1.3002"), "GBP/USD.IDEALPRO": ("1.5000", "1.5003")}


def a_pair(instrument_id: str) -> Instrument:
    """Build a currency pair."""
    item = an_instrument(instrument_id, tick="0.00005")
    base, quoted = instrument_id.partition(".")[0].split("/")
    contract = replace(
        item.contract, symbol=base, currency=quoted, sec_type=SecType.CASH, exchange="IDEALPRO"
    )
    return replace(item, contract=contract)


def a_future(instrument_id: str = "ESH13.CME", *, multiplier: str = "50") -> Instrument:
    """Build a future."""
    item = an_instrument(instrument_id, tick="0.25")
    contract = replace(item.contract, sec_type=SecType.FUT, multiplier=multiplier, exchange="CME")
    return replace(item, contract=contract)


def a_mixed_book(
    positions: dict[str, str] | None = None, *, balances: dict[str, str] | None = None
) -> Book:
    """Build a dollar account that may hold US, German and British stocks, and a future."""
    cash = {k: Decimal(v) for k, v in (balances or {"USD": "1000000"}).items()}
    rates = {"EUR": Decimal("1.3001"), "GBP": Decimal("1.50015")}
    book = a_book({}, cash="1", prices=PRICES | PAIRS)
    known = {
        "AAPL.NASDAQ": an_instrument("AAPL.NASDAQ"),
        "SAP.IBIS": an_instrument("SAP.IBIS", currency="EUR"),
        "VOD.LSE": an_instrument("VOD.LSE", currency="GBP", magnifier=100, tick="0.05"),
        "ESH13.CME": a_future(),
        **{name: a_pair(name) for name in PAIRS},
    }
    held = {name: Decimal(units) for name, units in (positions or {}).items()}
    total = sum((cash[c] * rates.get(c, Decimal(1)) for c in cash), Decimal(0))
    worth = total
    for name, units in held.items():
        quote, item = book.quotes[name], known[name]
        rate = rates.get(item.contract.currency, Decimal(1))
        if quote.mid is not None and item.contract.sec_type is SecType.STK:
            worth += units * quote.mid * unit_value(item) * rate
    return replace(
        book,
        net_liquidation=worth,
        cash=total,
        positions=held,
        instruments=known,
        balances=cash,
        rates=rates,
        quotes={
            name: a_quote(bid, ask, instrument_id=name)
            for name, (bid, ask) in (PRICES | PAIRS).items()
        },
    )


def filled(plan: OrderPlan, book: Book, *, at_worst: bool = True) -> Book:
    """Return the book when every order has filled at its limit and paid its fee, or at mid."""
    positions, balances = dict(book.positions), dict(book.balances)
    for leg in plan.legs:
        item = book.instruments[leg.instrument_id]
        contract, units = item.contract, leg.side.sign * leg.quantity
        price = leg.limit_price if at_worst else leg.arrival_price
        money = -units * price * unit_value(item)
        if contract.sec_type is SecType.CASH:
            balances[contract.symbol] = balances.get(contract.symbol, Decimal(0)) + units
        else:
            positions[leg.instrument_id] = positions.get(leg.instrument_id, Decimal(0)) + units
        if contract.sec_type is not SecType.FUT:
            balances[contract.currency] = balances.get(contract.currency, Decimal(0)) + money
        if at_worst:
            fee = _fee(leg)
            balances[book.currency] = balances.get(book.currency, Decimal(0)) - fee
    cash = sum((balances[c] * (book.rate(c) or 0) for c in balances), Decimal(0))
    return replace(book, positions=positions, balances=balances, cash=cash)


def target(instrument_id: str, **unit: str | bool) -> Target:
    """Build a target of one unit: ``weight="0.1"``, ``hold=True`` …."""
    ((name, amount),) = unit.items()
    kind = TargetKind(name)
    return Target(
        instrument_id=instrument_id,
        kind=kind,
        amount=Decimal(0) if isinstance(amount, bool) else Decimal(amount),
    )


def _fee(leg: PlanLeg) -> Decimal:
    if leg.contract.sec_type is SecType.CASH:
        return max(Decimal(2), leg.quantity * leg.limit_price * Decimal("0.00002"))
    return fee_allowance(leg.quantity, leg.contract.sec_type)
