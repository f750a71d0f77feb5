# SPDX-License-Identifier: Apache-2.0
"""What the store costs: an upsert, a month of one instrument, a sweep, a run with nothing to do.

Each is timed against something in the same run: the plain write of the same file, a bare scan of
the same bars, or the bound that was set for it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from benchmarks.row import Row
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.contract import Contract, Instrument
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.sweep import disagreeing_sessions, suspects
from ib_provider.store.bar_rows import stored_bars
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from ib_provider.store.parquet_file import write_parquet
from ib_provider.store.staged_bars import StagedBars
from ib_provider.usecases.fetch_bars import fetch_bars

__all__ = ["month_query", "noop_rerun", "sweep_vs_scan", "upsert_vs_plain_write"]

_MINUTES: Final = BarSpec(size=BarSize.MIN_1)
_NOW: Final = datetime(2014, 1, 1, tzinfo=UTC)
_A_SESSION: Final = 390
_YEAR: Final = date(2013, 1, 1)
_TRIES: Final = 7


def upsert_vs_plain_write() -> Iterator[Row]:
    """Yield one session of minutes merged into a year, against writing that year plainly."""
    with tempfile.TemporaryDirectory() as folder:
        store, key = BarStore(Path(folder) / "market"), _key(0)
        _publish(store, key, _YEAR, sessions=250)
        full = stored_bars(_bars(_YEAR, 250), con_id=1, fetched_at=_NOW)
        upserts, plain = [], []
        for turn in range(_TRIES):
            day = _YEAR + timedelta(days=250 + turn)
            staged = _stage(store, key, day, sessions=1)
            upserts.append(_seconds(partial(store.publish, staged)))
            plain.append(_seconds(partial(write_parquet, Path(folder) / "plain.parquet", full)))
    yield _against("upsert_vs_plain_write", min(upserts), "plain write", min(plain), most=1.5)


def month_query() -> Iterator[Row]:
    """Yield one instrument-month by SQL over a lake of a thousand, against its bound."""
    with tempfile.TemporaryDirectory() as folder:
        store = BarStore(Path(folder))
        for number in range(1_000):
            _publish(store, _key(number), _YEAR, sessions=60)
        rebuild_catalog(store.root, ())
        query = (
            "SELECT * FROM bars_of('S0500.NYSE') WHERE bar = '1 min' "
            "AND session BETWEEN '2013-02-01' AND '2013-02-28'"
        )
        with open_catalog(store.root) as catalog:
            best = min(_seconds(lambda: catalog.sql(query).to_arrow_table()) for _ in range(_TRIES))
    yield _against("month_query", best, "bound", 0.015, most=1.0)


def sweep_vs_scan() -> Iterator[Row]:
    """Yield every SQL check over ten million bars, against reading their columns."""
    with tempfile.TemporaryDirectory() as folder:
        store = BarStore(Path(folder))
        for number in range(100):
            _publish(store, _key(number), _YEAR, sessions=256)
        rebuild_catalog(store.root, ())
        columns = ("con_id", "open", "high", "low", "close", "volume", "wap", "bar_count")
        sums = ", ".join(f"sum({name})" for name in columns)
        scan = f"SELECT {sums}, max(ts), max(session), max(fetched_at) FROM bars"  # noqa: S608
        sweeps, scans = [], []
        with open_catalog(store.root) as catalog:
            for _ in range(_TRIES):
                scans.append(_seconds(lambda: catalog.execute(scan).fetchall()))
                sweeps.append(_seconds(lambda: (suspects(catalog), disagreeing_sessions(catalog))))
    yield _against("sweep_vs_scan", min(sweeps), "bare scan", min(scans), most=3.0)


def noop_rerun() -> Iterator[Row]:
    """Yield a run over a thousand covered instruments; a connection would end it."""
    with tempfile.TemporaryDirectory() as folder:
        url, locks = f"sqlite:///{Path(folder) / 'ledger.db'}", Path(folder) / "locks"
        end = date(2015, 1, 1)
        with Ledger.open(url, locks=locks) as ledger:
            for number in range(1_000):
                ledger.record_span(
                    Span(
                        key=_key(number),
                        con_id=number,
                        start=_YEAR,
                        end=end,
                        state=CoverageState.DATA,
                        rows=1,
                        fetched_at=_NOW,
                    )
                )
            instruments = [_instrument(number) for number in range(1_000)]
            store = BarStore(Path(folder) / "market")

            def run() -> None:
                report = asyncio.run(
                    fetch_bars(
                        _refuse,
                        bars=store,
                        ledger=ledger,
                        instruments=instruments,
                        spec=_MINUTES,
                        start=_YEAR,
                        end=end,
                        batch="noop",
                    )
                )
                if len(report.covered) != len(instruments):
                    raise RuntimeError("the run found something to do")

            best = min(_seconds(run) for _ in range(3))
    yield _against("noop_rerun", best, "bound", 2.0, most=1.0)


def _refuse() -> AbstractAsyncContextManager[IbClient]:
    raise RuntimeError("a run with nothing missing asked for a session at the gateway")


def _against(name: str, value: float, peer: str, peer_value: float, *, most: float) -> Row:
    """Return a row whose goal is that ours takes at most ``most`` times the peer's seconds."""
    return Row(
        name=name,
        value=value,
        unit="s",
        peer=peer,
        peer_value=peer_value,
        ratio=peer_value / value,
        goal=1 / most,
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _key(number: int) -> SeriesKey:
    return SeriesKey(instrument_id=f"S{number:04d}.NYSE", spec=_MINUTES)


def _publish(store: BarStore, key: SeriesKey, first: date, *, sessions: int) -> None:
    store.publish(_stage(store, key, first, sessions=sessions))


def _stage(store: BarStore, key: SeriesKey, first: date, *, sessions: int) -> StagedBars:
    return store.stage(
        "bench",
        key,
        1,
        _bars(first, sessions),
        start=first,
        end=first + timedelta(days=sessions),
        fetched_at=_NOW,
    )


def _bars(first: date, sessions: int) -> pa.Table:
    """Return one-minute bars of a random walk, every day a session."""
    count = sessions * _A_SESSION
    random = np.random.default_rng(first.toordinal())
    close = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.0005, count))), 2)
    day, minute = np.divmod(np.arange(count), _A_SESSION)
    start = np.datetime64(first, "D")
    at = start.astype("datetime64[us]") + np.timedelta64(870, "m")
    at = at + day.astype("timedelta64[D]") + minute.astype("timedelta64[m]")
    columns = {
        "ts": pa.array(at).cast(pa.timestamp("us", "UTC")),
        "session": pa.array(start + day),
        "open": close,
        "high": close + 0.02,
        "low": close - 0.02,
        "close": close,
        "volume": random.integers(1, 10_000, count).astype("float64"),
        "wap": close,
        "bar_count": random.integers(1, 100, count).astype("int32"),
    }
    return pa.table(columns).cast(BAR_SCHEMA)


def _instrument(number: int) -> Instrument:
    contract = Contract(con_id=number + 1, exchange="SMART", primary_exchange="NYSE")
    return Instrument(
        instrument_id=_key(number).instrument_id,
        contract=replace(contract, currency="USD"),
        long_name="",
        time_zone="America/New_York",
        min_tick=Decimal("0.01"),
        price_magnifier=1,
        min_size=Decimal(1),
        size_increment=Decimal(1),
        valid_exchanges=("SMART",),
        market_rule_ids=(26,),
        trading_hours="",
        liquid_hours="",
        industry="",
        category="",
        stock_type="",
        isin="",
        seen_at=_NOW,
    )
