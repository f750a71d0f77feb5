# SPDX-License-Identifier: Apache-2.0
"""Read everything a plan is decided on: holdings, cash, instruments, fresh quotes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import AccountValue, Position
from ib_provider.domain.contract import Instrument
from ib_provider.domain.price_ladder import PriceLadder, ladder_of
from ib_provider.domain.quote import Quote
from ib_provider.domain.session_span import SessionSpan
from ib_provider.errors import (
    ConfigError,
    InvalidInstrumentId,
    RequestFailed,
    RequestTimeout,
    UnknownVenue,
    WrongAccount,
)
from ib_provider.rebalance import Book
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.market_rule_store import MarketRuleStore
from ib_provider.symbology.currency_pair import pair_id
from ib_provider.symbology.instrument_id import instrument_id
from ib_provider.usecases.average_volumes import average_volumes
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.session_calendar import SessionCalendar

__all__ = ["read_book"]

#: Weekends and holidays in a row are shorter, but for wars and the like.
_DAYS_AHEAD: Final = 7


async def read_book(
    client: IbClient,
    *,
    store: InstrumentStore,
    account: str,
    currency: str,
    ids: Iterable[str],
    quoted: Iterable[str] | None = None,
    with_volumes: bool = False,
    with_sessions: bool = False,
    progress: Progress = silent,
) -> Book:
    """Return the book of one account over the wanted instruments and all it holds.

    An instrument IB gives no quote for has none in the book; the limits refuse it, not this. A
    holding that was never loaded is in the book without its instrument; one that no id can name
    is ``untradable`` and under what IB calls it. Neither keeps the rest from being planned.

    Args:
        ids: Instruments wanted, besides those held.
        quoted: Which to ask quotes for; all of them by default.
        with_volumes: Whether a cap needs the average volumes of our own bars.
        with_sessions: Whether an auction, or a closed market, makes the time and hours matter.

    Raises:
        WrongAccount: The gateway's login does not hold the account.
        ConfigError: Wanted instruments are not in the store, or values are in another currency.
    """
    if account not in client.managed_accounts:
        raise WrongAccount(account, client.managed_accounts)
    wanted = tuple(dict.fromkeys(ids))
    mine = [item for item in await client.positions() if item.account == account and item.quantity]
    held, untradable = _named(mine, store)
    names = tuple(dict.fromkeys([*wanted, *held]))
    instruments = store.get(names)
    pairs = store.get(_pairs(instruments, currency))
    names, instruments = (*names, *pairs), {**instruments, **pairs}
    if absent := [name for name in wanted if name not in instruments]:
        raise ConfigError("instruments", [f"{name}: not loaded yet" for name in absent])
    for name in held.keys() - instruments.keys():
        why = "of no type that is traded here" if name in untradable else "never loaded"
        progress(f"{name}: {held[name]} held, {why}: left alone")
    working = [
        state
        for state in await client.open_orders()
        if state.order.account == account and not state.status.is_terminal
    ]
    if at_work := {state.contract.con_id for state in working}:
        instruments |= {
            item.instrument_id: item for item in store.all() if item.contract.con_id in at_work
        }
    values = await client.account_summary(("NetLiquidation", "TotalCashValue"))
    quotes = {}
    priced = [name for name in names if name in instruments]
    for name in priced if quoted is None else (*quoted, *pairs):
        try:
            quotes[name] = await client.quote(instruments[name].contract)
        except (RequestFailed, RequestTimeout) as error:
            progress(f"{name}: no quote: {error}")
        else:
            progress(f"{name}: {_shown(quotes[name])}")
    time = await client.current_time() if with_sessions else None
    told = [row for row in await client.currency_ledger() if row.account == account]
    return Book(
        account=account,
        currency=currency,
        net_liquidation=_amount(values, account, "NetLiquidation", currency),
        cash=_amount(values, account, "TotalCashValue", currency),
        positions=held,
        untradable=untradable,
        instruments=instruments,
        quotes=quotes,
        working=tuple(working),
        rates=_rates(told, quotes, pairs, currency),
        balances=_balances(told),
        volumes=average_volumes(store.root, names, on=datetime.now(UTC).date())
        if with_volumes
        else {},
        ladders=_ladders(store, instruments),
        market_time=time,
        sessions=_sessions(store, instruments, time) if time else {},
    )


def _sessions(
    store: InstrumentStore, instruments: Mapping[str, Instrument], time: datetime
) -> dict[str, tuple[SessionSpan, ...]]:
    """Return the regular sessions from the one at hand on; none of what no calendar knows."""
    calendar = SessionCalendar.stored(store.root)
    start, end = (time + timedelta(days=days) for days in (-1, _DAYS_AHEAD))
    found = {}
    for name, instrument in instruments.items():
        try:
            spans = calendar.spans(instrument, start.date(), end.date(), regular=True)
        except UnknownVenue:
            continue
        found[name] = tuple(span for span in spans if span.end > time)
    return found


def _named(
    positions: Iterable[Position], store: InstrumentStore
) -> tuple[dict[str, Decimal], frozenset[str]]:
    """Return the holdings by instrument id, and which of the names are no ids but IB's words.

    What the store knows by its conId keeps the id it has there: IB describes a position's contract
    in fewer words than an instrument's.
    """
    rows = tuple(positions)
    known = store.of_con_ids(item.contract.con_id for item in rows if item.contract.con_id)
    held: dict[str, Decimal] = {}
    untradable = set()
    for item in rows:
        stored = known.get(item.contract.con_id)
        try:
            name = (
                stored.instrument_id
                if stored is not None and stored.contract.sec_type is item.contract.sec_type
                else instrument_id(item.contract)
            )
        except InvalidInstrumentId:
            name = str(item.contract)
            untradable.add(name)
        held[name] = held.get(name, Decimal(0)) + item.quantity
    return held, frozenset(untradable)


def _ladders(
    store: InstrumentStore, instruments: Mapping[str, Instrument]
) -> dict[str, PriceLadder]:
    """Return the price steps of the instruments whose market rule was loaded."""
    rules = MarketRuleStore(store.root).get()
    return {
        name: ladder_of(instrument, rules)
        for name, instrument in instruments.items()
        if instrument.market_rule_at() in rules
    }


def _pairs(instruments: Mapping[str, Instrument], currency: str) -> list[str]:
    """Return the ids of the pairs between the book's currency and those of its instruments."""
    foreign = {item.contract.currency for item in instruments.values()} - {currency, ""}
    return [pair_id(name, currency) for name in sorted(foreign)]


def _rates(
    told: Iterable[AccountValue],
    quotes: Mapping[str, Quote],
    pairs: Mapping[str, Instrument],
    currency: str,
) -> dict[str, Decimal]:
    """Return each currency's rate: a pair's middle, or what IB values the account with."""
    rates = {row.currency: row.amount for row in told if row.tag == "ExchangeRate" and row.amount}
    for name, instrument in pairs.items():
        mid = quotes[name].mid if name in quotes else None
        base, quoted = instrument.contract.symbol, instrument.contract.currency
        if mid is not None:
            rates[quoted if base == currency else base] = 1 / mid if base == currency else mid
    return rates


def _balances(told: Iterable[AccountValue]) -> dict[str, Decimal]:
    """Return the cash of each currency; ``BASE`` is the sum of all."""
    found: dict[str, Decimal] = {}
    for tag in ("CashBalance", "TotalCashBalance"):
        found |= {
            row.currency: row.amount
            for row in told
            if row.tag == tag and row.amount is not None and row.currency != "BASE"
        }
    return found


def _amount(values: Iterable[AccountValue], account: str, tag: str, currency: str) -> Decimal:
    """Return one finite number of the account summary.

    Raises:
        ConfigError: The broker gives none, or in another currency than the portfolio's.
    """
    rows = [row for row in values if row.account == account and row.tag == tag]
    for row in rows:
        try:
            amount = Decimal(row.value)
        except InvalidOperation:
            continue
        if row.currency == currency and amount.is_finite():
            return amount
    told = ", ".join(f"{row.value} {row.currency}" for row in rows) or "nothing"
    raise ConfigError(f"account {account}", [f"{tag}: wanted in {currency}, IB says {told}"])


def _shown(quote: Quote) -> str:
    return f"bid {quote.bid} ask {quote.ask} last {quote.last} ({quote.data_type.name.lower()})"
