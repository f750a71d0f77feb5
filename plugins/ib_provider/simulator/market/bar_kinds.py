# SPDX-License-Identifier: Apache-2.0
"""Which bars there are of which kind of contract, and what asking for others is answered.

Source: TWS API, "Available data per product", but for crypto and funds, which are from memory.
Yields are documented for corporate bonds only; here every bond has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ib_provider.domain.bar import WhatToShow
from ib_provider.domain.contract import SecType
from ib_provider.simulator.refusal import Refusal

__all__ = ["RATES", "YIELDS", "is_shown", "unavailable"]

_QUOTES: Final = (WhatToShow.MIDPOINT, WhatToShow.BID, WhatToShow.ASK, WhatToShow.BID_ASK)
_TRADED: Final = (WhatToShow.TRADES, *_QUOTES)
_VOLATILITIES: Final = (WhatToShow.HISTORICAL_VOLATILITY, WhatToShow.OPTION_IMPLIED_VOLATILITY)
RATES: Final = (*_VOLATILITIES, WhatToShow.FEE_RATE)
"""Bars that are no prices: one number a session."""

YIELDS: Final[Mapping[WhatToShow, WhatToShow]] = {
    WhatToShow.YIELD_BID: WhatToShow.BID,
    WhatToShow.YIELD_ASK: WhatToShow.ASK,
    WhatToShow.YIELD_BID_ASK: WhatToShow.BID_ASK,
    WhatToShow.YIELD_LAST: WhatToShow.TRADES,
}
"""A bond's yield → the price it is the yield at."""

_SHOWN: Final[Mapping[SecType, tuple[WhatToShow, ...]]] = {
    SecType.STK: (*_TRADED, WhatToShow.ADJUSTED_LAST, *RATES),
    SecType.IND: (WhatToShow.TRADES, *_VOLATILITIES),
    SecType.CRYPTO: (*_TRADED, WhatToShow.AGGTRADES),
    SecType.BOND: (*_TRADED, *YIELDS),
    SecType.CASH: _QUOTES,
    SecType.CMDTY: _QUOTES,
    SecType.CFD: _QUOTES,
    SecType.FUND: _QUOTES,
}
_WORDS: Final = {WhatToShow.TRADES: "Last", WhatToShow.AGGTRADES: "AggLast"}


def is_shown(sec_type: SecType, what: WhatToShow) -> bool:
    """Return whether there are such bars of such a contract; futures and options have five."""
    return what in _SHOWN.get(sec_type, _TRADED)


def unavailable(symbol: str, sec_type: SecType, exchange: str, what: WhatToShow) -> Refusal:
    """Return what a gateway says of bars that a kind of contract never has: not "no data".

    The words are from memory.
    """
    word = _WORDS.get(what, what.replace("_", " ").title().replace(" ", "_"))
    text = (
        "Historical Market Data Service error message:No historical market data for "
        f"{symbol}/{sec_type}@{exchange} {word}"
    )
    return Refusal(code=162, message=text)
