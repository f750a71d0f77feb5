# SPDX-License-Identifier: Apache-2.0
"""Real daily bars from the package bokeh-sampledata (BSD): five symbols, 2000-03-01 to 2013-03-01.

Read from the package's file and not through its module, which imports pandas and parses every
sample when imported.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ib_provider.errors import ConfigError

__all__ = ["TICKS", "DailyBar", "daily_file_path", "read_daily_file"]

#: Prices are whole ten-thousandths of a dollar inside the simulator: the file has four decimals,
#: and integers keep a generated path inside the day's range exactly.
TICKS: Final = 10_000


@dataclass(frozen=True, slots=True)
class DailyBar:
    """One session as it traded, unadjusted: prices in 1/10,000 USD, volume in shares."""

    session: date
    open: int
    high: int
    low: int
    close: int
    volume: int


def daily_file_path() -> Path:
    """Return the file of daily bars.

    Raises:
        ConfigError: The package is not installed, or no longer holds the file.
    """
    spec = find_spec("bokeh_sampledata")
    roots = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    for root in roots:
        path = root / "_data" / "stocks.csv.gz"
        if path.is_file():
            return path
    raise ConfigError(
        "simulator market data",
        ["bokeh-sampledata: not installed; install this package with its extra 'simulator'"],
    )


@cache
def read_daily_file(path: Path) -> Mapping[str, tuple[DailyBar, ...]]:
    """Return every symbol's bars, ascending by session."""
    bars: defaultdict[str, list[DailyBar]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            bars[row["Ticker"]].append(
                DailyBar(
                    session=date.fromisoformat(row["Date"]),
                    open=_ticks(row["Open"]),
                    high=_ticks(row["High"]),
                    low=_ticks(row["Low"]),
                    close=_ticks(row["Close"]),
                    volume=int(row["Volume"]),
                )
            )
    return {
        symbol: tuple(sorted(rows, key=lambda bar: bar.session)) for symbol, rows in bars.items()
    }


def _ticks(text: str) -> int:
    return round(float(text) * TICKS)
