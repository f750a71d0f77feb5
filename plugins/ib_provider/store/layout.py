# SPDX-License-Identifier: Apache-2.0
"""Where a series lies in the tree.

    <root>/bars/bar=1_day/what=TRADES/rth=1/instrument_id=AAPL.NASDAQ/all.parquet
    <root>/bars/bar=1_min/what=TRADES/rth=0/instrument_id=EUR%2FUSD.IDEALPRO/year=2013.parquet
    <root>/staging/batch=<batch>/bar=…/what=…/rth=…/instrument_id=…/<start>_<end>.parquet
    <root>/quarantine/batch=<batch>/…/<start>_<end>.parquet and .findings.json
    <root>/ref/instruments.parquet, coverage.parquet
    <root>/locks/…                 kernel locks; the files mean nothing
    <root>/catalog.duckdb          views, made again at any time

Folder values are percent-encoded, which DuckDB and pyarrow undo when they read a hive path. Years
are file names, not folders, so that a series is one folder to lock, to list and to copy.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import quote, unquote

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.errors import StoreError

__all__ = [
    "batch_folder",
    "quarantine_folder",
    "series_folder",
    "series_in",
    "series_key",
    "span_file",
]

_LONGEST_NAME = 255  # bytes of one path component, on every common file system


def series_folder(key: SeriesKey) -> Path:
    """Return the folder of a series, relative to the part of the tree it is in."""
    return Path(
        f"bar={_escape(key.spec.size.value.replace(' ', '_'))}",
        f"what={key.spec.what.value}",
        f"rth={int(key.spec.rth)}",
        _component("instrument_id", key.instrument_id),
    )


def series_key(folder: Path) -> SeriesKey:
    """Return the series whose folder this is, the inverse of ``series_folder``.

    Args:
        folder: Any path that ends in a series folder.

    Raises:
        StoreError: The last four folders are not those of a series.
    """
    try:
        named = dict(part.split("=", 1) for part in folder.parts[-4:])
        return SeriesKey(
            instrument_id=unquote(named["instrument_id"]),
            spec=BarSpec(
                size=BarSize(unquote(named["bar"]).replace("_", " ")),
                what=WhatToShow(named["what"]),
                rth={"1": True, "0": False}[named["rth"]],
            ),
        )
    except (ValueError, KeyError) as error:
        raise StoreError(
            f"{folder} is not the folder of a series; move it out of the tree"
        ) from error


def series_in(root: Path) -> list[Path]:
    """Return the series folders below ``root`` that hold a file, sorted."""
    return sorted(
        {path.parent for path in root.glob("bar=*/what=*/rth=*/instrument_id=*/*.parquet")}
    )


def batch_folder(root: Path, batch: str) -> Path:
    """Return where a batch waits to be judged."""
    return root / "staging" / _component("batch", batch)


def quarantine_folder(root: Path, batch: str) -> Path:
    """Return where the refused part of a batch is kept."""
    return root / "quarantine" / _component("batch", batch)


def span_file(start: date, end: date) -> str:
    """Return the file name of a staged span."""
    return f"{start.isoformat()}_{end.isoformat()}.parquet"


def _component(name: str, value: str) -> str:
    component = f"{name}={_escape(value)}"
    if not value or len(component) > _LONGEST_NAME:
        raise StoreError(
            f"{name} {value!r} cannot name a folder: empty, or longer than a path allows"
        )
    return component


def _escape(value: str) -> str:
    return quote(value, safe="")
