# SPDX-License-Identifier: Apache-2.0
"""The options on what an id names: a stock, an index, a future, or every month of a future."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.chain_report import ChainReport
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.option_chain import OptionWish
from ib_provider.domain.roll_rule import last_trading_day
from ib_provider.errors import ChainNotOffered
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.symbology.instrument_id import canonical_id, parse_instrument_id
from ib_provider.usecases.load_futures_chain import futures_months
from ib_provider.usecases.load_instruments import load_instruments
from ib_provider.usecases.load_option_chain import load_option_chain
from ib_provider.usecases.progress import Progress, silent

__all__ = ["load_option_chains"]


async def load_option_chains(
    client: IbClient,
    *,
    store: InstrumentStore,
    underlying: str,
    wish: OptionWish,
    price: Decimal | None = None,
    max_age: timedelta = timedelta(hours=20),
    progress: Progress = silent,
) -> tuple[ChainReport, ...]:
    """Load the options that a wish takes, one chain an underlying.

    Args:
        underlying: An instrument id. A continuous future, ``ES.CME``, means the options on each
            month that the window may reach.
        price: Of the one underlying; the gateway is asked where None.
        max_age: See ``load_option_chain``.

    Raises:
        ChainNotOffered: IB lists no such options, or does not know the underlying.
        InvalidInstrumentId: ``underlying`` is no instrument id.
        NoMarketDataPermission, RequestFailed, RequestTimeout: No parameters, or no price.
        ConnectionLost: What was answered until then is kept.
    """
    unders = await _underlyings(client, store, underlying, wish, progress)
    reports = []
    refusals = []
    for under in unders:
        try:
            report = await load_option_chain(
                client,
                store=store,
                underlying=under,
                wish=wish,
                price=price,
                max_age=max_age,
                progress=progress,
            )
        except ChainNotOffered as error:
            # Not every month of a future has every class; that none has it is the error.
            refusals.append(error)
        else:
            reports.append(report)
    if refusals and not reports:
        raise refusals[0]
    return tuple(reports)


async def _underlyings(
    client: IbClient, store: InstrumentStore, text: str, wish: OptionWish, progress: Progress
) -> tuple[Instrument, ...]:
    now = await client.current_time()
    described = parse_instrument_id(text, on=now.date())
    if described.sec_type is SecType.CONTFUT:
        months = await futures_months(client, described)
        zone = ZoneInfo(months[0].time_zone or "UTC")
        taken = _reached(store.named(months), now.astimezone(zone).date(), wish)
        store.keep(taken)
        return tuple(taken)
    name = canonical_id(text, on=now.date())
    known = store.get([name])
    if not known:
        report = await load_instruments(client, store=store, ids=[name], progress=progress)
        if report.failed:
            raise ChainNotOffered(text, "; ".join(report.failed.values()))
        known = store.get(report.loaded)
    return tuple(known.values())


def _reached(months: tuple[Instrument, ...], today: date, wish: OptionWish) -> list[Instrument]:
    """Return the months whose options may expire within the window.

    An option on a future is on the first month that outlives it.
    """
    first = today + timedelta(days=max(0, wish.window.min_days or 0))
    taken = []
    for item in months:
        day = last_trading_day(item)
        if day is None or day < first:
            continue
        taken.append(item)
        if wish.window.max_days is not None and day >= today + timedelta(wish.window.max_days):
            break
    return taken
