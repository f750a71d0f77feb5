# SPDX-License-Identifier: Apache-2.0
"""The SQL of the catalog: one table of columns a view.

Rules:
    - Paths are absolute and their glob characters quoted: a view resolves in the reader's folder.
    - Hive types are said, never guessed: an id such as ``00123.HK`` or ``1.NYSE`` stays text.
    - The views name their columns: a folder further up that looks like ``a=b`` adds none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow as pa

__all__ = [
    "BARS",
    "COVERAGE",
    "INSTRUMENTS",
    "SPLITS",
    "bars_macro",
    "bars_view",
    "empty_view",
    "file_view",
    "quoted_path",
    "sql_type",
    "tree_view",
]

_Columns = Mapping[str, tuple[str, str]]

#: Column of the view → its expression over the files, its type.
BARS: Final[_Columns] = MappingProxyType(
    {
        "instrument_id": ("instrument_id", "VARCHAR"),
        "con_id": ("con_id", "BIGINT"),
        "bar": ("replace(bar, '_', ' ')", "VARCHAR"),
        "what": ("what", "VARCHAR"),
        "rth": ("rth", "BOOLEAN"),
        "ts": ("ts", "TIMESTAMPTZ"),
        "session": ("session", "DATE"),
        "open": ("open", "DOUBLE"),
        "high": ("high", "DOUBLE"),
        "low": ("low", "DOUBLE"),
        "close": ("close", "DOUBLE"),
        "volume": ("volume", "DOUBLE"),
        "wap": ("wap", "DOUBLE"),
        "bar_count": ("bar_count", "INTEGER"),
        "fetched_at": ("fetched_at", "TIMESTAMPTZ"),
    }
)

INSTRUMENTS: Final[_Columns] = MappingProxyType(
    {
        "instrument_id": ("instrument_id", "VARCHAR"),
        "con_id": ("con_id", "BIGINT"),
        "symbol": ("symbol", "VARCHAR"),
        "sec_type": ("sec_type", "VARCHAR"),
        "exchange": ("exchange", "VARCHAR"),
        "primary_exchange": ("primary_exchange", "VARCHAR"),
        "currency": ("currency", "VARCHAR"),
        "local_symbol": ("local_symbol", "VARCHAR"),
        "trading_class": ("trading_class", "VARCHAR"),
        "multiplier": ("multiplier", "VARCHAR"),
        "long_name": ("long_name", "VARCHAR"),
        "time_zone": ("time_zone", "VARCHAR"),
        # Kept as IB's exact text; analysts compare them with prices, which are DOUBLE.
        "min_tick": ("CAST(min_tick AS DOUBLE)", "DOUBLE"),
        "price_magnifier": ("price_magnifier", "BIGINT"),
        "min_size": ("CAST(min_size AS DOUBLE)", "DOUBLE"),
        "size_increment": ("CAST(size_increment AS DOUBLE)", "DOUBLE"),
        "valid_exchanges": ("valid_exchanges", "VARCHAR[]"),
        "market_rule_ids": ("market_rule_ids", "BIGINT[]"),
        "trading_hours": ("trading_hours", "VARCHAR"),
        "liquid_hours": ("liquid_hours", "VARCHAR"),
        "industry": ("industry", "VARCHAR"),
        "category": ("category", "VARCHAR"),
        "stock_type": ("stock_type", "VARCHAR"),
        "isin": ("isin", "VARCHAR"),
        "expiry": ("expiry", "DATE"),
        "seen_at": ("seen_at", "TIMESTAMPTZ"),
        "last_trade_date": ("last_trade_date", "VARCHAR"),
        "strike": ("CAST(strike AS DOUBLE)", "DOUBLE"),
        "right": ('"right"', "VARCHAR"),
        "expires_at": ("expires_at", "TIMESTAMPTZ"),
        "contract_month": ("contract_month", "VARCHAR"),
        "lot_size": ("CAST(lot_size AS DOUBLE)", "DOUBLE"),
        "under_con_id": ("under_con_id", "BIGINT"),
        "under_symbol": ("under_symbol", "VARCHAR"),
        "under_sec_type": ("under_sec_type", "VARCHAR"),
        "asset_class": ("asset_class", "VARCHAR"),
        "cusip": ("cusip", "VARCHAR"),
        "figi": ("figi", "VARCHAR"),
        "details": ("details", "MAP(VARCHAR, VARCHAR)"),
    }
)

COVERAGE: Final[_Columns] = MappingProxyType(
    {
        "instrument_id": ("instrument_id", "VARCHAR"),
        "con_id": ("con_id", "BIGINT"),
        "bar": ("bar", "VARCHAR"),
        "what": ("what", "VARCHAR"),
        "rth": ("rth", "BOOLEAN"),
        "start_session": ("start_session", "DATE"),
        "end_session": ("end_session", "DATE"),
        "state": ("state", "VARCHAR"),
        "rows": ('"rows"', "BIGINT"),
        "fetched_at": ("fetched_at", "TIMESTAMPTZ"),
    }
)

SPLITS: Final[_Columns] = MappingProxyType(
    {
        "instrument_id": ("instrument_id", "VARCHAR"),
        "bar": ("bar", "VARCHAR"),
        "what": ("what", "VARCHAR"),
        "rth": ("rth", "BOOLEAN"),
        "ex_session": ("ex_session", "DATE"),
        "ratio": ("ratio", "DOUBLE"),
        "fetched_at": ("fetched_at", "TIMESTAMPTZ"),
    }
)

_HIVE_TYPES = "{'bar': VARCHAR, 'what': VARCHAR, 'rth': BOOLEAN, 'instrument_id': VARCHAR}"


def bars_view(root: Path) -> str:
    """Return the view over every bar file below ``root``, also those written later."""
    files = "bar=*/what=*/rth=*/instrument_id=*/*.parquet"
    return tree_view("bars", BARS, root / "bars", files, _HIVE_TYPES)


def tree_view(name: str, columns: _Columns, folder: Path, files: str, hive_types: str) -> str:
    """Return the view over every file below ``folder`` that a glob names, also later ones.

    Args:
        hive_types: DuckDB's struct of the types that folder names have.
    """
    source = (
        f"read_parquet('{quoted_path(folder)}/{files}', hive_partitioning = true, "
        f"hive_types = {hive_types})"
    )
    return _view(name, columns, source)


def bars_macro(root: Path) -> str:
    """Return the table macro ``bars_of(id)``: the bars of one instrument, ten times as fast.

    The view lists every folder of the tree at each query; the macro looks into those of one
    instrument. An id without bars is an error of DuckDB, not an empty answer.
    """
    folder = f"{quoted_path(root / 'bars')}/bar=*/what=*/rth=*/instrument_id="
    files = f"'{folder}' || url_encode(id) || '/*.parquet'"
    source = f"read_parquet({files}, hive_partitioning = true, hive_types = {_HIVE_TYPES})"
    return f"CREATE MACRO bars_of(id) AS TABLE {_select(BARS, source)}"


def file_view(name: str, columns: _Columns, path: Path, *, files: str = "") -> str:
    """Return the view over one file, or over the ``files`` of a folder, as a glob pattern."""
    source = f"{quoted_path(path)}/{files}" if files else quoted_path(path)
    return _view(name, columns, f"read_parquet('{source}', hive_partitioning = false)")


def empty_view(name: str, columns: _Columns) -> str:
    """Return a view without rows, typed as the full one: ``read_parquet`` needs a file."""
    nulls = ", ".join(
        f'CAST(NULL AS {kind}) AS "{column}"' for column, (_, kind) in columns.items()
    )
    return f"CREATE VIEW {name} AS SELECT {nulls} WHERE false"


def _view(name: str, columns: _Columns, source: str) -> str:
    return f"CREATE VIEW {name} AS {_select(columns, source)}"


def _select(columns: _Columns, source: str) -> str:
    selected = ", ".join(
        f'{expression} AS "{column}"' for column, (expression, _) in columns.items()
    )
    # Constants of this module and one quoted path: no text of a stranger.
    return f"SELECT {selected} FROM {source}"  # noqa: S608


def quoted_path(path: Path) -> str:
    """Return a path in which nothing is a glob and that fits between single quotes."""
    literal = "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
    return literal.replace("'", "''")


def sql_type(kind: pa.DataType) -> str:
    """Return the type a view gives to a column of a file."""
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    return _SQL_TYPES[str(kind)]


_SQL_TYPES: Final = {
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "double": "DOUBLE",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "string": "VARCHAR",
    "timestamp[us, tz=UTC]": "TIMESTAMPTZ",
}
