# SPDX-License-Identifier: Apache-2.0
"""A download killed at random moments and run again ends in the bytes of an undisturbed one.

``KILLS=200`` makes it the long run, of so many that did die under way; the suite makes a few.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings, load_settings
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.ledger.ledger import Ledger
from ib_provider.simulator import SimulatedGateway, SimulatorOptions
from ib_provider.simulator.limits.limits import Limits
from ib_provider.store.bar_store import BarStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.fetch_bars import fetch_bars
from ib_provider.usecases.judge_bars import judge_bars
from ib_provider.usecases.load_instruments import load_instruments
from tests.support.airflow_home import PROJECT
from tests.support.main_job import CLIENT_ID, DAILY, END, IDS, START
from tests.support.usecase_process import start_use_case

KILLS = int(os.environ.get("KILLS", "6"))
#: Loaded before the download; they say when.
LOADED = {"instruments.parquet", "conid_history.parquet", "market_rules.parquet"}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Yield the port of a gateway whose clock stands still, so that equal runs are equal bytes."""
    # Without pacing: who is killed and comes back at once asks the same again within 15 seconds.
    options = SimulatorOptions(port=0, speed=0, answer_delay_s=0.03, limits=Limits(pacing=False))
    async with SimulatedGateway(options) as gateway:
        yield gateway.port


def settings_at(home: Path) -> Settings:
    return load_settings(
        {"IB_PROVIDER_HOME": str(home), "IB_PROVIDER_INCLUDE": str(PROJECT / "include")}
    )


async def prepare(settings: Settings, port: int) -> None:
    async with IbClient(Endpoint(port=port, client_id=CLIENT_ID)) as client:
        store = InstrumentStore(settings.market)
        await load_instruments(client, store=store, ids=IDS)


async def run_to_the_end(settings: Settings, port: int) -> None:
    bars = BarStore(settings.market)
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        await fetch_bars(
            lambda: IbClient(Endpoint(port=port, client_id=CLIENT_ID)),
            bars=bars,
            ledger=ledger,
            instruments=InstrumentStore(settings.market).all(),
            spec=DAILY,
            start=START,
            end=END,
            batch="batch",
        )
        judge_bars(bars=bars, ledger=ledger, batch="batch")


def tree(settings: Settings) -> dict[str, bytes]:
    """Return every file that a download writes, but locks and the catalog, which is views only."""
    return {
        str(path.relative_to(settings.market)): path.read_bytes()
        for path in settings.market.rglob("*")
        if path.is_file() and path.suffix not in {".lock", ".duckdb"}
        if path.name not in LOADED
    }


def coverage(settings: Settings) -> list[Span]:
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        return [replace(span, fetched_at=span.fetched_at) for span in ledger.spans()]


async def test_download_killed_anywhere_and_run_again_is_an_undisturbed_one(
    tmp_path: Path, port: int
) -> None:
    """Same bytes, same coverage, coverage that agrees with the data, and no file left over."""
    calm = settings_at(tmp_path / "calm")
    await prepare(calm, port)
    began = time.monotonic()
    process = await start_use_case(calm, "fetch", "batch", port)
    assert await process.wait() == 0
    took = time.monotonic() - began
    expected, known = tree(calm), coverage(calm)
    assert len([name for name in expected if name.startswith("bars/")]) == len(IDS)
    draw = random.Random(1)
    killed = turn = 0
    while killed < KILLS:
        turn += 1
        assert turn <= 4 * KILLS, f"only {killed} of {turn - 1} were killed before they were done"
        settings = settings_at(tmp_path / f"turn-{turn}")
        await prepare(settings, port)
        process = await start_use_case(settings, "fetch", "batch", port)
        await asyncio.sleep(draw.uniform(0.3, 1.0) * took)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        killed += await process.wait() == -signal.SIGKILL
        await run_to_the_end(settings, port)
        assert tree(settings) == expected
        assert coverage(settings) == known
    told = f"{killed} killed in {turn} tries, every tree and coverage as undisturbed"
    sys.stdout.write(f"{told}\n")
    rows = sum(span.rows for span in known if span.state is CoverageState.DATA)
    assert rows == 12_154
