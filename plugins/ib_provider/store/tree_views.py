# SPDX-License-Identifier: Apache-2.0
"""The SQL of past ticks and continuous futures: trees of files whose folders are columns, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa

from ib_provider.domain.tick_kind import TickKind
from ib_provider.store.catalog_views import empty_view, sql_type, tree_view
from ib_provider.store.continuous_store import CONTINUOUS_SCHEMA, ROLL_SCHEMA
from ib_provider.store.tick_store import TICK_SCHEMAS

__all__ = ["tree_views"]

_Columns = Mapping[str, tuple[str, str]]

_TICK_VIEWS: Final = {
    TickKind.TRADES: "past_trades",
    TickKind.BID_ASK: "past_bid_asks",
    TickKind.MIDPOINT: "past_midpoints",
}
_TICK_FOLDERS: Final = {
    "instrument_id": ("instrument_id", "VARCHAR"),
    "rth": ("rth", "BOOLEAN"),
    "session": ("session", "DATE"),
}
_CONTINUOUS_FOLDERS: Final = {
    "continuous_id": ("continuous_id", "VARCHAR"),
    "rule": ("rule", "VARCHAR"),
    "adjust": ("adjust", "VARCHAR"),
    "bar": ("replace(bar, '_', ' ')", "VARCHAR"),
    "rth": ("rth", "BOOLEAN"),
}
_CONTINUOUS_GLOB: Final = "bar=*/what=*/rth=*/continuous_id=*/rule=*/adjust=*"


def tree_views(root: Path) -> Iterator[str]:
    """Yield the views below ``root``, typed the same with and without files."""
    types = "{'rth': BOOLEAN, 'instrument_id': VARCHAR, 'session': DATE}"
    for kind, name in _TICK_VIEWS.items():
        folder = root / "ticks" / f"kind={kind}"
        columns = _TICK_FOLDERS | _columns(TICK_SCHEMAS[kind])
        yield _view(name, columns, folder, "rth=*/instrument_id=*/session=*/ticks.parquet", types)
    types = (
        "{'bar': VARCHAR, 'what': VARCHAR, 'rth': BOOLEAN, 'continuous_id': VARCHAR, "
        "'rule': VARCHAR, 'adjust': VARCHAR}"
    )
    folder = root / "continuous"
    columns = _CONTINUOUS_FOLDERS | _columns(CONTINUOUS_SCHEMA)
    yield _view("continuous_bars", columns, folder, f"{_CONTINUOUS_GLOB}/bars.parquet", types)
    columns = _CONTINUOUS_FOLDERS | _columns(ROLL_SCHEMA)
    yield _view("rolls", columns, folder, f"{_CONTINUOUS_GLOB}/rolls.parquet", types)


def _view(name: str, columns: _Columns, folder: Path, files: str, types: str) -> str:
    if next(folder.glob(files), None) is None:
        return empty_view(name, columns)
    return tree_view(name, columns, folder, files, types)


def _columns(schema: pa.Schema) -> dict[str, tuple[str, str]]:
    return {field.name: (f'"{field.name}"', sql_type(field.type)) for field in schema}
