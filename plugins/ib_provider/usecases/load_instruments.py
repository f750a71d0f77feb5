# SPDX-License-Identifier: Apache-2.0
"""Instrument ids and descriptions in, instruments in the store out.

Rules:
    * Every item ends as loaded, fresh, skipped, ambiguous, not found or failed; one bad item
      spoils no other, and what was answered is stored even if the link ends half-way.
    * Two spellings of one contract are one instrument. The id that the store has for a conId stays
      its id, whatever the exchange calls it today.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract, Instrument, SecType
from ib_provider.domain.load_report import LoadItem, LoadOutcome, LoadReport
from ib_provider.errors import GatewaySilent
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.market_rule_store import MarketRuleStore
from ib_provider.usecases.load_market_rules import load_market_rules
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.qualify_instrument import (
    Qualified,
    Wanted,
    qualify_instrument,
    wanted_contract,
    wanted_id,
)
from ib_provider.usecases.work_in_flight import IN_FLIGHT, work_in_flight

__all__ = ["load_instruments"]

#: So many answers are written at once; a killed run loses no more.
_BATCH: Final = 500
#: More items than this are told of by the batch, not one by one.
_MANY: Final = 50
#: So many questions in a row without an answer: the gateway is silent, not the items bad.
_SILENCE: Final = 20


@dataclass(slots=True, kw_only=True)
class _Load:
    """One load under way."""

    store: InstrumentStore
    progress: Progress
    total: int
    items: dict[int, LoadItem] = field(default_factory=dict)
    waiting: dict[int, Instrument] = field(default_factory=dict)
    kept: list[Instrument] = field(default_factory=list)
    unanswered: int = 0
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, place: int, qualified: Qualified) -> None:
        """Take one answer in."""
        self.items[place] = qualified.item
        self.unanswered = self.unanswered + 1 if qualified.item.is_transient else 0
        if qualified.instrument is not None:
            self.waiting[place] = qualified.instrument
        if self.total <= _MANY:
            self.progress(_line(qualified))
        elif len(self.items) % _BATCH == 0:
            self.progress(f"{len(self.items):,} of {self.total:,} instruments answered")

    async def write_when_many(self) -> None:
        """Store a whole batch, if there is one, while others go on asking."""
        if len(self.waiting) >= _BATCH and not self.writing.locked():
            async with self.writing:
                await asyncio.to_thread(self.write)

    def write(self) -> None:
        """Store what was answered, each under the id that its conId has there."""
        waiting, self.waiting = self.waiting, {}
        named = self.store.named(waiting.values())
        for place, found in zip(list(waiting), named, strict=True):
            if not self._is_named(place):
                waiting[place] = found
        report = self.store.keep(list(waiting.values()))
        for name, (before_id, now_id) in report.moved.items():
            self.progress(f"{name}: conId {before_id} is {now_id} now")
        for place, instrument in waiting.items():
            self._settle(place, instrument, report.refused.get(instrument.instrument_id))

    def _settle(self, place: int, instrument: Instrument, refused: str | None) -> None:
        item = replace(self.items[place], instrument_id=instrument.instrument_id)
        if refused is None:
            self.kept.append(instrument)
        else:
            item = replace(item, outcome=LoadOutcome.FAILED, instrument_id="", reason=refused)
            self.progress(refused)
        self.items[place] = item

    def _is_named(self, place: int) -> bool:
        """Return whether somebody asked for this very id: then another one is refused, not kept."""
        item = self.items[place]
        return item.wanted == item.instrument_id


async def load_instruments(
    client: IbClient,
    *,
    store: InstrumentStore,
    ids: Sequence[str] = (),
    contracts: Sequence[Contract] = (),
    max_age: timedelta | None = None,
    sec_types: Collection[SecType] = (),
    in_flight: int = IN_FLIGHT,
    progress: Progress = silent,
) -> LoadReport:
    """Ask IB for each instrument and keep its answer, with the price ladders it names.

    Args:
        ids: Instrument ids in any spelling.
        contracts: Descriptions; each must fit one contract.
        max_age: An instrument that IB has confirmed within this time is not asked for again;
            None asks always.
        sec_types: Skip every other type; empty takes all.
        in_flight: Open questions at a time; the message rate is the client's own.

    Returns:
        Every item once, in the order of asking: ids, then contracts.

    Raises:
        ConnectionLost: What was answered until then is kept.
        GatewaySilent: Twenty questions in a row had no answer; likewise.
    """
    now = await client.current_time()
    texts = dict.fromkeys(ids)
    wanted = [wanted_id(text, on=now.date()) for text in texts]
    wanted += [wanted_contract(contract) for contract in dict.fromkeys(contracts)]
    wanted = _with_stored(store, wanted)
    load = _Load(store=store, progress=progress, total=len(wanted))
    since = datetime.now(UTC) - max_age if max_age is not None else None

    async def work(entry: tuple[int, Wanted]) -> None:
        place, one = entry
        if one.stored is not None and since is not None and one.stored.seen_at >= since:
            load.note(place, _fresh(one, one.stored))
            return
        load.note(place, await qualify_instrument(client, one, sec_types=sec_types))
        if load.unanswered >= _SILENCE:
            raise GatewaySilent(load.items[place].reason, load.unanswered)
        await load.write_when_many()

    try:
        await work_in_flight(enumerate(wanted), work, limit=in_flight)
    finally:
        load.write()
    rules = MarketRuleStore(store.root, store.lock_wait_s)
    failed = await load_market_rules(client, store=rules, instruments=load.kept)
    for reason in failed.values():
        progress(reason)
    items = tuple(load.items[place] for place in range(len(wanted)))
    return LoadReport(items=items, rules_failed=failed)


def _with_stored(store: InstrumentStore, wanted: list[Wanted]) -> list[Wanted]:
    """Return the same with what the store knows of each, by id or by conId."""
    by_id = store.get(one.instrument_id for one in wanted if one.instrument_id)
    numbers = [one.contract.con_id for one in wanted if one.contract and not one.instrument_id]
    by_con_id = store.of_con_ids(filter(None, numbers))
    return [
        replace(
            one,
            stored=by_id.get(one.instrument_id)
            or (by_con_id.get(one.contract.con_id) if one.contract else None),
        )
        for one in wanted
    ]


def _fresh(wanted: Wanted, stored: Instrument) -> Qualified:
    return Qualified(
        item=LoadItem(
            wanted=wanted.text,
            outcome=LoadOutcome.FRESH,
            instrument_id=stored.instrument_id,
            reason=f"{wanted.text}: known since {stored.seen_at:%Y-%m-%d %H:%M} UTC",
        )
    )


def _line(qualified: Qualified) -> str:
    found = qualified.instrument
    if found is None:
        return str(qualified.item)
    return f"{found.instrument_id}: conId {found.contract.con_id}, {found.long_name}"
