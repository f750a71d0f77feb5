# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ib_provider.domain.bar import BarSize
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.errors import CorruptFile, SchemaMismatch, StoreError
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from ib_provider.store.catalog_views import BARS, COVERAGE, INSTRUMENTS
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.layout import series_folder
from ib_provider.store.parquet_file import write_parquet
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key, weekdays
from tests.support.instrument_values import AAPL

_DAYS = weekdays(date(2012, 12, 24), 10)
_IDS = ("AAPL.NASDAQ", "EUR/USD.IDEALPRO", "^SPX.CBOE", "00123.SEHK", "BRK B.NYSE", "1.5%.X")


@contextmanager
def _catalog(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def _rows(path: Path, query: str) -> list[dict[str, Any]]:
    with _catalog(path) as connection:
        rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def _publish(root: Path, instrument_id: str, size: BarSize = BarSize.DAY_1) -> None:
    store = BarStore(root)
    table = minute_bars(_DAYS) if size.is_intraday else daily_bars(_DAYS)
    store.publish(
        store.stage(
            "batch",
            series_key(instrument_id, size),
            7,
            table,
            start=_DAYS[0],
            end=date(2013, 2, 1),
            fetched_at=FETCHED_AT,
        )
    )


@pytest.mark.parametrize("filled", [False, True])
def test_rebuild_catalog_empty_or_full_has_the_same_columns(tmp_path: Path, filled: bool) -> None:
    """The types that queries rely on do not depend on what was downloaded."""
    if filled:
        _publish(tmp_path, "AAPL.NASDAQ")
        InstrumentStore(tmp_path).upsert([AAPL])
    path = rebuild_catalog(tmp_path, ())
    for view, columns in (("bars", BARS), ("instruments", INSTRUMENTS), ("coverage", COVERAGE)):
        described = {
            row["column_name"]: row["column_type"] for row in _rows(path, f"DESCRIBE {view}")
        }
        expected = {name: kind for name, (_, kind) in columns.items()}
        written = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
        assert {name: written.get(kind, kind) for name, kind in described.items()} == expected
        assert list(described) == list(expected)


def test_rebuild_catalog_bars_show_the_true_ids_and_ib_words(tmp_path: Path) -> None:
    """What folders escape, the view shows as it is."""
    root = tmp_path / "it's [a] *root*"
    for instrument_id in _IDS:
        _publish(root, instrument_id)
    _publish(root, "AAPL.NASDAQ", BarSize.MIN_1)
    path = rebuild_catalog(root, ())
    found = _rows(path, "SELECT DISTINCT instrument_id FROM bars ORDER BY 1")
    assert [row["instrument_id"] for row in found] == sorted(_IDS)
    sizes = _rows(
        path,
        "SELECT bar, count(*) AS n, count(ts) AS timed, bool_and(rth) AS rth "
        "FROM bars GROUP BY bar ORDER BY bar",
    )
    assert sizes == [
        {"bar": "1 day", "n": 60, "timed": 0, "rth": True},
        {"bar": "1 min", "n": 30, "timed": 30, "rth": True},
    ]


def test_rebuild_catalog_rows_equal_what_was_published(tmp_path: Path) -> None:
    """The view loses no row and no digit."""
    _publish(tmp_path, "AAPL.NASDAQ", BarSize.MIN_1)
    path = rebuild_catalog(tmp_path, ())
    columns = ", ".join(
        f'"{name}"' for name in BARS if name not in ("instrument_id", "bar", "what", "rth")
    )
    seen = _rows(path, f"SELECT {columns} FROM bars ORDER BY session, ts")
    kept = BarStore(tmp_path).read(series_key(size=BarSize.MIN_1)).to_pylist()
    assert seen == kept


def test_rebuild_catalog_later_bars_need_no_rebuild(tmp_path: Path) -> None:
    """A view looks at the tree when it is asked, not when it was made."""
    _publish(tmp_path, "AAPL.NASDAQ")
    with _catalog(rebuild_catalog(tmp_path, ())) as connection:
        _publish(tmp_path, "IBM.NYSE")
        InstrumentStore(tmp_path).upsert([AAPL])
        assert connection.execute("SELECT count(*) FROM bars").fetchone() == (20,)
        assert connection.execute("SELECT min_tick, min_size FROM instruments").fetchone() == (
            0.01,
            1,
        )


def test_rebuild_catalog_coverage_is_what_was_given(tmp_path: Path) -> None:
    """Coverage is the ledger's word, one row a span, and replaced whole."""
    span = Span(
        key=series_key(),
        con_id=265598,
        start=_DAYS[0],
        end=date(2013, 2, 1),
        state=CoverageState.EMPTY,
        rows=0,
        fetched_at=FETCHED_AT,
    )
    rebuild_catalog(tmp_path, (span, span))
    path = rebuild_catalog(tmp_path, (span,))
    assert _rows(path, "SELECT * FROM coverage") == [
        {
            "instrument_id": "AAPL.NASDAQ",
            "con_id": 265598,
            "bar": "1 day",
            "what": "TRADES",
            "rth": True,
            "start_session": _DAYS[0],
            "end_session": date(2013, 2, 1),
            "state": "empty",
            "rows": 0,
            "fetched_at": FETCHED_AT,
        }
    ]


def test_rebuild_catalog_relative_root_makes_absolute_views(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A catalog opened from another folder shows the same bars."""
    monkeypatch.chdir(tmp_path)
    _publish(Path("market"), "AAPL.NASDAQ")
    path = rebuild_catalog(Path("market"), ())
    monkeypatch.chdir("/")
    assert path == tmp_path / "market" / "catalog.duckdb"
    assert _rows(path, "SELECT count(*) AS n FROM bars") == [{"n": 10}]


def test_rebuild_catalog_truncated_file_is_named_and_the_old_catalog_stays(tmp_path: Path) -> None:
    """A damaged file is an error with a path, not a view that fails later."""
    _publish(tmp_path, "AAPL.NASDAQ")
    path = rebuild_catalog(tmp_path, ())
    before = path.read_bytes()
    damaged = tmp_path / "bars" / series_folder(series_key()) / "all.parquet"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptFile, match=r"AAPL\.NASDAQ/all\.parquet"):
        rebuild_catalog(tmp_path, ())
    assert path.read_bytes() == before
    damaged.write_bytes(whole)
    rebuild_catalog(tmp_path, ())
    assert sorted(item.name for item in tmp_path.iterdir() if item.is_file()) == ["catalog.duckdb"]


def test_rebuild_catalog_foreign_files_are_named(tmp_path: Path) -> None:
    """A file of other columns, or in a folder of no series, would break or falsify the view."""
    folder = tmp_path / "bars" / series_folder(series_key())
    write_parquet(folder / "all.parquet", daily_bars(_DAYS))
    with pytest.raises(SchemaMismatch, match="fetched_at"):
        rebuild_catalog(tmp_path, ())
    (folder / "all.parquet").unlink()
    stray = tmp_path / "bars" / "bar=1_eon" / "what=TRADES" / "rth=1" / "instrument_id=A"
    write_parquet(stray / "all.parquet", daily_bars(_DAYS))
    with pytest.raises(StoreError, match="bar=1_eon"):
        rebuild_catalog(tmp_path, ())


def test_open_catalog_meets_a_truncated_file_and_names_it(tmp_path: Path) -> None:
    """A reader of damaged data learns which file to move away, not what DuckDB thinks of it."""
    _publish(tmp_path, "AAPL.NASDAQ")
    rebuild_catalog(tmp_path, ())
    (path,) = (tmp_path / "bars").rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-100])
    with (
        pytest.raises(CorruptFile, match=r"all\.parquet"),
        open_catalog(tmp_path) as catalog,
    ):
        catalog.execute("SELECT sum(close) FROM bars").fetchall()


def test_open_catalog_before_there_is_one_says_so(tmp_path: Path) -> None:
    """No catalog is an error, not an empty one."""
    with pytest.raises(StoreError, match="catalog of"), open_catalog(tmp_path):
        pass


def test_bars_of_an_instrument_are_its_rows_of_the_view(tmp_path: Path) -> None:
    """The quick way to one instrument brings what the view brings, whatever its id."""
    for instrument_id in _IDS:
        _publish(tmp_path, instrument_id)
    path = rebuild_catalog(tmp_path, ())
    for instrument_id in _IDS:
        quick = _rows(path, f"SELECT * FROM bars_of('{instrument_id}') ORDER BY session")
        plain = _rows(
            path, f"SELECT * FROM bars WHERE instrument_id = '{instrument_id}' ORDER BY session"
        )
        assert quick == plain
        assert len(quick) == len(_DAYS)


def test_bars_of_an_unknown_instrument_are_an_error(tmp_path: Path) -> None:
    """A misspelt id is told, not answered with nothing."""
    _publish(tmp_path, "AAPL.NASDAQ")
    path = rebuild_catalog(tmp_path, ())
    with pytest.raises(duckdb.IOException, match="No files found"):
        _rows(path, "SELECT * FROM bars_of('APPL.NASDAQ')")
