# SPDX-License-Identifier: Apache-2.0
"""Captures at the simulated gateway: windows, outages, what is kept and what is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.live import StreamKind
from ib_provider.domain.quote import MarketDataType
from ib_provider.domain.stream_wish import parse_stream_wish
from ib_provider.errors import ConfigError
from ib_provider.simulator.faults.actions import Drop, Farm, NightlyReset
from ib_provider.simulator.faults.fault_plan import Step
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from ib_provider.store.live_table import LIVE_TABLES
from ib_provider.store.part_store import PartStore
from ib_provider.usecases.capture_streams import CaptureItem, capture_streams
from tests.support.instrument_values import AAPL

FREE = Limits(pacing=False, max_messages=0)
IDS = {
    "AAPL.NASDAQ": Contract(
        con_id=265598, symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
    ),
    "IBM.NYSE": Contract(
        con_id=8314, symbol="IBM", exchange="SMART", primary_exchange="NYSE", currency="USD"
    ),
    "ESH13.CME": Contract(
        symbol="ES",
        sec_type=SecType.FUT,
        exchange="CME",
        currency="USD",
        last_trade_date="20130315",
    ),
    "XQZ.NYSE": Contract(symbol="XQZ", exchange="SMART", primary_exchange="NYSE", currency="USD"),
}


def connect_to(
    gateway: SimulatedGateway,
) -> Callable[[], AbstractAsyncContextManager[IbClient]]:
    numbers = count(1)

    @asynccontextmanager
    async def connect() -> AsyncIterator[IbClient]:
        endpoint = Endpoint(
            port=gateway.port,
            client_id=next(numbers),
            connect_timeout_s=5.0,
            request_timeout_s=10.0,
        )
        async with IbClient(endpoint) as client:
            yield client

    return connect


def item(name: str, wish: str) -> CaptureItem:
    instrument = replace(AAPL, instrument_id=name, contract=IDS[name])
    return CaptureItem(instrument=instrument, wish=parse_stream_wish(wish))


def after(**span: float) -> Callable[[datetime], datetime]:
    return lambda start: start + timedelta(**span)


async def test_day_with_a_reset_farm_flaps_and_a_dropped_socket_has_every_bar(
    tmp_path: Path,
) -> None:
    """From one afternoon to the next close: whatever broke, no bar lacks at the end."""
    options = SimulatorOptions(
        port=0,
        clock="2013-03-04T14:30:00-05:00",
        speed=3600,
        update_every_s=0.05,
        limits=FREE,
        faults=(
            Step(action=Farm(farm="usfarm", state="broken"), at=time(15, 0)),
            Step(action=Farm(farm="usfarm", state="ok"), at=time(15, 20)),
            Step(action=NightlyReset(seconds=1.0), at=time(23, 45)),
            Step(action=NightlyReset(seconds=1.5, restart=True, data="lost"), at=time(4, 0)),
            Step(action=Farm(farm="ushmds", state="broken"), at=time(10, 30)),
            Step(action=Farm(farm="ushmds", state="ok"), at=time(10, 50)),
            Step(action=Drop(), at=time(12, 0)),
        ),
    )
    end = datetime.fromisoformat("2013-03-05T16:00:00-05:00")
    told: list[str] = []
    store = PartStore(tmp_path)
    async with SimulatedGateway(options) as gateway:
        report = await capture_streams(
            connect_to(gateway),
            store=store,
            items=[item("AAPL.NASDAQ", "bars:1 min"), item("IBM.NYSE", "bars:5 mins:MIDPOINT")],
            until=lambda _: end,
            capture="day",
            flush_s=0.5,
            check_s=0.2,
            progress=told.append,
        )
    aapl, ibm = report.streams
    assert report.failed == {}
    assert report.sessions >= 3  # the restart at four, the dropped socket at noon
    assert len(aapl.gaps) >= 3
    assert any("no connection to IB" in gap.reason for gap in aapl.gaps)  # lived through
    assert aapl.received > 100
    assert aapl.backfilled > 0
    for stream, what, step in ((aapl, "TRADES", 1), (ibm, "MIDPOINT", 5)):
        rows = store.read(LIVE_TABLES[StreamKind.BARS], stream.item.instrument.instrument_id)
        finals = [row for row in rows.to_pylist() if row["is_final"] and row["what"] == what]
        found = [row["ts"] for row in finals]
        wanted = regular_bars(report.start, report.end, timedelta(minutes=step))
        assert len(wanted) > 70
        assert stream.expected == len(wanted)
        assert [ts for ts in found if ts >= report.start] == wanted
        said = await said_by_history(stream.item, step, what)
        assert {row["ts"]: of_bar(row) for row in finals}.items() <= said.items()


async def said_by_history(
    item: CaptureItem, minutes: int, what: str
) -> dict[datetime, tuple[float | None, ...]]:
    """Return each bar of the two days as an undisturbed gateway tells it when they are over."""
    spec = BarSpec(
        size=BarSize.MIN_1 if minutes == 1 else BarSize.MIN_5, what=WhatToShow(what), rth=True
    )
    options = SimulatorOptions(port=0, clock="2013-03-05T17:00:00-05:00", limits=FREE)
    async with SimulatedGateway(options) as gateway, connect_to(gateway)() as client:
        bars = await client.historical_bars(
            item.instrument.contract, spec, end=None, duration="3 D"
        )
    return {row["ts"]: of_bar(row) for row in bars.to_pylist()}


def of_bar(row: dict[str, Any]) -> tuple[float | None, ...]:
    return tuple(row[name] for name in ("open", "high", "low", "close", "volume"))


def regular_bars(start: datetime, end: datetime, length: timedelta) -> list[datetime]:
    """Return the bars of two sessions of New York that lie whole in a window, by the clock."""
    wanted = []
    for day in ("2013-03-04", "2013-03-05"):
        at = datetime.fromisoformat(f"{day}T09:30:00-05:00").astimezone(UTC)
        close = at + timedelta(hours=6, minutes=30)
        while at < close:
            if start <= at and at + length <= end:
                wanted.append(at)
            at += length
    return wanted


async def test_every_kind_is_kept_and_read_by_sql(tmp_path: Path) -> None:
    """A minute of eight kinds at once; each has a view with the rows that the report counts."""
    options = SimulatorOptions(port=0, clock="2013-03-04T10:00:00-05:00", speed=20, limits=FREE)
    wishes = ("trades", "all_trades", "bid_ask", "midpoints", "quotes", "real_time_bars")
    items = [item("AAPL.NASDAQ", wish) for wish in wishes]
    items.append(item("IBM.NYSE", "depth:5:smart"))
    items.append(item("ESH13.CME", "open_interest"))
    store = PartStore(tmp_path)
    async with SimulatedGateway(options) as gateway:
        report = await capture_streams(
            connect_to(gateway),
            store=store,
            items=items,
            until=after(seconds=100),
            capture="kinds",
            flush_s=0.5,
            check_s=0.2,
        )
    assert report.failed == {}
    assert report.sessions == 1
    rebuild_catalog(tmp_path, ())
    with open_catalog(tmp_path) as sql:
        for stream in report.streams:
            view = LIVE_TABLES[stream.item.wish.kind].name
            query = f"SELECT count(*), min(instrument_id), count(DISTINCT seq) FROM {view}"
            rows, name, numbers = sql.execute(query).fetchall()[0]
            assert (rows, name) == (
                stream.received + stream.backfilled,
                stream.item.instrument.instrument_id,
            )
            assert rows == numbers > 0
        ids = "SELECT count(*), count(DISTINCT trade_id) FROM trades"
        assert len(set(sql.execute(ids).fetchall()[0])) == 1
        book = "SELECT bid_prices[1] < ask_prices[1] FROM depth WHERE len(bid_prices) = 5"
        assert set(sql.execute(book).fetchall()) == {(True,)}
    assert list((tmp_path / "live").rglob("*.tmp")) == []
    assert {path.name for path in (tmp_path / "live").rglob("*.parquet")} == {"all.parquet"}


async def test_refused_subscription_spoils_no_other(tmp_path: Path) -> None:
    """The report names it, with IB's reason, and the rest is recorded."""
    options = SimulatorOptions(port=0, clock="2013-03-04T10:00:00-05:00", speed=20, limits=FREE)
    async with SimulatedGateway(options) as gateway:
        report = await capture_streams(
            connect_to(gateway),
            store=PartStore(tmp_path),
            items=[item("XQZ.NYSE", "trades"), item("AAPL.NASDAQ", "trades")],
            until=after(seconds=30),
            capture="one-bad",
            check_s=0.2,
        )
    bad, good = report.streams
    assert "error 200" in report.failed["XQZ.NYSE trades"]
    assert (bad.received, good.error) == (0, "")
    assert good.received > 0


async def test_capture_ends_on_time_while_the_gateway_is_away(tmp_path: Path) -> None:
    """Its clock cannot be asked any more; ours goes on, and what came before is kept."""
    options = SimulatorOptions(port=0, clock="2013-03-04T10:00:00-05:00", limits=FREE)
    gateway = SimulatedGateway(options)
    await gateway.start()
    stopping = asyncio.get_running_loop().call_later(
        2.0, lambda: asyncio.ensure_future(gateway.stop())
    )
    async with asyncio.timeout(40):
        report = await capture_streams(
            connect_to(gateway),
            store=PartStore(tmp_path),
            items=[item("AAPL.NASDAQ", "bid_ask")],
            until=after(seconds=6),
            capture="away",
            flush_s=0.5,
            check_s=0.2,
        )
    stopping.cancel()
    assert report.streams[0].received > 0
    kept = PartStore(tmp_path).read(LIVE_TABLES[StreamKind.BID_ASK], "AAPL.NASDAQ")
    assert kept.num_rows == report.streams[0].received


async def test_delayed_data_are_asked_for_anew_in_every_session(tmp_path: Path) -> None:
    """A gateway forgets the kind of market data with the session; the rows say what they are."""
    options = SimulatorOptions(
        port=0,
        clock="2013-03-04T10:00:00-05:00",
        speed=20,
        limits=FREE,
        not_subscribed=("AAPL",),
        faults=(Step(action=Drop(), after=2.0),),
    )
    store = PartStore(tmp_path)
    async with SimulatedGateway(options) as gateway:
        report = await capture_streams(
            connect_to(gateway),
            store=store,
            items=[item("AAPL.NASDAQ", "quotes")],
            until=after(seconds=120),
            capture="delayed",
            data_type=MarketDataType.DELAYED,
            check_s=0.2,
        )
    assert report.failed == {}
    assert report.sessions >= 2
    rows = store.read(LIVE_TABLES[StreamKind.QUOTES], "AAPL.NASDAQ")
    assert set(rows["data_type"].to_pylist()) == {"delayed"}


async def test_trades_of_an_outage_come_back_from_history(tmp_path: Path) -> None:
    """Every trade of the window is there once, though the socket was cut and nobody listened."""
    options = SimulatorOptions(
        port=0,
        clock="2013-03-04T10:00:00-05:00",
        speed=20,
        limits=FREE,
        faults=(Step(action=Drop(), after=2.0), Step(action=Drop(), after=3.5)),
    )
    store = PartStore(tmp_path)
    async with SimulatedGateway(options) as gateway:
        report = await capture_streams(
            connect_to(gateway),
            store=store,
            items=[item("AAPL.NASDAQ", "trades")],
            until=after(seconds=150),
            capture="trades",
            check_s=0.2,
        )
        async with IbClient(Endpoint(port=gateway.port, client_id=99)) as client:
            wanted, cursor = [], report.start
            while cursor < report.end:
                page = await client.historical_trades(IDS["AAPL.NASDAQ"], start=cursor)
                if not page:
                    break
                wanted += [tick for tick in page if not tick.unreported]
                cursor = page[-1].ts + timedelta(seconds=1)
    (stream,) = report.streams
    assert report.failed == {}
    assert report.sessions >= 3
    assert stream.backfilled > 0
    rows = store.read(LIVE_TABLES[StreamKind.TRADES], "AAPL.NASDAQ", report.start, report.end)
    last = max(rows["ts"].to_pylist())
    names = {tick.trade_id for tick in wanted if tick.ts < last}
    kept = [row["trade_id"] for row in rows.to_pylist() if row["ts"] < last]
    assert len(kept) == len(set(kept))
    assert set(kept) == names


async def test_window_that_is_over_is_refused(tmp_path: Path) -> None:
    """By the gateway's clock; so is a capture of nothing."""
    options = SimulatorOptions(port=0, limits=FREE)
    async with SimulatedGateway(options) as gateway:
        for items, until in (
            ([item("AAPL.NASDAQ", "trades")], after(seconds=-1)),
            ([], after(seconds=1)),
        ):
            with pytest.raises(ConfigError):
                await capture_streams(
                    connect_to(gateway),
                    store=PartStore(tmp_path),
                    items=items,
                    until=until,
                    capture="over",
                )
