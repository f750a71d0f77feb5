# SPDX-License-Identifier: Apache-2.0
"""The frames of one historical answer to a table of ``BAR_SCHEMA``.

Rules:
    * A day and longer: ``date`` is ``YYYYMMDD`` and is the session; there is no instant.
    * Intraday (asked with formatDate 2): ``date`` is seconds since 1970, the bar's start; the
      session is that instant's date where the exchange is.
    * -1 is IB's "none" for volume, WAP and count; 0 is a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.client.bar_frame import BarFrame, read_bar_frame
from ib_provider.client.decimal_columns import number_column
from ib_provider.client.decode_time import parse_instant
from ib_provider.domain.bar import BarSize
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.errors import RemoteProtocolError

__all__ = ["decode_bars"]

_DAY_S: Final = 86_400
_UNSET_ABOVE: Final = 1e300
#: Of seconds since 1970, from September 2001 to November 2286.
_DIGITS: Final = 10
_PRICES: Final = ("open", "high", "low", "close")


def decode_bars(frames: Sequence[BarFrame], *, size: BarSize, time_zone: str) -> pa.Table:
    """Return the bars of one answer, ascending.

    Args:
        frames: Every HISTORICAL_DATA frame of the answer, in the order they came.
        size: The bar size that was asked for.
        time_zone: IANA name of the exchange's zone.

    Returns:
        A table of ``BAR_SCHEMA``. Units: prices in the contract's currency.

    Raises:
        RemoteProtocolError: A frame that cannot be read.
    """
    tables = [_one_frame(frame, size, time_zone) for frame in frames]
    return _sorted(pa.concat_tables([BAR_SCHEMA.empty_table(), *tables]))


def _one_frame(frame: BarFrame, size: BarSize, time_zone: str) -> pa.Table:
    """Return the bars of one frame, in its order."""
    raw = read_bar_frame(frame)
    if raw.num_rows == 0:
        return BAR_SCHEMA.empty_table()
    date, volume, wap, counts = (
        raw[name].combine_chunks() for name in ("date", "volume", "wap", "bar_count")
    )
    try:
        ts, session = _intraday(date, time_zone) if size.is_intraday else _daily(date)
    except (pa.ArrowInvalid, ValueError, OverflowError) as error:
        raise RemoteProtocolError(f"a bar's date that cannot be read: {error}") from error
    columns = [
        ts,
        session,
        *_prices([raw[name].combine_chunks() for name in _PRICES]),
        _volume(volume),
        _wap(wap),
        _count(counts),
    ]
    return pa.table(columns, schema=BAR_SCHEMA)


def _daily(dates: Any) -> tuple[Any, Any]:
    """Return no instants, and the sessions."""
    parsed = pc.strptime(dates, format="%Y%m%d", unit="s")
    if not pc.all(pc.equal(pc.utf8_length(dates), 8)).as_py():
        raise ValueError("a daily bar is not dated YYYYMMDD")
    return pa.nulls(len(dates), BAR_SCHEMA.field("ts").type), pc.cast(parsed, pa.date32())


def _intraday(dates: Any, time_zone: str) -> tuple[Any, Any]:
    """Return the instants, and the sessions they fall in where the exchange is."""
    seconds = _epoch_seconds(dates)
    sessions = (seconds + _utc_offsets(seconds, ZoneInfo(time_zone))) // _DAY_S
    return (
        pa.array(seconds * 1_000_000).view(BAR_SCHEMA.field("ts").type),
        pa.array(sessions.astype(np.int32)).view(pa.date32()),
    )


def _epoch_seconds(dates: Any) -> npt.NDArray[np.int64]:
    seconds = _ten_digits(dates)
    if seconds is not None:
        return seconds
    if pc.all(pc.ascii_is_decimal(dates)).as_py() and pc.min(pc.utf8_length(dates)).as_py() > 8:
        return np.asarray(pc.cast(dates, pa.int64()), np.int64)
    # Some gateways answer with zoned text whatever was asked.
    stamps = [int(parse_instant(text).timestamp()) for text in dates.to_pylist()]
    return np.array(stamps, np.int64)


def _ten_digits(dates: Any) -> npt.NDArray[np.int64] | None:
    """Return the numbers where each is of ten digits, as every second since September 2001 is."""
    _, bounds, text = dates.buffers()
    begins = np.frombuffer(bounds, np.int32, len(dates) + 1, 4 * dates.offset)
    if dates.null_count or (begins[1:] - begins[:-1] != _DIGITS).any():
        return None
    return number_column(np.frombuffer(text, np.uint8, _DIGITS * len(dates), int(begins[0])))


def _utc_offsets(seconds: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """Return the zone's offset at each instant, in seconds.

    A zone is asked twice a day of the answer, not once a bar; on the few days when the two
    answers differ, at each instant.
    """
    day = seconds // _DAY_S
    turns = np.flatnonzero(np.diff(day)) + 1  # where a day begins, and whenever one comes again
    days = day[np.concatenate(([0], turns))].tolist()
    lengths = np.diff(np.concatenate(([0], turns, [len(day)])))
    opening = np.array([_offset(number * _DAY_S, zone) for number in days], np.int64)
    closing = np.array([_offset((number + 1) * _DAY_S, zone) for number in days], np.int64)
    offsets = np.repeat(opening, lengths)
    for at in np.flatnonzero(np.repeat(opening != closing, lengths)):
        offsets[at] = _offset(int(seconds[at]), zone)
    return offsets


@lru_cache(maxsize=1 << 15)
def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, tz=UTC).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _prices(columns: list[Any]) -> list[Any]:
    """Return the four prices; a bar that is -1 all over holds none."""
    none = None
    if not any(_least(column) > -1 for column in columns):
        for column in columns:
            minus = pc.equal(column, -1)
            none = minus if none is None else pc.and_(none, minus)
    return [_without(column, none) for column in columns]


def _volume(column: Any) -> Any:
    return _without(column, None if _least(column) >= 0 else pc.less(column, 0))


def _wap(column: Any) -> Any:
    return _without(column, None if _least(column) > -1 else pc.equal(column, -1))


def _count(column: Any) -> Any:
    if _least(column) >= 0:
        return column
    return pc.if_else(pc.less(column, 0), pa.scalar(None, pa.int32()), column)


def _least(column: Any) -> float:
    """Return the least value; NaN, which no comparison holds for, where one is missing or NaN."""
    return np.nan if column.null_count else float(column.to_numpy().min())


def _without(column: Any, missing: Any) -> Any:
    """Return a column with NULL where IB says "none", "not set" or NaN."""
    if (
        missing is None
        and _least(column) > -_UNSET_ABOVE
        and column.to_numpy().max() < _UNSET_ABOVE
    ):
        return column  # as most are: nothing is written anew
    unset = pc.or_(pc.is_nan(column), pc.greater_equal(pc.abs(column), _UNSET_ABOVE))
    if missing is not None:
        unset = pc.or_(missing, unset)
    return pc.if_else(unset, pa.scalar(None, pa.float64()), column)


def _sorted(table: pa.Table) -> pa.Table:
    """Return the table ascending; IB sends it so, which is cheaper to see than to sort."""
    keys = ("ts", pa.int64()) if table["ts"].null_count == 0 else ("session", pa.int32())
    order = np.asarray(pc.cast(table[keys[0]], keys[1]))
    if len(order) < 2 or (order[1:] >= order[:-1]).all():
        return table
    return table.sort_by([("session", "ascending"), ("ts", "ascending")])
