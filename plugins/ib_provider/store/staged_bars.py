# SPDX-License-Identifier: Apache-2.0
"""Bars that were fetched and wait to be judged, with what was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import unquote

from ib_provider.domain.bar import SeriesKey
from ib_provider.errors import CorruptFile
from ib_provider.store.layout import series_key
from ib_provider.store.parquet_file import read_footer

__all__ = ["StagedBars", "WriteReport", "describe_request", "read_staged_bars"]

_METADATA_KEY = "ib_provider.staged"


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedBars:
    """One file of a batch: the answer to one request for one series.

    Attributes:
        start: First session asked for, inclusive.
        end: Day after the last session asked for: exclusive.
        rows: Bars in the answer; 0 says that IB has none for the span.
        ratio: Set where these bars replace the whole series, because a split changed every stored
            price: the new price over the stored one. None for bars that are merged into it.
        empty: Ranges of sessions, ends exclusive, of which it is proved that IB has no bars.
        file: The one file of the series that these bars can become as they are: they are sorted,
            unique, and all of one file. None where they must be merged.
    """

    batch: str
    key: SeriesKey
    con_id: int
    start: date
    end: date
    rows: int
    fetched_at: datetime
    path: Path
    ratio: float | None = None
    file: str | None = None
    empty: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReport:
    """What a publication did to a series: rows added, rows revised, rows in all."""

    key: SeriesKey
    new: int
    changed: int
    total: int


def describe_request(staged: StagedBars) -> dict[str, str]:
    """Return the metadata that travel in a staged file: what its path and its rows do not say."""
    proved = [[first.isoformat(), after.isoformat()] for first, after in staged.empty]
    optional = {"ratio": staged.ratio, "file": staged.file, "empty": proved or None}
    request = {
        "con_id": staged.con_id,
        "start": staged.start.isoformat(),
        "end": staged.end.isoformat(),
        "fetched_at": staged.fetched_at.isoformat(),
    } | {name: value for name, value in optional.items() if value is not None}
    return {_METADATA_KEY: json.dumps(request, sort_keys=True)}


def read_staged_bars(path: Path) -> StagedBars:
    """Return the description of one staged file, from its path and its footer.

    Raises:
        CorruptFile: The file is cut short, or says nothing of the request.
    """
    footer = read_footer(path)
    try:
        request = json.loads(footer.metadata[_METADATA_KEY])
        return StagedBars(
            batch=unquote(path.parents[4].name.removeprefix("batch=")),
            key=series_key(path.parent),
            con_id=int(request["con_id"]),
            start=date.fromisoformat(request["start"]),
            end=date.fromisoformat(request["end"]),
            rows=footer.rows,
            fetched_at=datetime.fromisoformat(request["fetched_at"]),
            path=path,
            ratio=request.get("ratio"),
            file=request.get("file"),
            empty=tuple(
                (date.fromisoformat(first), date.fromisoformat(after))
                for first, after in request.get("empty", ())
            ),
        )
    except (KeyError, ValueError) as error:
        raise CorruptFile(str(path), f"its metadata do not say what was asked: {error}") from error
