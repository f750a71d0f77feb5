# SPDX-License-Identifier: Apache-2.0
"""Market data as Parquet files, read through DuckDB views."""

from __future__ import annotations

from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.lake import Lake
from ib_provider.store.staged_bars import StagedBars, WriteReport

__all__ = [
    "BarStore",
    "InstrumentStore",
    "Lake",
    "StagedBars",
    "WriteReport",
    "open_catalog",
    "rebuild_catalog",
]
