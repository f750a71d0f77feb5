# SPDX-License-Identifier: Apache-2.0
"""What a capture keeps: the columns of each kind, and live values as rows of them.

Every row says which capture wrote it (``capture``), as the how many-eth (``seq``): a row is told
from every other by the two. Prices and sizes are doubles: they are measurements, not money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from ib_provider.domain.live import DepthBook, LiveBar, StreamKind

__all__ = ["LIVE_TABLES", "LiveTable", "live_rows"]

_TS: Final = pa.timestamp("us", tz="UTC")
_F, _B, _S, _I = pa.float64(), pa.bool_(), pa.string(), pa.int64()
_Fields = tuple[tuple[str, pa.DataType], ...]

_HEAD: Final[_Fields] = (("con_id", _I), ("ts", _TS))
_TAIL: Final[_Fields] = (("received_at", _TS), ("capture", _S), ("seq", _I))

_TRADES: Final[_Fields] = (
    ("price", _F),
    ("size", _F),
    ("exchange", _S),
    ("conditions", _S),
    ("ordinal", pa.int32()),
    ("past_limit", _B),
    ("unreported", _B),
    ("trade_id", _S),
)
_TOUCH: Final[_Fields] = (
    ("bid", _F),
    ("ask", _F),
    ("bid_size", _F),
    ("ask_size", _F),
    ("bid_past_low", _B),
    ("ask_past_high", _B),
)
_QUOTE: Final[_Fields] = (
    ("bid", _F),
    ("ask", _F),
    ("bid_size", _F),
    ("ask_size", _F),
    ("last", _F),
    ("last_size", _F),
    ("volume", _F),
    ("open", _F),
    ("high", _F),
    ("low", _F),
    ("close", _F),
    ("halted", _B),
    ("data_type", _S),
)
_BAR: Final[_Fields] = (
    ("bar", _S),
    ("what", _S),
    ("rth", _B),
    ("session", pa.date32()),
    ("bar_end", _TS),
    ("open", _F),
    ("high", _F),
    ("low", _F),
    ("close", _F),
    ("volume", _F),
    ("wap", _F),
    ("bar_count", pa.int32()),
    ("is_final", _B),
    ("is_revision", _B),
    ("source", _S),
)
_GREEKS: Final[_Fields] = (
    ("computed_from", _S),
    ("is_delayed", _B),
    ("implied_volatility", _F),
    ("delta", _F),
    ("gamma", _F),
    ("vega", _F),
    ("theta", _F),
    ("price", _F),
    ("pv_dividend", _F),
    ("underlying_price", _F),
)
_INTEREST: Final[_Fields] = (("session", pa.date32()), ("open_interest", _F))
_LIST: Final = pa.list_(pa.float64())
_DEPTH: Final[_Fields] = (
    ("bid_prices", _LIST),
    ("bid_sizes", _LIST),
    ("bid_makers", pa.list_(_S)),
    ("ask_prices", _LIST),
    ("ask_sizes", _LIST),
    ("ask_makers", pa.list_(_S)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTable:
    """One table of the live tree.

    Attributes:
        name: Of its folder and of its view.
        schema: Of its files.
        key: Columns by which a later row replaces an earlier one; none where every row is kept.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...] = ()


def _table(name: str, fields: _Fields, key: tuple[str, ...] = ()) -> LiveTable:
    return LiveTable(name=name, schema=pa.schema([*_HEAD, *fields, *_TAIL]), key=key)


#: Live trades and those that history gave back share their names, and are one row.
_TRADE_TABLE: Final = _table("trades", _TRADES, ("con_id", "trade_id"))
_BAR_TABLE: Final = _table("live_bars", _BAR, ("bar", "what", "rth", "session", "ts", "is_final"))

#: Kind of subscription → its table. Kinds that say the same share one.
LIVE_TABLES: Final[Mapping[StreamKind, LiveTable]] = MappingProxyType(
    {
        StreamKind.TRADES: _TRADE_TABLE,
        StreamKind.ALL_TRADES: _table("all_trades", _TRADES),
        StreamKind.BID_ASK: _table("bid_asks", _TOUCH),
        StreamKind.MIDPOINTS: _table("midpoints", (("price", _F),)),
        StreamKind.QUOTES: _table("quotes", _QUOTE),
        StreamKind.INDEX_PRICES: _table("index_prices", (("price", _F), ("data_type", _S))),
        StreamKind.GREEKS: _table("greeks", _GREEKS),
        StreamKind.OPEN_INTEREST: _table("open_interest", _INTEREST, ("con_id", "session")),
        StreamKind.DEPTH: _table("depth", _DEPTH),
        StreamKind.BARS: _BAR_TABLE,
        StreamKind.REAL_TIME_BARS: _BAR_TABLE,
    }
)


def live_rows(
    kind: StreamKind, values: Sequence[Any], *, received_us: Sequence[int], capture: str, seq: int
) -> pa.Table:
    """Return live values as rows of their kind's table.

    Args:
        values: As the stream of that kind yields them.
        received_us: When each came, microseconds since 1970; ticks say so themselves.
        capture: Who writes.
        seq: The number of the first row.
    """
    columns = _COLUMNS[kind](values)
    count = len(values)
    if "received_ns" in columns:
        received = [ns // 1000 for ns in columns.pop("received_ns")]
    else:
        received = list(received_us)
    columns |= {
        "received_at": received,
        "capture": [capture] * count,
        "seq": list(range(seq, seq + count)),
    }
    schema = LIVE_TABLES[kind].schema
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> Any:
    return pa.array(values, type=kind, from_pandas=False)


def _of_tuples(values: Sequence[Any]) -> dict[str, Any]:
    """Return the columns of named tuples."""
    return dict(zip(type(values[0])._fields, map(list, zip(*values, strict=True)), strict=True))


def _trades(values: Sequence[Any]) -> dict[str, Any]:
    return _of_tuples(values) | {"trade_id": [value.trade_id for value in values]}


def _of_fields(*names: str) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """Return a reader of attributes; decimals become doubles, enumerations their names."""

    def read(values: Sequence[Any]) -> dict[str, Any]:
        return {name: [_plain(getattr(value, name)) for value in values] for name in names}

    return read


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str | float):
        return value
    if hasattr(value, "as_tuple"):
        return float(value)
    return value.name.lower() if hasattr(value, "name") else value


def _greeks(values: Sequence[Any]) -> dict[str, Any]:
    names = [name for name, _ in (*_HEAD, *_GREEKS) if name != "computed_from"]
    return _of_fields(*names)(values) | {"computed_from": [str(value.source) for value in values]}


def _bars(values: Sequence[LiveBar]) -> dict[str, Any]:
    same = ("con_id", "session", "open", "high", "low", "close", "volume", "wap", "bar_count")
    columns = {name: [getattr(value, name) for value in values] for name in same}
    return columns | {
        "ts": [value.start for value in values],
        "bar_end": [value.end for value in values],
        "bar": [str(value.spec.size) for value in values],
        "what": [str(value.spec.what) for value in values],
        "rth": [value.spec.rth for value in values],
        "is_final": [value.is_final for value in values],
        "is_revision": [value.is_revision for value in values],
        "source": ["live"] * len(values),
    }


def _depth(values: Sequence[DepthBook]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: [getattr(v, name) for v in values] for name, _ in _HEAD}
    for side in ("bid", "ask"):
        rows = [getattr(value, f"{side}s") for value in values]
        columns[f"{side}_prices"] = [[row.price for row in book] for book in rows]
        columns[f"{side}_sizes"] = [[row.size for row in book] for book in rows]
        columns[f"{side}_makers"] = [[row.market_maker for row in book] for book in rows]
    return columns


_COLUMNS: Final[Mapping[StreamKind, Callable[[Sequence[Any]], dict[str, Any]]]] = {
    StreamKind.TRADES: _trades,
    StreamKind.ALL_TRADES: _trades,
    StreamKind.BID_ASK: _of_tuples,
    StreamKind.MIDPOINTS: _of_tuples,
    StreamKind.QUOTES: _of_fields(*(name for name, _ in (*_HEAD, *_QUOTE))),
    StreamKind.INDEX_PRICES: _of_fields("con_id", "ts", "price", "data_type"),
    StreamKind.GREEKS: _greeks,
    StreamKind.OPEN_INTEREST: _of_fields("con_id", "ts", "session", "open_interest"),
    StreamKind.DEPTH: _depth,
    StreamKind.BARS: _bars,
    StreamKind.REAL_TIME_BARS: _bars,
}
