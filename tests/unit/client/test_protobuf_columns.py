# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import struct

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibapi.protobuf.HistoricalData_pb2 import HistoricalData

from ib_provider.client.bar_frame import RAW_SCHEMA
from ib_provider.client.protobuf_columns import UnevenLayout, bar_columns
from tests.support.bar_frames import Bar, minute_bars, protobuf_frame

#: The eight bytes of this price look like the head of a bar.
IMPOSTOR = struct.unpack("<d", b"\x12\x40\x0a\x0a15\x00\x40")[0]

PRICE = st.floats(allow_nan=False, allow_infinity=False)
BARS = st.lists(
    st.tuples(
        st.integers(10**9, 10**10 - 1).map(str),
        PRICE,
        PRICE,
        PRICE,
        PRICE,
        st.integers(-1, 10**12).map(str),
        st.decimals(0, 10**9, places=9).map(str),
        st.integers(-(2**31), 2**31 - 1),
    ),
    min_size=1,
    max_size=20,
)


def rows(bars: list[Bar]) -> list[tuple[object, ...]]:
    return [(*bar[:5], float(bar[5]), float(bar[6]), bar[7]) for bar in bars]


@given(BARS)
def test_bar_columns_of_any_bars_are_those_bars(bars: list[Bar]) -> None:
    """Whatever the numbers, the columns hold them, or another reader is asked."""
    body = protobuf_frame(bars).body
    try:
        table = bar_columns(body, RAW_SCHEMA)
    except UnevenLayout:
        return
    assert [tuple(row.values()) for row in table.to_pylist()] == rows(bars)


def test_bar_columns_of_even_bars_are_gathered() -> None:
    """The layout a gateway sends is the one that is read here."""
    bars = minute_bars(300)
    table = bar_columns(protobuf_frame(bars).body, RAW_SCHEMA)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows(bars)


def test_bar_columns_of_more_bars_than_are_worked_on_at_once_are_all_of_them() -> None:
    """Bars come in blocks, and none is lost where two blocks meet."""
    bars = minute_bars(20_000)
    table = bar_columns(protobuf_frame(bars).body, RAW_SCHEMA)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows(bars)


def test_bar_columns_of_bars_that_no_trade_made_are_gathered() -> None:
    """A volume, a WAP and a count of -1 are read here as well: midpoints have no others."""
    bars = [(*bar[:5], "-1", "-1", -1) for bar in minute_bars(100)]
    table = bar_columns(protobuf_frame(bars).body, RAW_SCHEMA)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows(bars)


def test_bar_columns_a_price_that_looks_like_a_bar_deceives_nobody() -> None:
    """Bytes inside a price that imitate a bar's head break the chain and are found out."""
    bars = [("1364909400", IMPOSTOR, 2.0, 1.0, 1.5, "10", "1.5", 3)] * 2
    try:
        table = bar_columns(protobuf_frame(bars).body, RAW_SCHEMA)
    except UnevenLayout:
        return
    assert [tuple(row.values()) for row in table.to_pylist()] == rows(bars)


@pytest.mark.parametrize(
    "body",
    [b"", b"\x12\x00", b"\x08", b"\x08\x80\x80", b"\x08\x01\x12\x00", b"\x08\x01\x12\x01\x0a"],
)
def test_bar_columns_of_no_message_leave_it_to_the_parser(body: bytes) -> None:
    """What does not begin like an answer is not judged here."""
    with pytest.raises(UnevenLayout):
        bar_columns(body, RAW_SCHEMA)


@given(
    bars=BARS,
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 200),
)
def test_bar_columns_of_a_mutated_message_are_what_the_parser_reads_or_nothing(
    bars: list[Bar], changes: list[tuple[int, int]], cut: int
) -> None:
    """No changed byte makes a row that IB's own message class would not make of it."""
    body = bytearray(protobuf_frame(bars).body)
    for at, value in changes:
        body[at % len(body)] = value
    mutated = bytes(body[: len(body) - cut]) if cut < len(body) else bytes(body)
    try:
        table = bar_columns(mutated, RAW_SCHEMA)
    except (UnevenLayout, pa.ArrowInvalid):
        return
    message = HistoricalData.FromString(mutated)
    expected = [
        (bar.date, bar.open, bar.high, bar.low, bar.close, bar.barCount)
        for bar in message.historicalDataBars
    ]
    found = [(*row[:5], row[7]) for row in map(tuple, map(dict.values, table.to_pylist()))]
    assert repr(found) == repr(expected)  # a price may have become NaN, which equals nothing
