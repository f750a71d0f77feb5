# SPDX-License-Identifier: Apache-2.0
"""Builders of instruments, quotes, books, portfolios and limits for tests of rebalancing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ib_provider.domain.account import TradingMode
from ib_provider.domain.contract import Contract, Instrument, SecType
from ib_provider.domain.limits import Breach, Limits
from ib_provider.domain.order_history import OrderHistory
from ib_provider.domain.portfolio import OrderPlan, PlanLeg, Portfolio, Target
from ib_provider.domain.quote import MarketDataType, Quote
from ib_provider.rebalance import Book, check_limits
from ib_provider.rebalance.pricing import unit_value

__all__ = [
    "AT",
    "CON_IDS",
    "MARCH_2013",
    "a_book",
    "a_limits",
    "a_portfolio",
    "a_quote",
    "an_instrument",
    "breaches_of",
    "cash_after",
    "executed",
]

AT = datetime(2013, 3, 4, 15, 0, tzinfo=UTC)
CON_IDS = {
    "AAPL.NASDAQ": 265598,
    "GOOG.NASDAQ": 30351181,
    "IBM.NYSE": 8314,
    "MSFT.NASDAQ": 272093,
    "FB.NASDAQ": 107113386,
}

#: Bid and ask about the closes of the first of March 2013.
MARCH_2013 = {
    "AAPL.NASDAQ": ("430.45", "430.49"),
    "GOOG.NASDAQ": ("806.15", "806.23"),
    "IBM.NYSE": ("202.90", "202.92"),
    "MSFT.NASDAQ": ("27.95", "27.96"),
    "FB.NASDAQ": ("27.77", "27.79"),
}


def an_instrument(
    instrument_id: str = "AAPL.NASDAQ",
    *,
    tick: str = "0.01",
    lot: str = "1",
    magnifier: int = 1,
    currency: str = "USD",
) -> Instrument:
    """Build a stock."""
    symbol, _, venue = instrument_id.partition(".")
    contract = Contract(
        con_id=CON_IDS.get(instrument_id, 1000 + sum(map(ord, instrument_id))),
        symbol=symbol,
        exchange="SMART",
        primary_exchange=venue,
        currency=currency,
        local_symbol=symbol,
    )
    return Instrument(
        instrument_id=instrument_id,
        contract=contract,
        long_name=symbol,
        time_zone="America/New_York",
        min_tick=Decimal(tick),
        price_magnifier=magnifier,
        min_size=Decimal(lot),
        size_increment=Decimal(lot),
        valid_exchanges=("SMART", venue),
        market_rule_ids=(26,),
        trading_hours="",
        liquid_hours="",
        industry="",
        category="",
        stock_type="COMMON",
        isin="",
        seen_at=AT,
    )


def a_quote(
    bid: str | None,
    ask: str | None,
    *,
    instrument_id: str = "AAPL.NASDAQ",
    close: str | None = "same",
    halted: bool | None = None,
    at: datetime = AT,
    kind: MarketDataType = MarketDataType.LIVE,
) -> Quote:
    """Build a quote; its previous close is its bid unless one is given."""
    previous = bid if close == "same" else close
    return Quote(
        con_id=an_instrument(instrument_id).contract.con_id,
        ts=at,
        data_type=kind,
        bid=None if bid is None else Decimal(bid),
        ask=None if ask is None else Decimal(ask),
        close=None if previous is None else Decimal(previous),
        halted=halted,
    )


def a_book(
    positions: Mapping[str, str | Decimal] | None = None,
    *,
    cash: str | Decimal = "1000000",
    prices: Mapping[str, tuple[str, str]] | None = None,
    net_liquidation: str | Decimal | None = None,
    **instruments: Instrument,
) -> Book:
    """Build a book; its net liquidation value is cash and holdings at mid unless one is given."""
    prices = MARCH_2013 if prices is None else prices
    known = {i: an_instrument(i) for i in prices}
    known.update({item.instrument_id: item for item in instruments.values()})
    held = {i: Decimal(quantity) for i, quantity in (positions or {}).items()}
    quotes = {i: a_quote(bid, ask, instrument_id=i) for i, (bid, ask) in prices.items()}
    worth = Decimal(cash)
    for instrument_id, quantity in held.items():
        quote = quotes.get(instrument_id)
        if quote is not None and quote.mid is not None:
            worth += quantity * quote.mid * unit_value(known[instrument_id])
    return Book(
        account="DU1000001",
        currency="USD",
        net_liquidation=worth if net_liquidation is None else Decimal(net_liquidation),
        cash=Decimal(cash),
        positions=held,
        instruments=known,
        quotes=quotes,
    )


def a_portfolio(
    weights: Mapping[str, str | Decimal] | None = None,
    *,
    buffer: str = "0.02",
    band: str = "0.01",
    collar_bp: str = "30",
    unlisted: str = "keep",
    minimum: str = "500",
    **more: Any,
) -> Portfolio:
    """Build a portfolio; the demo's weights by default."""
    if weights is None:
        weights = {
            "AAPL.NASDAQ": "0.25",
            "GOOG.NASDAQ": "0.25",
            "IBM.NYSE": "0.20",
            "MSFT.NASDAQ": "0.20",
            "FB.NASDAQ": "0.05",
        }
    return Portfolio(
        name="demo",
        currency="USD",
        targets=tuple(Target(instrument_id=i, amount=Decimal(w)) for i, w in weights.items()),
        cash_buffer=Decimal(buffer),
        drift_band=Decimal(band),
        collar_bp=Decimal(collar_bp),
        unlisted=unlisted,
        min_order_value=Decimal(minimum),
        **more,
    )


def a_limits() -> Limits:
    """Build limits that the demo's plan passes."""
    return Limits(
        name="demo",
        max_order_value=Decimal(300000),
        max_order_quantity=Decimal(10000),
        max_orders=10,
        max_turnover=Decimal(1),
        max_weight=Decimal("0.30"),
        max_gross=Decimal(1),
        max_net=Decimal(1),
        max_adv=None,
        max_debit=Decimal(0),
        max_price_age_s=60.0,
        max_price_move=Decimal("0.20"),
        max_collar_bp=Decimal(100),
        max_daily_value=Decimal(1000000),
        max_open_value=Decimal(1000000),
        max_open_orders=10,
        max_orders_per_minute=20,
        max_orders_per_name=3,
        duplicate_window_s=300.0,
        max_rejects=3,
        allow_short=False,
        trading_mode=TradingMode.PAPER,
        accounts=("DU1000001",),
        sec_types=(SecType.STK,),
        currencies=("USD",),
        allow_instruments=None,
        deny_instruments=(),
        time_zone="America/New_York",
    )


def breaches_of(
    plan: OrderPlan,
    book: Book,
    limits: Limits,
    *,
    history: OrderHistory | None = None,
    mode: TradingMode = TradingMode.PAPER,
) -> tuple[Breach, ...]:
    """Return what a plan breaks, on a paper connection and a day without orders by default."""
    return check_limits(plan, book, limits, history=history or OrderHistory(), mode=mode, now=AT)


def cash_after(plan: OrderPlan, book: Book) -> Decimal:
    """Return the cash when every order fills at its limit price: the worst there can be."""
    return book.cash - sum(
        (_paid(leg, leg.limit_price, book) for leg in plan.legs), start=Decimal(0)
    )


def executed(plan: OrderPlan, book: Book) -> Book:
    """Return the book when every order has filled at its arrival price, at no cost."""
    positions = dict(book.positions)
    cash = book.cash
    for leg in plan.legs:
        held = positions.get(leg.instrument_id, Decimal(0))
        positions[leg.instrument_id] = held + leg.side.sign * leg.quantity
        cash -= _paid(leg, leg.arrival_price, book)
    return replace(book, cash=cash, positions=positions)


def _paid(leg: PlanLeg, price: Decimal, book: Book) -> Decimal:
    unit = unit_value(book.instruments[leg.instrument_id])
    return leg.side.sign * leg.quantity * price * unit
