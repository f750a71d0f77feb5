# SPDX-License-Identifier: Apache-2.0
"""Write bars of the lake into one file for somebody else: Parquet or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from ib_provider.domain.bar import BarSpec
from ib_provider.errors import ConfigError, StoreError
from ib_provider.store.atomic_file import replacing
from ib_provider.store.catalog import open_catalog

__all__ = ["EXPORTED_VIEWS", "Export", "export_bars"]

#: What can be exported.
EXPORTED_VIEWS: Final = ("bars", "bars_raw", "bars_split", "bars_total")
_ROWS: Final = 100_000

#: The instant of a bar of a day and longer is the midnight at which its session begins.
_QUERY: Final = """
SELECT bars.* FROM {view} AS bars JOIN instruments USING (instrument_id)
WHERE list_contains($ids, instrument_id) AND bar = $bar AND what = $what AND rth = $rth
  AND {begin} AND {end}
ORDER BY instrument_id, session, ts
"""
_INSTANT: Final = "coalesce(ts, timezone(time_zone, session::TIMESTAMP))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that was written."""

    path: Path
    rows: int


def export_bars(
    market: Path,
    *,
    view: str,
    ids: Sequence[str],
    spec: BarSpec,
    start: date | None,
    end: date | None,
    path: Path,
) -> Export:
    """Write the bars of a range into a file, sorted by instrument and time; there whole or not.

    Args:
        view: One of ``EXPORTED_VIEWS``.
        start: First session, or first instant where it is a datetime with its zone; inclusive.
        end: The session, or the instant, before which bars begin: exclusive.
        path: ``.parquet`` or ``.csv``; what is there is replaced.

    Raises:
        ConfigError: A view or a kind of file that there is not, or an instant without a zone.
        StoreError: No bar is in the range: no file was written.
    """
    _check(view, path, start, end)
    begin_sql, end_sql = _condition(start, ">=", "start"), _condition(end, "<", "end")
    query = _QUERY.format(view=view, begin=begin_sql, end=end_sql)
    asked: dict[str, object] = {
        "ids": list(ids),
        "bar": spec.size.value,
        "what": spec.what.value,
        "rth": spec.rth,
        **({} if start is None else {"start": start}),
        **({} if end is None else {"end": end}),
    }
    with open_catalog(market) as catalog:
        reader = _utc(catalog, query, asked)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            rows = _write(reader, temporary, kind=path.suffix)
            if not rows:
                raise StoreError(
                    f"{view}: no {spec} bar of {', '.join(ids)} from {start or 'the first'} "
                    f"to {end or 'the last'}; see `ib-provider bars coverage`"
                )
    return Export(path=path, rows=rows)


def _check(view: str, path: Path, start: date | None, end: date | None) -> None:
    problems = []
    if view not in EXPORTED_VIEWS:
        problems.append(f"view: {view!r} is none of {', '.join(EXPORTED_VIEWS)}")
    if path.suffix not in (".parquet", ".csv"):
        problems.append(f"path: {path.name} ends neither in .parquet nor in .csv")
    for name, bound in (("start", start), ("end", end)):
        if isinstance(bound, datetime) and bound.tzinfo is None:
            problems.append(f"{name}: {bound} has no time zone; say Z, or +01:00")
    if problems:
        raise ConfigError("export", problems)


def _condition(bound: date | None, compare: str, name: str) -> str:
    if bound is None:
        return "true"
    column = _INSTANT if isinstance(bound, datetime) else "session"
    return f"{column} {compare} ${name}"


def _utc(
    catalog: duckdb.DuckDBPyConnection, query: str, asked: dict[str, object]
) -> pa.RecordBatchReader:
    catalog.execute("SET TimeZone = 'UTC'")
    return catalog.sql(query, params=asked).to_arrow_reader(_ROWS)


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
