# SPDX-License-Identifier: Apache-2.0
"""Write bars of the lake into one file for somebody else: Parquet or CSV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from ib_provider.errors import ConfigError
from ib_provider.store.atomic_file import replacing
from ib_provider.store.bar_selection import BarSelection, select_bars
from ib_provider.store.catalog import open_catalog

__all__ = ["Export", "export_bars"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that was written."""

    path: Path
    rows: int


def export_bars(market: Path, wanted: BarSelection, *, path: Path) -> Export:
    """Write the bars of a range into a file, sorted by instrument and time; there whole or not.

    Args:
        path: ``.parquet`` or ``.csv``; what is there is replaced.

    Raises:
        ConfigError: A view or a kind of file that there is not, or an instant without a zone.
        StoreError: No bar is in the range: no file was written.
    """
    problems = list(wanted.problems())
    if path.suffix not in (".parquet", ".csv"):
        problems.append(f"path: {path.name} ends neither in .parquet nor in .csv")
    if problems:
        raise ConfigError("export", problems)
    with open_catalog(market) as catalog:
        reader = select_bars(catalog, wanted)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            rows = _write(reader, temporary, kind=path.suffix)
            if not rows:
                raise wanted.nothing()
    return Export(path=path, rows=rows)


def _write(reader: pa.RecordBatchReader, path: Path, *, kind: str) -> int:
    """Write a stream of rows, whatever its length, and return their number."""
    rows = 0
    writer = (
        pa.csv.CSVWriter(path, reader.schema)
        if kind == ".csv"
        else pq.ParquetWriter(path, reader.schema, compression="zstd")
    )
    with writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
