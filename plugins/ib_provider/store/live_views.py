# SPDX-License-Identifier: Apache-2.0
"""The SQL of the live tables: one view a table, typed the same with and without rows.

``instrument_id`` (of account tables: ``account``) is the folder's name; the day is a folder, too,
so that a query by ``day`` opens the files of that day alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ib_provider.store.account_table import ACCOUNT_TABLES
from ib_provider.store.catalog_views import empty_view, sql_type, tree_view
from ib_provider.store.fill_store import FILL_TABLE
from ib_provider.store.live_table import LIVE_TABLES, LiveTable

__all__ = ["live_views"]

#: A correction may name another day than what it corrects: it is in that day's file then.
_STANDING: Final = (
    " QUALIFY row_number() OVER (PARTITION BY account, family ORDER BY revision DESC, "
    "received_at DESC, seq DESC) = 1"
)
_HIVE_TYPES: Final = "{'table': VARCHAR, 'name': VARCHAR, 'day': DATE}"


def live_views(root: Path) -> Iterable[str]:
    """Yield the view of every live table below ``root``."""
    live = {table.name: table for table in LIVE_TABLES.values()}
    for table in live.values():
        yield _view(root, table, "instrument_id")
    for table in ACCOUNT_TABLES.values():
        yield _view(root, table, "account")
    yield _view(root, FILL_TABLE, "account") + _STANDING


def _view(root: Path, table: LiveTable, name_column: str) -> str:
    columns = _columns(table, name_column)
    folder = root / "live" / f"table={table.name}"
    if next(folder.glob("name=*/day=*/*.parquet"), None) is None:
        return empty_view(table.name, columns)
    return tree_view(table.name, columns, folder, "name=*/day=*/*.parquet", _HIVE_TYPES)


def _columns(table: LiveTable, name_column: str) -> Mapping[str, tuple[str, str]]:
    columns = {name_column: ("name", "VARCHAR"), "day": ("day", "DATE")}
    for field in table.schema:
        columns[field.name] = (f'"{field.name}"', sql_type(field.type))
    return columns
