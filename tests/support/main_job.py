# SPDX-License-Identifier: Apache-2.0
"""The main job's cast: its instruments, range, account, and what the source file says of them."""

from __future__ import annotations

import gzip
import importlib.resources
import io
from datetime import date
from typing import Final

import pandas as pd

from ib_provider.domain.account import TradingMode
from ib_provider.domain.bar import BarSpec
from ib_provider.usecases.trading_guard import TradingGuard

__all__ = ["ACCOUNT", "CLIENT_ID", "DAILY", "END", "GUARD", "IDS", "START", "source_bars"]

ACCOUNT: Final = "DU1000001"
CLIENT_ID: Final = 7
IDS: Final = ("AAPL.NASDAQ", "FB.NASDAQ", "GOOG.NASDAQ", "IBM.NYSE", "MSFT.NASDAQ")
DAILY: Final = BarSpec()
START: Final = date(2000, 3, 1)
END: Final = date(2013, 3, 2)
GUARD: Final = TradingGuard(trading_mode=TradingMode.PAPER, read_only=False)

#: First session at the new price, and by what the old price is divided. Source: the companies.
_SPLITS: Final = {
    "AAPL": ((date(2000, 6, 21), 2), (date(2005, 2, 28), 2)),
    "MSFT": ((date(2003, 2, 18), 2),),
}


def source_bars() -> pd.DataFrame:
    """Return the source file's bars: instrument_id, session, prices, volume, and split factor.

    ``factor`` is the product of the splits between the bar and March 2013: a TRADES bar's price is
    the file's over the factor, its volume the file's times the factor.
    """
    path = importlib.resources.files("bokeh_sampledata") / "_data" / "stocks.csv.gz"
    frame = pd.read_csv(io.BytesIO(gzip.decompress(path.read_bytes())))
    frame.columns = frame.columns.str.lower()
    frame["session"] = pd.to_datetime(frame["date"]).dt.date
    venues = {item.partition(".")[0]: item for item in IDS}
    frame["instrument_id"] = frame["ticker"].map(venues)
    frame["factor"] = [
        _factor(ticker, session)
        for ticker, session in zip(frame["ticker"], frame["session"], strict=True)
    ]
    return frame[["instrument_id", "session", "open", "high", "low", "close", "volume", "factor"]]


def _factor(symbol: str, session: date) -> int:
    factor = 1
    for first, ratio in _SPLITS.get(symbol, ()):
        if session < first:
            factor *= ratio
    return factor
