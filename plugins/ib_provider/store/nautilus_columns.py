# SPDX-License-Identifier: Apache-2.0
"""Numbers and times in the columns of NautilusTrader's Parquet catalog.

Rules (the layout was read off files that NautilusTrader 1.221 wrote; no code of it is here):
    - A price or size is a whole number of 1e-16, 16 bytes, little-endian, two's complement: its
      builds for Linux and macOS. Its 64-bit builds read other files.
    - Times are nanoseconds since 1970. A catalog is searched, and a backtest replayed, by
      ``ts_init``; a file is named after the first and the last of them.
    - Digits are a property of a file. Fewer are never kept than the values need, unless asked for.
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

from ib_provider.errors import ConfigError, StoreError

__all__ = [
    "MOST_DIGITS",
    "RAW",
    "NautilusFile",
    "check_digits",
    "misfits",
    "nanoseconds",
    "needed_digits",
    "raw_decimals",
]

RAW: Final = pa.binary(16)
MOST_DIGITS: Final = 16
#: Beyond this a double no longer holds every whole number.
_EXACT: Final = 2.0**53

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NautilusFile:
    """Data of one series as NautilusTrader reads them.

    Attributes:
        kind: The folder of a catalog that they belong into: ``bar``.
        name: Of the series there.
        table: Ascending by ``ts_init``.
        metadata: What goes into the Parquet schema.
        rounded: Prices that did not fit the digits.
        left_out: Rows that NautilusTrader has no form for.
    """

    kind: str
    name: str
    table: pa.Table
    metadata: Mapping[str, str]
    rounded: int
    left_out: int = 0

    @property
    def folder(self) -> PurePosixPath:
        """Return where a catalog keeps the series, relative to its root."""
        return PurePosixPath("data", self.kind, self.name.replace("/", ""))

    @property
    def file_name(self) -> str:
        """Return the name that says from when to when."""
        first, last = (self.table["ts_init"][at].as_py() for at in (0, -1))
        return f"{_stamp(first)}_{_stamp(last)}.parquet"


def check_digits(digits: int | None) -> None:
    """Refuse decimals that a file cannot have.

    Raises:
        ConfigError: They are not from 0 to 16.
    """
    if digits is not None and not 0 <= digits <= MOST_DIGITS:
        raise ConfigError("export", [f"digits: {digits} is not from 0 to {MOST_DIGITS}"])


def needed_digits(*columns: _Floats) -> int:
    """Return the fewest decimals that say every value exactly; else as many as a double has."""
    largest = max(float(np.max(np.abs(values))) for values in columns)
    most = 0
    while most < MOST_DIGITS and largest * 10.0 ** (most + 1) < _EXACT:
        most += 1
    for digits in range(most):
        if all(bool(np.all(_fits(values, digits))) for values in columns):
            return digits
    return most


def misfits(values: _Floats, digits: int) -> int:
    """Return how many values are not said exactly by so many decimals."""
    return int(np.count_nonzero(~_fits(values, digits)))


def _fits(values: _Floats, digits: int) -> npt.NDArray[np.bool_]:
    scale = 10.0**digits
    fits: npt.NDArray[np.bool_] = np.rint(values * scale) / scale == values
    return fits


def raw_decimals(values: _Floats, digits: int) -> pa.Array:
    """Return decimals as whole numbers of 1e-16: exactly, for Arrow's decimals are such numbers.

    Raises:
        StoreError: A value is beyond what a double holds with so many decimals.
    """
    units = np.rint(values * 10.0**digits)
    if len(units) and float(np.max(np.abs(units))) >= _EXACT:
        raise StoreError(f"a value beyond {_EXACT / 10.0**digits:g} with {digits} decimals")
    whole = pa.array(units.astype(np.int64)).cast(pa.decimal128(38, 0))
    scaled = pa.Array.from_buffers(pa.decimal128(38, digits), len(whole), whole.buffers())
    fixed = scaled.cast(pa.decimal128(38, MOST_DIGITS))
    return pa.Array.from_buffers(RAW, len(fixed), [None, fixed.buffers()[1]], offset=fixed.offset)


def nanoseconds(instants: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return instants in microseconds as nanoseconds since 1970."""
    nanos: npt.NDArray[np.int64] = instants.cast(pa.int64()).to_numpy() * 1000
    return nanos


def _stamp(nanos: int) -> str:
    seconds, rest = divmod(nanos, 1_000_000_000)
    instant = datetime.fromtimestamp(seconds, UTC)
    return f"{instant:%Y-%m-%dT%H-%M-%S}-{rest:09d}Z"
