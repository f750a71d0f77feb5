# SPDX-License-Identifier: Apache-2.0
"""The months of a future in, instruments, chain and roll calendar in the store out.

One message brings them all: a description without a date fits every month.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.chain_entry import ChainEntry, ChainKey
from ib_provider.domain.chain_report import ChainReport
from ib_provider.domain.contract import Contract, Instrument, SecType
from ib_provider.domain.option_chain import DaysWindow
from ib_provider.domain.roll_calendar import roll_calendar
from ib_provider.domain.roll_rule import RollRule, last_trading_day
from ib_provider.errors import ChainNotOffered, NoSecurityDefinition
from ib_provider.store.chain_store import ChainStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.market_rule_store import MarketRuleStore
from ib_provider.store.roll_store import RollStore
from ib_provider.symbology.instrument_id import instrument_id, parse_instrument_id
from ib_provider.usecases.load_market_rules import load_market_rules
from ib_provider.usecases.progress import Progress, silent

__all__ = ["futures_months", "load_futures_chain"]

#: A chain may be a thousand rows, seconds of a slow gateway.
_TIMEOUT_S: Final = 180.0


async def load_futures_chain(
    client: IbClient,
    *,
    store: InstrumentStore,
    root: str,
    window: DaysWindow,
    roll: RollRule | None = None,
    include_expired: bool = False,
    progress: Progress = silent,
) -> ChainReport:
    """Load the months of a future whose expiry lies within a window.

    Args:
        root: Id of the continuous future, ``ES.CME``.
        window: Days to the last day of trading, by the gateway's clock in the exchange's zone.
        roll: Also keep this roll calendar, over every month there is whatever the window: by
            calendar, in days.
        include_expired: Also months that no longer trade, up to two years back; ``window`` must
            then begin below zero to hold any of them.

    Raises:
        ChainNotOffered: It is no continuous future's, or IB lists no such future.
        ConfigError: The roll rule needs bars.
        InvalidInstrumentId: ``root`` is no instrument id.
        ConnectionLost, RequestTimeout: Nothing was changed.
    """
    description = _root(root)
    root_id = instrument_id(description)
    now = await client.current_time()
    listed = await futures_months(client, description, include_expired=include_expired)
    months = store.named(listed)
    wanted = [
        (day, item)
        for item in months
        if (day := last_trading_day(item)) is not None
        and window.holds(day, today=_local_day(now, item))
    ]
    wanted.sort(key=lambda entry: entry[0])
    kept = store.keep([item for _, item in wanted])
    entries = [_entry(day, item) for day, item in wanted if item.instrument_id not in kept.refused]
    new = ChainStore(store.root, store.lock_wait_s).upsert(root_id, entries)
    if roll is not None:
        calendar = roll_calendar(months, roll)
        RollStore(store.root, store.lock_wait_s).replace(root_id, str(roll), calendar)
        progress(f"{root_id}: {len(calendar)} months in the roll calendar, {roll}")
    rules = MarketRuleStore(store.root, store.lock_wait_s)
    failed = await load_market_rules(client, store=rules, instruments=[it for _, it in wanted])
    progress(f"{root_id}: {len(months)} months listed, {len(entries)} wanted, {new} of them new")
    return ChainReport(
        underlying_id=root_id,
        instruments=tuple(entry.instrument_id for entry in entries),
        new=new,
        requests=1,
        failed=kept.refused | {f"market rule {rule}": why for rule, why in failed.items()},
    )


async def futures_months(
    client: IbClient, root: Contract, *, include_expired: bool = False
) -> tuple[Instrument, ...]:
    """Return every month of a future that IB lists, by last day of trading.

    Raises:
        ChainNotOffered: IB lists none.
    """
    question = replace(
        root, con_id=0, sec_type=SecType.FUT, local_symbol="", last_trade_date="", strike=None
    )
    try:
        found = await client.contract_details(
            question, include_expired=include_expired, timeout_s=_TIMEOUT_S
        )
    except NoSecurityDefinition as error:
        raise ChainNotOffered(str(root), f"IB lists no future like it ({error})") from error
    return tuple(sorted(found, key=lambda item: last_trading_day(item) or date.max))


def _root(text: str) -> Contract:
    """Return the description of a whole chain.

    Raises:
        ChainNotOffered: The id is another kind of instrument's.
        InvalidInstrumentId: The text is no id.
    """
    contract = parse_instrument_id(text, on=None)
    if contract.sec_type is not SecType.CONTFUT:
        reason = f"it is {contract.sec_type}; write the root and its venue, as in ES.CME"
        raise ChainNotOffered(text, reason)
    return contract


def _entry(day: date, item: Instrument) -> ChainEntry:
    return ChainEntry(
        key=ChainKey(
            exchange=item.contract.exchange,
            trading_class=item.contract.trading_class,
            expiry=day,
        ),
        con_id=item.contract.con_id,
        instrument_id=item.instrument_id,
        first_seen=item.seen_at,
        last_seen=item.seen_at,
    )


def _local_day(now: datetime, item: Instrument) -> date:
    return now.astimezone(ZoneInfo(item.time_zone or "UTC")).date()
