# SPDX-License-Identifier: Apache-2.0
"""A catalog of bars for NautilusTrader.

``NAUTILUS_PYTHON=install`` has NautilusTrader itself read it, from an environment made for that;
``NAUTILUS_PYTHON=<path>`` from the one whose Python it names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ib_provider.cli.main import main
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.tick_kind import TickKind
from ib_provider.errors import StoreError
from ib_provider.store.bar_selection import BarSelection
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.nautilus_bars import NAUTILUS_BAR_SCHEMA
from ib_provider.store.tick_store import TICK_SCHEMAS, TickKey, TickStore
from ib_provider.usecases.export_nautilus import NautilusExport, export_nautilus
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key, weekdays
from tests.support.instrument_values import AAPL

EURO = replace(
    AAPL,
    instrument_id="EUR/USD.IDEALPRO",
    contract=replace(AAPL.contract, con_id=12087792, symbol="EUR"),
)
DAYS = weekdays(date(2013, 2, 4), 15)
TICKS_AT = [datetime(2013, 3, 1, 14, 30, second, tzinfo=UTC) for second in (0, 1)]
MINUTES = BarSpec(size=BarSize.MIN_1)
_READER = """
import json, sys
from nautilus_trader.model.data import BarType
from nautilus_trader.persistence.catalog import ParquetDataCatalog
catalog = ParquetDataCatalog(sys.argv[1])
bars = catalog.bars()
ticks = [[str(t.price), str(t.size), str(t.trade_id), t.ts_init] for t in catalog.trade_ticks()]
quotes = [[str(q.bid_price), str(q.ask_price), str(q.bid_size), str(q.ask_size), q.ts_init]
          for q in catalog.quote_ticks()]
values = [[str(x) for x in (b.bar_type, b.open, b.high, b.low, b.close, b.volume)]
          + [b.ts_event, b.ts_init] for b in bars]
print(json.dumps({"trades": ticks, "quotes": quotes, "bars": values}))
json.dump([str(BarType.from_str(name)) for name in sys.argv[2:]], sys.stderr)
"""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tree with three weeks of days and minutes of a stock and a pair."""
    root = tmp_path_factory.mktemp("home") / "market"
    store = BarStore(root)
    InstrumentStore(root).upsert([AAPL, EURO])
    for item in (AAPL, EURO):
        for size, table in (
            (BarSize.DAY_1, daily_bars(DAYS)),
            (BarSize.MIN_1, minute_bars(DAYS, a_session=390, close=101.0625)),
        ):
            staged = store.stage(
                "b",
                series_key(item.instrument_id, size),
                item.contract.con_id,
                table,
                start=DAYS[0],
                end=date(2013, 3, 1),
                fetched_at=FETCHED_AT,
            )
            store.publish(staged)
    return root


@pytest.fixture
def market(collected: Path, state: Path) -> Path:
    """Return that tree under IB_PROVIDER_HOME."""
    root = state / "market"
    shutil.copytree(collected, root)
    rebuild_catalog(root, ())
    return root


def export(
    market: Path,
    spec: BarSpec = MINUTES,
    *,
    start: date | None = None,
    end: date | None = None,
) -> tuple[NautilusExport, ...]:
    instruments = [AAPL, EURO]
    wanted = BarSelection(
        ids=[item.instrument_id for item in instruments], spec=spec, start=start, end=end
    )
    return export_nautilus(market, wanted, instruments=instruments, catalog=market.parent / "out")


def test_catalog_has_the_schema_that_nautilus_trader_reads(market: Path) -> None:
    """Columns, types and metadata; every bar is there."""
    for one, folder in zip(export(market), ("AAPL.NASDAQ", "EURUSD.IDEALPRO"), strict=True):
        assert one.path.parent.name == f"{folder}-1-MINUTE-LAST-EXTERNAL"
        schema = pq.read_schema(one.path)
        assert schema.equals(NAUTILUS_BAR_SCHEMA)
        assert schema.metadata[b"price_precision"] == b"4"
        assert schema.metadata[b"bar_type"].decode().replace("/", "") == one.path.parent.name
        assert one.rows == pq.read_metadata(one.path).num_rows == len(DAYS) * 390


def test_longer_export_takes_the_place_of_a_shorter_one(market: Path) -> None:
    """A catalog with two files of one range would show its bars twice."""
    short = export(market, end=DAYS[5])
    assert {one.rows for one in short} == {5 * 390}
    whole = export(market)
    assert [path for one in whole for path in one.path.parent.iterdir()] == [
        one.path for one in whole
    ]
    assert export(market) == whole


def test_export_beside_another_range_keeps_both(market: Path) -> None:
    """One file a month, say."""
    early, late = export(market, end=DAYS[5]), export(market, start=DAYS[5])
    assert len(list(early[0].path.parent.iterdir())) == 2
    assert early[0].rows + late[0].rows == len(DAYS) * 390


@pytest.mark.parametrize(
    ("spec", "start", "end", "why"),
    [
        (MINUTES, DAYS[3], DAYS[9], "covers more"),
        (replace(MINUTES, rth=False), DAYS[0], DAYS[9], "was not written by such an export"),
    ],
)
def test_file_in_the_way_stops_the_export(
    market: Path, spec: BarSpec, start: date, end: date, why: str
) -> None:
    """Nothing of a catalog is deleted that the export does not hold."""
    (first, _) = export(market, start=DAYS[1], end=DAYS[8])
    table = pq.read_table(first.path)
    other = table.replace_schema_metadata({**table.schema.metadata, b"ib_provider.rth": b"0"})
    if not spec.rth:
        pq.write_table(other, first.path)
        spec = MINUTES
    before = first.path.read_bytes()
    with pytest.raises(StoreError, match=why):
        export(market, spec, start=start, end=end)
    assert first.path.read_bytes() == before


def test_terminal_writes_a_catalog(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how many bars and decimals, and what was rounded."""
    words = [
        "bars",
        "export",
        "AAPL.NASDAQ",
        "--spec",
        "1-MINUTE-LAST",
        "--to",
        str(tmp_path / "c"),
    ]
    assert main([*words, "--format", "nautilus", "--digits", "2"]) == 0
    out = capsys.readouterr().out
    assert "5,850 bars with 2 decimals in" in out
    assert "5,850 price(s) were rounded" in out
    assert main([*words, "--digits", "2"]) == 2
    assert main([*words, "--format", "csv"]) == 2
    assert "does not end in .csv" in capsys.readouterr().err


def tick_words(market: Path) -> list[str]:
    """Keep a session of trades and quotes; return the words that export it."""
    store = TickStore(market)
    rows = {
        TickKind.TRADES: [{"price": 100.0 + n / 4, "size": 10.0 + n} for n in range(2)],
        TickKind.BID_ASK: [{"bid": 99.99, "ask": 100.01, "bid_size": 1.0, "ask_size": 2.0}] * 2,
    }
    for kind, values in rows.items():
        schema = TICK_SCHEMAS[kind]
        table = pa.Table.from_pylist(
            [
                dict.fromkeys(schema.names) | {"ts": at, "seq": seq} | row
                for seq, (at, row) in enumerate(zip(TICKS_AT, values, strict=True))
            ],
            schema=schema,
        )
        key = TickKey(instrument_id=AAPL.instrument_id, kind=kind, rth=True)
        for session, part in ((date(2013, 3, 1), table), (date(2013, 3, 2), table.slice(0, 0))):
            store.write(key, session, part, con_id=1, fetched_at=FETCHED_AT)
    days = ["--start", "2013-03-01", "--end", "2013-03-04"]
    return ["ticks", "export", AAPL.instrument_id, *days]


def test_terminal_writes_ticks_a_session_a_file(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A session without a tick has none; one that was never collected is an error."""
    words = [*tick_words(market), "--to", str(tmp_path / "c")]
    assert main(words) == 0
    assert "2 ticks with 2 decimals in" in capsys.readouterr().out
    assert len(list((tmp_path / "c" / "data" / "trade_tick" / "AAPL.NASDAQ").iterdir())) == 1
    assert main([*words, "--all-hours"]) == 1
    assert "no session from 2013-03-01" in capsys.readouterr().err


@pytest.mark.timeout(900)
@pytest.mark.skipif("NAUTILUS_PYTHON" not in os.environ, reason="names no Python to read it with")
def test_nautilus_trader_reads_the_same_bars(market: Path, tmp_path: Path) -> None:
    """Its own catalog class finds every bar, with the values and times that are stored."""
    export(market)
    export(market, BarSpec())
    ticks = tick_words(market)
    for kind in ("trades", "bid_ask"):
        assert main([*ticks, "--kind", kind, "--to", str(market.parent / "out")]) == 0
    sizes = [f"X.Y-{text}-LAST-EXTERNAL" for text in ("30-SECOND", "15-MINUTE", "8-HOUR", "1-WEEK")]
    done = subprocess.run(
        [str(_python(tmp_path)), "-c", _READER, str(market.parent / "out"), *sizes],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stderr) == sizes
    read = json.loads(done.stdout)
    seconds = [int(at.timestamp()) * 10**9 for at in TICKS_AT]
    trades = [["100.00", "10", "20130301-0"], ["100.25", "11", "20130301-1"]]
    assert read["trades"] == [[*one, at] for one, at in zip(trades, seconds, strict=True)]
    assert read["quotes"] == [["99.99", "100.01", "1", "2", at] for at in seconds]
    found: list[list[Any]] = read["bars"]
    wanted = []
    for item in (AAPL, EURO):
        for row in BarStore(market).read(series_key(item.instrument_id, BarSize.MIN_1)).to_pylist():
            begin = int(row["ts"].timestamp()) * 10**9
            prices = [f"{row[name]:.4f}" for name in ("open", "high", "low", "close")]
            name = f"{item.instrument_id}-1-MINUTE-LAST-EXTERNAL"
            wanted.append([name, *prices, f"{row['volume']:.0f}", begin, begin + 60 * 10**9])
    minutes = [bar for bar in found if "MINUTE" in bar[0]]
    assert sorted(minutes) == sorted(wanted)
    days = [bar for bar in found if "AAPL.NASDAQ-1-DAY" in bar[0]]
    assert [bar[1:6] for bar in days] == [
        [f"{100 + i}.00", f"{102 + i}.00", f"{99 + i}.00", f"{101 + i}.00", f"{1000 + i}"]
        for i in range(len(DAYS))
    ]
    assert len(found) == 2 * len(DAYS) * 391


def _python(folder: Path) -> Path:
    """Return a Python that can import NautilusTrader."""
    named = os.environ["NAUTILUS_PYTHON"]
    if named != "install":
        return Path(named)
    python = folder / "nautilus" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder / "nautilus")], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", "nautilus_trader"], check=True)
    return python
