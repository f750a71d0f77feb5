# SPDX-License-Identifier: Apache-2.0
"""Past ticks from a simulated gateway into the store, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.contract import Instrument
from ib_provider.domain.tick_kind import TickKind
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.simulator.limits.limits import Limits
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.tick_store import TickKey, TickStore
from ib_provider.usecases.fetch_ticks import TicksReport, fetch_ticks
from ib_provider.usecases.load_instruments import load_instruments

IBM = "IBM.NYSE"
FRIDAY = date(2013, 3, 1)
#: Pages follow one another at once; keeping to the pacing rules has tests of its own.
OPTIONS = SimulatorOptions(port=0, limits=Limits(pacing=False))


@dataclass(frozen=True, slots=True)
class Desk:
    gateway: SimulatedGateway
    store: TickStore
    instruments: tuple[Instrument, ...]

    def connect(self) -> IbClient:
        return IbClient(Endpoint(port=self.gateway.port, client_id=7, request_timeout_s=20))

    async def fetch(self, kind: TickKind, start: date = FRIDAY) -> TicksReport:
        return await fetch_ticks(
            self.connect,
            store=self.store,
            instruments=self.instruments,
            kind=kind,
            start=start,
            end=date(2013, 3, 5),
            rth=True,
        )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with SimulatedGateway(OPTIONS) as gateway:
        store = InstrumentStore(tmp_path)
        async with IbClient(Endpoint(port=gateway.port, client_id=7)) as client:
            await load_instruments(client, store=store, ids=[IBM])
        yield Desk(gateway, TickStore(tmp_path), store.all())


async def test_trades_of_a_session_add_up_to_its_minutes(desk: Desk) -> None:
    """Page edges lose no trade and double none: every minute has its volume, high and low."""
    report = await desk.fetch(TickKind.TRADES)
    assert (report.failed, report.cut) == ({}, {})
    ticks = desk.store.read(TickKey(instrument_id=IBM, kind=TickKind.TRADES, rth=True), FRIDAY)
    assert report.requests > 3
    assert ticks["seq"].to_pylist() == list(range(report.ticks[IBM]))
    async with desk.connect() as client:
        bars = await client.historical_bars(
            desk.instruments[0].contract,
            BarSpec(size=BarSize.MIN_1),
            end=pc.max(ticks["ts"]).as_py().replace(hour=21, minute=0, second=0),
            duration="1 D",
        )
    minutes = ticks.append_column("minute", pc.floor_temporal(ticks["ts"], unit="minute"))
    told = minutes.group_by("minute").aggregate(
        [("size", "sum"), ("price", "max"), ("price", "min")]
    )
    volume = {row["minute"]: row for row in told.to_pylist()}
    assert set(volume) == set(bars["ts"].to_pylist())
    for bar in bars.to_pylist():
        row = volume[bar["ts"]]
        assert row["size_sum"] == bar["volume"]
        assert (row["price_max"], row["price_min"]) == (bar["high"], bar["low"])


@pytest.mark.parametrize("kind", [TickKind.BID_ASK, TickKind.MIDPOINT])
async def test_quotes_of_a_session_are_kept_in_order(desk: Desk, kind: TickKind) -> None:
    """Each kind has its own columns, ascending, all inside the session."""
    report = await desk.fetch(kind)
    ticks = desk.store.read(TickKey(instrument_id=IBM, kind=kind, rth=True), FRIDAY)
    stamps = ticks["ts"].to_pylist()
    assert ticks.num_rows == report.ticks[IBM] > 0
    assert stamps == sorted(stamps)
    assert {stamp.date() for stamp in stamps} == {FRIDAY}
    if kind is TickKind.BID_ASK:
        assert pc.all(pc.less_equal(ticks["bid"], ticks["ask"])).as_py()


async def test_ticks_fetched_again_cost_no_request(desk: Desk) -> None:
    """What is kept is not asked for; the running session is not kept."""
    await desk.fetch(TickKind.TRADES)
    key = TickKey(instrument_id=IBM, kind=TickKind.TRADES, rth=True)
    assert desk.store.sessions(key) == {FRIDAY}
    about = desk.store.describe(key, FRIDAY)
    assert (about.con_id, about.cut_seconds) == (desk.instruments[0].contract.con_id, ())
    again = await desk.fetch(TickKind.TRADES)
    assert again.requests == 0


async def test_failed_session_is_told_and_asked_for_again(desk: Desk) -> None:
    """A session of which nothing came is not kept as an empty one."""
    unknown = replace(desk.instruments[0].contract, con_id=999_999_999)
    bad = (replace(desk.instruments[0], contract=unknown),)
    report = await fetch_ticks(
        desk.connect,
        store=desk.store,
        instruments=bad,
        kind=TickKind.TRADES,
        start=FRIDAY,
        end=date(2013, 3, 2),
        rth=True,
    )
    assert "200" in report.failed[f"{IBM} {FRIDAY}"]
    assert desk.store.sessions(TickKey(instrument_id=IBM, kind=TickKind.TRADES, rth=True)) == set()
    assert (await desk.fetch(TickKind.TRADES)).ticks[IBM] > 0
