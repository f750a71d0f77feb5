# SPDX-License-Identifier: Apache-2.0
"""An underlying and a wish in, its options in the store out.

Strategy:
    IB lists expirations and strikes of a class, not which strike exists when. A description
    without a strike fits a whole expiration, so one message an expiration asks for all of it,
    where qualifying each strike would take hundreds. What is not in the answer does not exist;
    that is kept as well, and while it is fresh nobody asks again.

Rules:
    * One expiration that fails spoils no other.
    * What the wish names and IB does not list is an error that says what is listed. A window
      without an expiration is no error: tomorrow there may be one.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.chain_entry import ChainEntry, ChainKey
from ib_provider.domain.chain_report import ChainReport
from ib_provider.domain.contract import Contract, Instrument, SecType
from ib_provider.domain.option_chain import OptionChain, OptionWish
from ib_provider.errors import (
    ChainNotOffered,
    NoSecurityDefinition,
    ProtocolError,
    RequestFailed,
    RequestTimeout,
    SymbologyError,
)
from ib_provider.store.chain_store import ChainStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.market_rule_store import MarketRuleStore
from ib_provider.usecases.load_market_rules import load_market_rules
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.work_in_flight import work_in_flight

__all__ = ["load_option_chain"]

#: Whole expirations asked for at a time: each answer is hundreds of contracts.
_IN_FLIGHT: Final = 8
_TIMEOUT_S: Final = 180.0
_MAX_AGE: Final = timedelta(hours=20)
_SMART: Final = "SMART"
_FUTURES: Final = (SecType.FUT, SecType.CONTFUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One trading class and expiration, and which of its contracts are asked about."""

    chain: OptionChain
    expiry: date
    keys: frozenset[ChainKey]

    def __str__(self) -> str:
        return f"{self.chain.trading_class} {self.expiry}"


@dataclass(slots=True, kw_only=True)
class _Load:
    """One chain under way."""

    under: Instrument
    wish: OptionWish
    price: Decimal | None
    known: dict[ChainKey, ChainEntry]
    since: datetime
    entries: dict[ChainKey, ChainEntry] = field(default_factory=dict)
    found: dict[str, Instrument] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    is_transient: bool = False
    requests: int = 0

    def is_fresh(self, part: _Part, stored: Container[str]) -> bool:
        """Return whether everything that is asked about is known, and not too long ago."""
        entries = [self.known.get(key) for key in part.keys]
        return all(
            entry is not None and entry.last_seen >= self.since for entry in entries
        ) and all(one in stored for one in self.wanted([part]))

    def take(self, part: _Part, rows: Iterable[Instrument], now: datetime) -> None:
        """Take the answer of one expiration in: what it lists, and what it thereby does not."""
        listed: dict[ChainKey, Instrument] = {}
        for row in rows:
            if row.under_con_id in (0, self.under.contract.con_id):
                listed[_key(part, row.contract.strike, row.contract.right)] = row
        for key in part.keys | set(listed):
            row_found = listed.get(key)
            self.entries[key] = ChainEntry(
                key=key,
                con_id=row_found.contract.con_id if row_found else 0,
                instrument_id=row_found.instrument_id if row_found else "",
                first_seen=now,
                last_seen=now,
            )
        self.found |= {row.instrument_id: row for key, row in listed.items() if key in part.keys}

    def wanted(self, parts: Iterable[_Part]) -> list[str]:
        """Return the ids that the wish takes, by expiry, strike and right."""
        ids = []
        for part in sorted(parts, key=lambda each: (each.expiry, each.chain.trading_class)):
            entries = [self.entries.get(key) or self.known.get(key) for key in part.keys]
            listed = [entry for entry in entries if entry is not None and entry.is_listed]
            strikes = [entry.key.strike for entry in listed if entry.key.strike is not None]
            kept = set(self.wish.strikes(strikes, price=self.price))
            listed = [entry for entry in listed if entry.key.strike in kept]
            listed.sort(key=lambda entry: (entry.key.strike or Decimal(0), entry.key.right))
            ids += [entry.instrument_id for entry in listed]
        return ids


async def load_option_chain(
    client: IbClient,
    *,
    store: InstrumentStore,
    underlying: Instrument,
    wish: OptionWish,
    price: Decimal | None = None,
    max_age: timedelta = _MAX_AGE,
    progress: Progress = silent,
) -> ChainReport:
    """Load the options of a stock, an index or a future that a wish takes.

    Args:
        underlying: Qualified; of options on futures the month, not the continuous future.
        price: Of the underlying, where the wish needs one; the gateway is asked where None.
        max_age: An expiration about which IB was asked within this time is not asked again.

    Raises:
        ChainNotOffered: IB lists no options, or none of the exchange or class that is wished.
        NoMarketDataPermission, RequestFailed, RequestTimeout: No parameters, or no price.
        ConnectionLost: What was answered until then is kept.
    """
    now = await client.current_time()
    chains = _chosen(underlying, await _parameters(client, underlying, wish), wish)
    if wish.needs_price and price is None:
        price = await _price(client, underlying)
        progress(f"{underlying.instrument_id}: the money is at {price}")
    today = now.astimezone(ZoneInfo(underlying.time_zone or "UTC")).date()
    parts = [
        _part(chain, expiry, wish, price)
        for chain in chains
        for expiry in chain.expirations
        if wish.window.holds(expiry, today=today)
    ]
    chain_store = ChainStore(store.root, store.lock_wait_s)
    load = _Load(
        under=underlying,
        wish=wish,
        price=price,
        known=chain_store.get(underlying.instrument_id),
        since=datetime.now(UTC) - max_age,
        requests=1,
    )
    progress(f"{underlying.instrument_id}: {len(parts)} expirations of {_classes(chains)}")
    try:
        await _ask_parts(client, store, load, [part for part in parts if part.keys], progress)
    finally:
        ids = load.wanted(parts)
        taken = [load.found[one] for one in ids if one in load.found]
        load.failed |= store.keep(taken).refused
        new = chain_store.upsert(underlying.instrument_id, load.entries.values())
    rules = MarketRuleStore(store.root, store.lock_wait_s)
    for rule, why in (await load_market_rules(client, store=rules, instruments=taken)).items():
        load.failed[f"market rule {rule}"] = why
    kept = tuple(store.get(ids))
    progress(f"{underlying.instrument_id}: {len(kept)} options wanted, {new} newly listed")
    return ChainReport(
        underlying_id=underlying.instrument_id,
        instruments=kept,
        new=new,
        absent=sum(not entry.is_listed for entry in load.entries.values()),
        requests=load.requests,
        failed=load.failed,
        is_transient=load.is_transient,
    )


async def _parameters(
    client: IbClient, underlying: Instrument, wish: OptionWish
) -> tuple[OptionChain, ...]:
    contract = underlying.contract
    exchange = (wish.exchange or contract.exchange) if contract.sec_type in _FUTURES else ""
    return await client.option_parameters(contract, exchange=exchange)


def _chosen(
    underlying: Instrument, chains: tuple[OptionChain, ...], wish: OptionWish
) -> tuple[OptionChain, ...]:
    """Return the chains of the exchange and the classes that are wished.

    Raises:
        ChainNotOffered: IB does not list them.
    """
    name = underlying.instrument_id
    exchanges = sorted({chain.exchange for chain in chains})
    if not exchanges:
        raise ChainNotOffered(name, "IB lists no options on it")
    exchange = wish.exchange or (_SMART if _SMART in exchanges else "")
    if not exchange and len(exchanges) == 1:
        exchange = exchanges[0]
    if exchange not in exchanges:
        said = f"not on {exchange}" if exchange else "on several exchanges; say which"
        raise ChainNotOffered(name, f"options are listed {said}: {', '.join(exchanges)}")
    there = [chain for chain in chains if chain.exchange == exchange]
    classes = {chain.trading_class for chain in there}
    if missing := sorted(wish.trading_classes - classes):
        reason = (
            f"no class {', '.join(missing)} on {exchange}; there is {', '.join(sorted(classes))}"
        )
        raise ChainNotOffered(name, reason)
    return tuple(
        chain
        for chain in there
        if not wish.trading_classes or chain.trading_class in wish.trading_classes
    )


def _part(chain: OptionChain, expiry: date, wish: OptionWish, price: Decimal | None) -> _Part:
    """Return what to ask about an expiration.

    Which strikes lie around the money is decided among those that exist: all are asked about.
    """
    strikes = replace(wish, around=None).strikes(chain.strikes, price=price)
    return _Part(
        chain=chain,
        expiry=expiry,
        keys=frozenset(
            ChainKey(
                exchange=chain.exchange,
                trading_class=chain.trading_class,
                expiry=expiry,
                strike=strike,
                right=right,
            )
            for strike in strikes
            for right in wish.rights
        ),
    )


async def _ask_parts(
    client: IbClient, store: InstrumentStore, load: _Load, parts: list[_Part], progress: Progress
) -> None:
    """Ask for every expiration that is not fresh."""
    stored = store.get(load.wanted(parts))

    async def ask(part: _Part) -> None:
        if load.is_fresh(part, stored):
            progress(f"{part}: known")
            return
        load.requests += 1
        try:
            rows = await client.contract_details(_question(load.under, part), timeout_s=_TIMEOUT_S)
        except NoSecurityDefinition:
            rows = ()
        except (RequestFailed, RequestTimeout, SymbologyError, ProtocolError) as error:
            load.failed[str(part)] = str(error)
            load.is_transient |= error.transient
            progress(f"{part}: {error}")
            return
        load.take(part, store.named(rows), datetime.now(UTC))
        progress(f"{part}: {len(rows)} contracts")

    await work_in_flight(parts, ask, limit=_IN_FLIGHT)


def _question(under: Instrument, part: _Part) -> Contract:
    """Return the description that fits what is asked about, and as little else as can be."""
    strikes = {key.strike for key in part.keys}
    rights = {key.right for key in part.keys}
    on_future = under.contract.sec_type in _FUTURES
    return Contract(
        symbol=under.contract.symbol,
        sec_type=SecType.FOP if on_future else SecType.OPT,
        last_trade_date=f"{part.expiry:%Y%m%d}",
        strike=strikes.pop() if len(strikes) == 1 else None,
        right=rights.pop() if len(rights) == 1 else "",
        multiplier=part.chain.multiplier,
        exchange=part.chain.exchange,
        currency=under.contract.currency,
        trading_class=part.chain.trading_class,
    )


async def _price(client: IbClient, underlying: Instrument) -> Decimal:
    """Return the underlying's price: the middle of bid and ask, the last trade, or the close.

    Raises:
        ChainNotOffered: The gateway has none of them.
    """
    quote = await client.quote(underlying.contract)
    price = quote.mid or quote.last or quote.close
    if price is None or not price > 0:
        reason = "strikes around the money need its price, and the gateway has none; pass one"
        raise ChainNotOffered(underlying.instrument_id, reason)
    return price


def _key(part: _Part, strike: Decimal | None, right: str) -> ChainKey:
    return ChainKey(
        exchange=part.chain.exchange,
        trading_class=part.chain.trading_class,
        expiry=part.expiry,
        strike=strike,
        right=right,
    )


def _classes(chains: Iterable[OptionChain]) -> str:
    return ", ".join(sorted({chain.trading_class for chain in chains}))
