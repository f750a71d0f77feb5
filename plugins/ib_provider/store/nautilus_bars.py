# SPDX-License-Identifier: Apache-2.0
"""Bars in the columns that NautilusTrader's Parquet catalog reads.

Rules (the layout was read off files that NautilusTrader 1.221 wrote; no code of it is here):
    - A price or size is a whole number of 1e-16, 16 bytes, little-endian, two's complement: its
      builds for Linux and macOS. Its 64-bit builds read other files.
    - ``ts_event`` and ``ts_init`` are nanoseconds since 1970. The first is when the bar begins. The
      second is when it was complete, never earlier: a backtest replays by it, and a bar that comes
      before its end is one that knows the future.
    - A day, week or month is complete when its last session's day ends where the exchange is.
    - Digits are a property of a file. Fewer are never kept than the bars need, unless asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.bar_spec_text import render_bar_spec
from ib_provider.errors import ConfigError, StoreError

__all__ = ["NAUTILUS_BAR_SCHEMA", "NautilusBars", "bar_type", "bars_folder", "nautilus_bars"]

_RAW: Final = pa.binary(16)
_DIGITS: Final = 16
#: Beyond this a double no longer holds every whole number.
_EXACT: Final = 2.0**53
_PRICES: Final = ("open", "high", "low", "close")
_KINDS: Final = (WhatToShow.TRADES, WhatToShow.MIDPOINT, WhatToShow.BID, WhatToShow.ASK)

NAUTILUS_BAR_SCHEMA: Final = pa.schema(
    [
        *(pa.field(name, _RAW, nullable=False) for name in (*_PRICES, "volume")),
        pa.field("ts_event", pa.uint64(), nullable=False),
        pa.field("ts_init", pa.uint64(), nullable=False),
    ]
)

_Floats = npt.NDArray[np.float64]
_Nanos = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NautilusBars:
    """Bars of one series as NautilusTrader reads them.

    Attributes:
        table: In ``NAUTILUS_BAR_SCHEMA``, ascending by ``ts_init``.
        metadata: What goes into the Parquet schema.
        rounded: Prices that did not fit the digits.
    """

    table: pa.Table
    metadata: Mapping[str, str]
    rounded: int

    @property
    def file_name(self) -> str:
        """Return the name that says from when to when its bars were complete."""
        first, last = (self.table["ts_init"][at].as_py() for at in (0, -1))
        return f"{_stamp(first)}_{_stamp(last)}.parquet"


def bar_type(instrument_id: str, spec: BarSpec) -> str:
    """Return NautilusTrader's name of a series, ``AAPL.NASDAQ-1-MINUTE-LAST-EXTERNAL``.

    Raises:
        ConfigError: It has no such kind of bar.
    """
    if spec.what not in _KINDS:
        raise ConfigError(
            "export", [f"spec: NautilusTrader knows LAST, MID, BID and ASK, not {spec.what}"]
        )
    return f"{instrument_id}-{render_bar_spec(spec)}-EXTERNAL"


def bars_folder(name: str) -> PurePosixPath:
    """Return where a catalog keeps the bars of a type, relative to its root."""
    return PurePosixPath("data", "bar", name.replace("/", ""))


def nautilus_bars(
    bars: pa.Table,
    *,
    instrument_id: str,
    spec: BarSpec,
    time_zone: str,
    least_digits: int,
    digits: int | None = None,
) -> NautilusBars:
    """Return bars of one series, sorted by time, as NautilusTrader reads them.

    Args:
        bars: Rows of a view of bars; not empty.
        time_zone: The exchange's zone as an IANA name.
        least_digits: Decimals of the instrument's price step.
        digits: Decimals to round prices to; as many as they need where None.

    Raises:
        ConfigError: NautilusTrader has no such kind of bar, or more than 16 digits are asked for.
        StoreError: A bar lacks a price, or is beyond what NautilusTrader holds.
    """
    name = bar_type(instrument_id, spec)
    if digits is not None and not 0 <= digits <= _DIGITS:
        raise ConfigError("export", [f"digits: {digits} is not from 0 to {_DIGITS}"])
    prices = {column: _floats(bars, column) for column in _PRICES}
    volume = np.maximum(bars["volume"].fill_null(0).to_numpy().astype(np.float64), 0.0)
    needed = digits if digits is not None else max(least_digits, _needed(*prices.values()))
    sizes = _needed(volume)
    begin, complete = _times(bars, spec.size, time_zone)
    columns = [
        *(_raw(values, needed) for values in prices.values()),
        _raw(volume, sizes),
        pa.array(begin.astype(np.uint64)),
        pa.array(complete.astype(np.uint64)),
    ]
    rounded = sum(int(np.count_nonzero(~_fits(values, needed))) for values in prices.values())
    return NautilusBars(
        table=pa.Table.from_arrays(columns, schema=NAUTILUS_BAR_SCHEMA),
        metadata={
            "bar_type": name,
            "instrument_id": instrument_id,
            "price_precision": str(needed),
            "size_precision": str(sizes),
        },
        rounded=rounded,
    )


def _floats(bars: pa.Table, name: str) -> _Floats:
    values: _Floats = bars[name].to_numpy().astype(np.float64)
    missing = int(np.count_nonzero(~np.isfinite(values)))
    if missing:
        raise StoreError(f"{missing} bar(s) have no {name}: NautilusTrader has no such bar")
    return values


def _needed(*columns: _Floats) -> int:
    """Return the fewest decimals that say every value exactly; else as many as a double has."""
    largest = max(float(np.max(np.abs(values))) for values in columns)
    most = 0
    while most < _DIGITS and largest * 10.0 ** (most + 1) < _EXACT:
        most += 1
    for digits in range(most):
        if all(bool(np.all(_fits(values, digits))) for values in columns):
            return digits
    return most


def _fits(values: _Floats, digits: int) -> npt.NDArray[np.bool_]:
    scale = 10.0**digits
    fits: npt.NDArray[np.bool_] = np.rint(values * scale) / scale == values
    return fits


def _raw(values: _Floats, digits: int) -> pa.Array:
    """Return decimals as whole numbers of 1e-16: exactly, for Arrow's decimals are such numbers."""
    units = np.rint(values * 10.0**digits)
    if len(units) and float(np.max(np.abs(units))) >= _EXACT:
        raise StoreError(f"a value beyond {_EXACT / 10.0**digits:g} with {digits} decimals")
    whole = pa.array(units.astype(np.int64)).cast(pa.decimal128(38, 0))
    scaled = pa.Array.from_buffers(pa.decimal128(38, digits), len(whole), whole.buffers())
    fixed = scaled.cast(pa.decimal128(38, _DIGITS))
    return pa.Array.from_buffers(_RAW, len(fixed), [None, fixed.buffers()[1]], offset=fixed.offset)


def _times(bars: pa.Table, size: BarSize, time_zone: str) -> tuple[_Nanos, _Nanos]:
    """Return when each bar began and when it was complete."""
    if size.is_intraday:
        begin = _nanos(bars["ts"])
        return begin, begin + round(size.length.total_seconds()) * 1_000_000_000
    session = bars["session"].to_numpy().astype("datetime64[D]")
    first = session
    if size is BarSize.WEEK_1:  # IB names a week by its last day; day 0 was a Thursday
        first = session - ((session.astype(np.int64) + 3) % 7).astype("timedelta64[D]")
    if size is BarSize.MONTH_1:
        first = session.astype("datetime64[M]").astype("datetime64[D]")
    return _midnights(first, time_zone), _midnights(session + np.timedelta64(1, "D"), time_zone) - 1


def _midnights(days: npt.NDArray[np.datetime64], time_zone: str) -> _Nanos:
    """Return the instants at which days begin where the exchange is."""
    local = pa.array(days.astype("datetime64[us]"))
    zoned = pc.assume_timezone(local, time_zone, ambiguous="earliest", nonexistent="latest")
    return _nanos(zoned)


def _nanos(instants: pa.Array | pa.ChunkedArray) -> _Nanos:
    nanos: _Nanos = instants.cast(pa.int64()).to_numpy() * 1000
    return nanos


def _stamp(nanos: int) -> str:
    seconds, rest = divmod(nanos, 1_000_000_000)
    instant = datetime.fromtimestamp(seconds, UTC)
    return f"{instant:%Y-%m-%dT%H-%M-%S}-{rest:09d}Z"
