# SPDX-License-Identifier: Apache-2.0
"""Ticks as NautilusTrader reads them. The bytes are those that its version 1.221 wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from ib_provider.domain.tick_kind import TickKind
from ib_provider.errors import ConfigError
from ib_provider.store.nautilus_columns import NautilusFile
from ib_provider.store.nautilus_ticks import (
    NAUTILUS_QUOTE_SCHEMA,
    NAUTILUS_TRADE_SCHEMA,
    nautilus_ticks,
)
from ib_provider.store.tick_store import TICK_SCHEMAS

_AT = datetime(2013, 3, 4, 14, 30, tzinfo=UTC)
_1_25 = b"\x00@\xb1\x0b\xafh,\x00\x00\x00\x00\x00\x00\x00\x00\x00"
_1_50 = b"\x00\x80\xa1\xa7kJ5\x00\x00\x00\x00\x00\x00\x00\x00\x00"
_1 = b"\x00\x00\xc1o\xf2\x86#\x00\x00\x00\x00\x00\x00\x00\x00\x00"
_2 = b"\x00\x00\x82\xdf\xe4\rG\x00\x00\x00\x00\x00\x00\x00\x00\x00"


def _table(kind: TickKind, *rows: dict[str, Any]) -> pa.Table:
    whole = [
        dict.fromkeys(TICK_SCHEMAS[kind].names) | {"ts": _AT, "seq": seq} | row
        for seq, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(whole, schema=TICK_SCHEMAS[kind])


def _made(kind: TickKind, *rows: dict[str, Any], digits: int | None = None) -> NautilusFile:
    return nautilus_ticks(
        _table(kind, *rows),
        kind=kind,
        instrument_id="AAPL.NASDAQ",
        session=date(2013, 3, 4),
        least_digits=2,
        digits=digits,
    )


def test_trade_has_the_bytes_that_nautilus_trader_writes() -> None:
    """Price, size, an unknown aggressor, an id of its own, and IB's second."""
    later = _AT + timedelta(seconds=1)
    made = _made(
        TickKind.TRADES,
        {"price": 1.25, "size": 1.0, "unreported": False},
        {"price": 1.5, "size": 2.0, "ts": later},
    )
    assert made.table.schema.equals(NAUTILUS_TRADE_SCHEMA)
    first, second = made.table.to_pylist()
    assert first == {
        "price": _1_25,
        "size": _1,
        "aggressor_side": 0,
        "trade_id": "20130304-0",
        "ts_event": 1362407400000000000,
        "ts_init": 1362407400000000000,
    }
    assert (second["price"], second["size"], second["trade_id"]) == (_1_50, _2, "20130304-1")
    assert str(made.folder) == "data/trade_tick/AAPL.NASDAQ"
    stamps = "2013-03-04T14-30-00-000000000Z_2013-03-04T14-30-01-000000000Z"
    assert made.file_name == f"{stamps}.parquet"


def test_quote_has_the_bytes_that_nautilus_trader_writes() -> None:
    """Both sides, and the digits of the instrument."""
    made = _made(TickKind.BID_ASK, {"bid": 1.25, "ask": 1.5, "bid_size": 1.0, "ask_size": 2.0})
    assert made.table.schema.equals(NAUTILUS_QUOTE_SCHEMA)
    (row,) = made.table.to_pylist()
    assert (row["bid_price"], row["ask_price"]) == (_1_25, _1_50)
    assert (row["bid_size"], row["ask_size"]) == (_1, _2)
    assert made.metadata == {
        "instrument_id": "AAPL.NASDAQ",
        "price_precision": "2",
        "size_precision": "0",
    }


def test_ticks_without_a_form_are_left_out_and_counted() -> None:
    """Off the tape, without a size, without a side; the others keep their ids."""
    made = _made(
        TickKind.TRADES,
        {"price": 1.25, "size": 1.0, "unreported": True},
        {"price": 1.25, "size": 0.0},
        {"price": None, "size": 1.0},
        {"price": 1.25, "size": 1.0},
    )
    assert (made.left_out, made.table["trade_id"].to_pylist()) == (3, ["20130304-3"])
    quotes = _made(TickKind.BID_ASK, {"bid": 1.25, "ask": None}, {"bid": float("nan"), "ask": 1.5})
    assert (quotes.left_out, quotes.table.num_rows) == (2, 0)
    assert _made(TickKind.TRADES).table.num_rows == 0


def test_digits_that_are_asked_for_round() -> None:
    """A third of a cent."""
    made = _made(TickKind.TRADES, {"price": 1.2533, "size": 1.0}, digits=2)
    assert made.table["price"].to_pylist() == [_1_25]
    assert made.rounded == 1


def test_midpoints_are_refused() -> None:
    """NautilusTrader has no tick of them."""
    with pytest.raises(ConfigError, match="trades and bid_ask"):
        _made(TickKind.MIDPOINT, {"price": 1.0})
