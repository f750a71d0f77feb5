# SPDX-License-Identifier: Apache-2.0
"""One frame of a historical answer as columns, before any Python object a bar.

Strategy:
    * Text: the fields of a bar are NUL-terminated and eight to a bar. With every eighth NUL made a
      line end and the others commas the frame is a CSV file, and Arrow's reader makes columns.
    * Protobuf: the bars of one answer repeat one layout. Where every tag is where the first bar
      has it, the columns are gathered at computed offsets; each tag and each length is checked.
      Any other layout, legal as it is, is read through ibapi's message class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from google.protobuf.message import DecodeError
from ibapi.protobuf.HistoricalData_pb2 import HistoricalData
from ibapi.server_versions import MIN_SERVER_VER_HISTORICAL_DATA_END

from ib_provider.client.protobuf_columns import UnevenLayout, bar_columns
from ib_provider.errors import RemoteProtocolError

__all__ = ["RAW_SCHEMA", "BarFrame", "frame_request_id", "read_bar_frame"]

#: What a frame holds, before IB's spellings of "not set" are read: ``date`` as IB writes it.
RAW_SCHEMA: Final = pa.schema(
    [
        ("date", pa.string()),
        ("open", pa.float64()),
        ("high", pa.float64()),
        ("low", pa.float64()),
        ("close", pa.float64()),
        ("volume", pa.float64()),
        ("wap", pa.float64()),
        ("bar_count", pa.int32()),
    ]
)
_WIDTH: Final = len(RAW_SCHEMA)

#: Fields in front of the bars: request id and count; before 196 also the start and the end.
_HEAD: Final = 2
_HEAD_WITH_SPAN: Final = 4

#: Digits of a request id, its sign and its end are fewer.
_LONGEST_ID: Final = 32
_CSV_MARKS: Final = ",\n\r"


@dataclass(frozen=True, slots=True, kw_only=True)
class BarFrame:
    """The body of one HISTORICAL_DATA message, not read yet."""

    body: bytes | memoryview
    is_protobuf: bool
    server_version: int

    @property
    def ends_answer(self) -> bool:
        """Return whether no end message follows: below 196 the answer is one frame."""
        return self.server_version < int(MIN_SERVER_VER_HISTORICAL_DATA_END)


def frame_request_id(frame: BarFrame) -> int:
    """Return whose answer a frame is.

    Raises:
        RemoteProtocolError: It does not say.
    """
    try:
        if frame.is_protobuf:
            head = HistoricalData()
            # The request id is a tag and at most ten bytes; the bars behind it can wait.
            head.ParseFromString(_first_field(frame.body))
            return int(head.reqId)
        head = bytes(frame.body[:_LONGEST_ID])
        return int(head[: head.index(0)])
    except (ValueError, DecodeError) as error:
        raise RemoteProtocolError(f"historical data without a request id: {error}") from error


def read_bar_frame(frame: BarFrame) -> pa.Table:
    """Return the bars of one frame, columns of ``RAW_SCHEMA``.

    Raises:
        RemoteProtocolError: The frame is cut short, miscounts its bars or holds what is no number.
    """
    try:
        return _read_protobuf(frame.body) if frame.is_protobuf else _read_text(frame)
    except (pa.ArrowInvalid, DecodeError, ValueError) as error:
        raise RemoteProtocolError(f"historical data that cannot be read: {error}") from error


def _read_text(frame: BarFrame) -> pa.Table:
    body = np.frombuffer(frame.body, np.uint8)
    ends = np.flatnonzero(body == 0)
    head = _HEAD_WITH_SPAN if frame.ends_answer else _HEAD
    if len(ends) < head or body[-1] != 0:
        raise RemoteProtocolError("historical data cut short")
    count = int(bytes(frame.body[ends[head - 2] + 1 : ends[head - 1]]))
    fields = len(ends) - head
    if count < 0 or fields != count * _WIDTH:
        raise RemoteProtocolError(f"historical data of {count} bars with {fields} fields")
    if count == 0:
        return RAW_SCHEMA.empty_table()
    start = int(ends[head - 1]) + 1
    lines = body[start:].copy()
    if any((lines == ord(mark)).any() for mark in _CSV_MARKS):
        raise RemoteProtocolError("historical data with a comma or a line end inside a field")
    lines[ends[head:] - start] = ord(",")
    lines[ends[head + _WIDTH - 1 :: _WIDTH] - start] = ord("\n")
    return pa_csv.read_csv(
        pa.BufferReader(pa.py_buffer(lines)),
        read_options=pa_csv.ReadOptions(
            column_names=RAW_SCHEMA.names, use_threads=False, block_size=len(lines) + 1
        ),
        parse_options=pa_csv.ParseOptions(quote_char=False),
        convert_options=pa_csv.ConvertOptions(
            column_types=RAW_SCHEMA, null_values=["", "Infinity"], strings_can_be_null=False
        ),
    )


def _read_protobuf(body: bytes | memoryview) -> pa.Table:
    try:
        return bar_columns(body, RAW_SCHEMA)
    except UnevenLayout:
        return _read_message(bytes(body))


def _read_message(body: bytes) -> pa.Table:
    """Return the columns through ibapi's message: slower, and any legal layout."""
    message = HistoricalData()
    message.ParseFromString(body)
    bars = message.historicalDataBars
    columns = {
        "date": [bar.date for bar in bars],
        "open": [bar.open if bar.HasField("open") else None for bar in bars],
        "high": [bar.high if bar.HasField("high") else None for bar in bars],
        "low": [bar.low if bar.HasField("low") else None for bar in bars],
        "close": [bar.close if bar.HasField("close") else None for bar in bars],
        "volume": [float(bar.volume) if bar.volume else None for bar in bars],
        "wap": [float(bar.WAP) if bar.WAP else None for bar in bars],
        "bar_count": [bar.barCount if bar.HasField("barCount") else None for bar in bars],
    }
    return pa.table(columns, schema=RAW_SCHEMA)


def _first_field(body: bytes | memoryview) -> bytes:
    """Return the leading varint field of a message, or nothing where another one leads."""
    if not body or body[0] != 0x08:
        raise ValueError("the request id does not lead")
    end = next((at for at in range(1, min(len(body), 12)) if body[at] < 0x80), None)
    if end is None:
        raise ValueError("the request id does not end")
    return bytes(body[: end + 1])
