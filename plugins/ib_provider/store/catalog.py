# SPDX-License-Identifier: Apache-2.0
"""The DuckDB file that analysts open: views over the Parquet tree, and nothing else.

Strategy:
    DuckDB lets one process write a database file and then nobody else read it. So the file holds
    no data, is opened read-only by everyone, and is replaced whole: built under a temporary name
    and renamed. A reader keeps the file that it opened and loses nothing by that, because the
    views look at the tree at every query. Only three things need a rebuild: the first bar ever,
    new coverage, and a tree that was moved.

Recovery:
    The catalog can be deleted and rebuilt at any time. When ``CorruptFile`` names a bar file,
    move that file away and fetch its span again (see ``bar_store``), then rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from ib_provider.domain.bar_table import STORED_BAR_SCHEMA
from ib_provider.domain.coverage import Span
from ib_provider.errors import StoreError
from ib_provider.store import catalog_views as views
from ib_provider.store.adjusted_views import ADJUSTED_VIEWS
from ib_provider.store.atomic_file import replacing, sweep_tree
from ib_provider.store.coverage_table import coverage_rows
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.layout import series_in, series_key
from ib_provider.store.live_views import live_views
from ib_provider.store.parquet_file import read_footer, write_parquet
from ib_provider.store.reference_views import reference_views
from ib_provider.store.report_views import report_views
from ib_provider.store.split_store import SplitStore
from ib_provider.store.tree_views import tree_views

__all__ = [
    "CATALOG_NAME",
    "CATALOG_SCRIPT",
    "catalog_script",
    "ensure_catalog",
    "open_catalog",
    "rebuild_catalog",
]

#: Name of the catalog in the root of the market tree.
CATALOG_NAME: Final = "catalog.duckdb"
#: Name of the same views as SQL in the root of a copy on an object store.
CATALOG_SCRIPT: Final = "catalog.sql"


def rebuild_catalog(
    root: Path, coverage: Sequence[Span] | None, *, lock_wait_s: float = DEFAULT_WAIT_S
) -> Path:
    """Make the views over the tree anew; return the path of the catalog.

    Safe beside readers and writers of the tree, and on a tree that is empty or not there yet: the
    views then have no rows and the same types. What writers that were killed left is swept.

    Args:
        root: The market tree (``Settings.market``); its absolute path goes into the views.
        coverage: All that is known of what was asked for; written to ``ref/coverage.parquet``.
            None leaves that file as it is.

    Raises:
        CorruptFile: A file of the tree is cut short; the old catalog stays.
        SchemaMismatch: A file of the tree holds other columns; the old catalog stays.
        StoreError: A folder of the tree is not that of a series.
        WriteConflict: Another process has been rebuilding for ``lock_wait_s`` seconds.
    """
    root = root.absolute()
    catalog = root / CATALOG_NAME
    coverage_path = root / "ref" / "coverage.parquet"
    with holding(root / "locks" / "catalog.lock", subject="the catalog", wait_s=lock_wait_s):
        sweep_tree(root)
        _check_bars(root / "bars")
        if coverage is not None or not coverage_path.exists():
            write_parquet(coverage_path, coverage_rows(coverage or ()))
        statements = _statements(root, lock_wait_s)
        with replacing(catalog) as temporary:
            temporary.unlink()  # DuckDB refuses a file that is there and empty
            with duckdb.connect(str(temporary)) as connection:
                for statement in statements:
                    connection.execute(statement)
    return catalog


def _statements(root: Path, lock_wait_s: float) -> tuple[str, ...]:
    """Return the SQL of every view, having made the reference files that some look at."""
    instruments = InstrumentStore(root, lock_wait_s)
    instruments.upsert(())  # makes the file, so that its view need not wait for a rebuild
    splits = SplitStore(root, lock_wait_s).touch()
    has_bars = bool(series_in(root / "bars"))
    return (
        views.bars_view(root) if has_bars else views.empty_view("bars", views.BARS),
        views.bars_macro(root),
        views.file_view("instruments", views.INSTRUMENTS, instruments.path),
        views.file_view("coverage", views.COVERAGE, root / "ref" / "coverage.parquet"),
        views.file_view("splits", views.SPLITS, splits),
        *ADJUSTED_VIEWS,
        *reference_views(root),
        *live_views(root),
        *tree_views(root),
        *report_views(root),
    )


def catalog_script(root: Path, url: str) -> str:
    """Return the SQL that makes the views of a tree in any DuckDB, over its copy at a URL.

    The catalog must have been built; views without rows stay so until it is made anew.

    Raises:
        CorruptFile: A reference file is damaged.
        WriteConflict: Another process is writing one.
    """
    root = root.absolute()
    here, there = f"'{views.quoted_path(root)}/", f"'{url}/"
    statements = _statements(root, DEFAULT_WAIT_S)
    return "".join(f"{statement.replace(here, there).strip()};\n" for statement in statements)


def ensure_catalog(root: Path) -> Path:
    """Make the catalog unless there is one with today's views; return its path.

    Reference data change without bars: whoever loads instruments first finds no catalog.

    Raises:
        StoreError: As ``rebuild_catalog`` does.
    """
    catalog = root.absolute() / CATALOG_NAME
    if catalog.exists():
        with duckdb.connect(str(catalog), read_only=True) as connection:
            names = connection.execute("SELECT view_name FROM duckdb_views()").fetchall()
        if {("fills",), ("findings",), ("rebalance_legs",)} <= set(names):
            return catalog
    return rebuild_catalog(root, None)


@contextmanager
def open_catalog(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the catalog of a tree, read-only, beside any number of other readers.

    Raises:
        CorruptFile: A query met a file of the tree that is cut short.
        StoreError: DuckDB refused for another reason; there may be no catalog yet.
    """
    try:
        with duckdb.connect(str(root / CATALOG_NAME), read_only=True) as connection:
            yield connection
    except duckdb.Error as error:
        _check_bars(root / "bars")
        raise StoreError(f"catalog of {root}: {error}") from error


def _check_bars(root: Path) -> bool:
    """Return whether there is a bar file, having looked at the footer of each."""
    folders = series_in(root)
    for folder in folders:
        series_key(folder)
        for path in folder.glob("*.parquet"):
            read_footer(path, STORED_BAR_SCHEMA)
    return bool(folders)
