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
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.client.bar_frame import BarFrame, read_bar_frame
from ib_provider.client.decode_time import parse_instant
from ib_provider.domain.bar import BarSize
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.errors import RemoteProtocolError

__all__ = ["decode_bars"]

_DAY_S: Final = 86_400
_UNSET_ABOVE: Final = 1e300
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
    if not frames:
        return BAR_SCHEMA.empty_table()
    raw = pa.concat_tables([read_bar_frame(frame) for frame in frames]).combine_chunks()
    if raw.num_rows == 0:
        return BAR_SCHEMA.empty_table()
    try:
        ts, session = _intraday(raw["date"], time_zone) if size.is_intraday else _daily(raw["date"])
    except (pa.ArrowInvalid, ValueError, OverflowError) as error:
        raise RemoteProtocolError(f"a bar's date that cannot be read: {error}") from error
    counts = raw["bar_count"]
    table = pa.table(
        [
            ts,
            session,
            *_prices(raw),
            _without(raw["volume"], pc.less(raw["volume"], 0)),
            _without(raw["wap"], pc.equal(raw["wap"], -1)),
            pc.if_else(pc.less(counts, 0), pa.scalar(None, pa.int32()), counts),
        ],
        schema=BAR_SCHEMA,
    )
    return _sorted(table)


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
        pc.cast(pa.array(seconds * 1_000_000), BAR_SCHEMA.field("ts").type),
        pa.array(sessions.astype("datetime64[D]")),
    )


def _epoch_seconds(dates: Any) -> npt.NDArray[np.int64]:
    if pc.all(pc.ascii_is_decimal(dates)).as_py() and pc.min(pc.utf8_length(dates)).as_py() > 8:
        return np.asarray(pc.cast(dates, pa.int64()), np.int64)
    # Some gateways answer with zoned text whatever was asked.
    stamps = [int(parse_instant(text).timestamp()) for text in dates.to_pylist()]
    return np.array(stamps, np.int64)


def _utc_offsets(seconds: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """Return the zone's offset at each instant, in seconds.

    A zone is asked twice a day of the answer, not once a bar; on the few days when the two
    answers differ, at each instant.
    """
    days, which = np.unique(seconds // _DAY_S, return_inverse=True)
    opening = np.array([_offset(int(day) * _DAY_S, zone) for day in days], np.int64)
    closing = np.array([_offset((int(day) + 1) * _DAY_S, zone) for day in days], np.int64)
    offsets = opening[which]
    for at in np.flatnonzero((opening != closing)[which]):
        offsets[at] = _offset(int(seconds[at]), zone)
    return offsets


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, tz=UTC).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _prices(raw: pa.Table) -> list[Any]:
    """Return the four prices; a bar that is -1 all over holds none."""
    none = None
    for name in _PRICES:
        minus = pc.equal(raw[name], -1)
        none = minus if none is None else pc.and_(none, minus)
    return [_without(raw[name], none) for name in _PRICES]


def _without(column: Any, missing: Any) -> Any:
    """Return a column with NULL where IB says "none", "not set" or NaN."""
    unset = pc.or_(pc.is_nan(column), pc.greater_equal(pc.abs(column), _UNSET_ABOVE))
    return pc.if_else(pc.or_(missing, unset), pa.scalar(None, pa.float64()), column)


def _sorted(table: pa.Table) -> pa.Table:
    """Return the table ascending; IB sends it so, which is cheaper to see than to sort."""
    keys = ("ts", pa.int64()) if table["ts"].null_count == 0 else ("session", pa.int32())
    order = np.asarray(pc.cast(table[keys[0]], keys[1]))
    if len(order) < 2 or (order[1:] >= order[:-1]).all():
        return table
    return table.sort_by([("session", "ascending"), ("ts", "ascending")])
