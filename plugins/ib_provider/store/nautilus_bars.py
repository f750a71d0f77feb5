# SPDX-License-Identifier: Apache-2.0
"""Bars in the columns that NautilusTrader's Parquet catalog reads.

Rules:
    - ``ts_event`` is when the bar begins. ``ts_init`` is when it was complete, never earlier: a bar
      that comes before its end is one that knows the future.
    - A day, week or month is complete when its last session's day ends where the exchange is.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.bar_spec_text import render_bar_spec
from ib_provider.errors import ConfigError, StoreError
from ib_provider.store.nautilus_columns import (
    RAW,
    NautilusFile,
    check_digits,
    misfits,
    nanoseconds,
    needed_digits,
    raw_decimals,
)

__all__ = ["NAUTILUS_BAR_SCHEMA", "bar_type", "nautilus_bars"]

_PRICES: Final = ("open", "high", "low", "close")
_KINDS: Final = (WhatToShow.TRADES, WhatToShow.MIDPOINT, WhatToShow.BID, WhatToShow.ASK)

NAUTILUS_BAR_SCHEMA: Final = pa.schema(
    [
        *(pa.field(name, RAW, nullable=False) for name in (*_PRICES, "volume")),
        pa.field("ts_event", pa.uint64(), nullable=False),
        pa.field("ts_init", pa.uint64(), nullable=False),
    ]
)

_Floats = npt.NDArray[np.float64]
_Nanos = npt.NDArray[np.int64]


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


def nautilus_bars(
    bars: pa.Table,
    *,
    instrument_id: str,
    spec: BarSpec,
    time_zone: str,
    least_digits: int,
    digits: int | None = None,
) -> NautilusFile:
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
    check_digits(digits)
    prices = {column: _floats(bars, column) for column in _PRICES}
    volume = np.maximum(bars["volume"].fill_null(0).to_numpy().astype(np.float64), 0.0)
    needed = digits if digits is not None else max(least_digits, needed_digits(*prices.values()))
    sizes = needed_digits(volume)
    begin, complete = _times(bars, spec.size, time_zone)
    columns = [
        *(raw_decimals(values, needed) for values in prices.values()),
        raw_decimals(volume, sizes),
        pa.array(begin.astype(np.uint64)),
        pa.array(complete.astype(np.uint64)),
    ]
    rounded = sum(misfits(values, needed) for values in prices.values())
    return NautilusFile(
        kind="bar",
        name=name,
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


def _times(bars: pa.Table, size: BarSize, time_zone: str) -> tuple[_Nanos, _Nanos]:
    """Return when each bar began and when it was complete."""
    if size.is_intraday:
        begin = nanoseconds(bars["ts"])
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
    return nanoseconds(zoned)
