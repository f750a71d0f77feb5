# SPDX-License-Identifier: Apache-2.0
"""Instrument ids: ``SYMBOL.VENUE``, from a contract and back.

Rules:
    * The venue is where the instrument is listed, never the router: ``AAPL.NASDAQ``.
    * The symbol is IB's local symbol, spaces written as hyphens: ``BF B`` is ``BF-B.NYSE``.
    * Text that does not parse is an error naming the nearest form. It never becomes a stock.

Stocks only so far; another security type is refused, not guessed.
"""

from __future__ import annotations

import difflib
import re
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import InvalidInstrumentId
from ib_provider.symbology.venues import VENUES

__all__ = ["instrument_id", "parse_instrument_id"]

_SYMBOL: Final = re.compile(r"[A-Z0-9]+(?:[-.][A-Z0-9]+)*")


def instrument_id(contract: Contract) -> str:
    """Return the instrument id of a qualified contract.

    Raises:
        InvalidInstrumentId: The contract is no stock, or names no listing venue or symbol.
    """
    if contract.sec_type is not SecType.STK:
        raise InvalidInstrumentId(str(contract), f"{contract.sec_type} has no instrument id yet")
    symbol = (contract.local_symbol or contract.symbol).replace(" ", "-")
    listed = contract.primary_exchange or contract.exchange
    if not symbol or not listed or listed == "SMART":
        raise InvalidInstrumentId(str(contract), "the contract names no symbol or no listing venue")
    return f"{symbol}.{listed}"


def parse_instrument_id(text: str) -> Contract:
    """Return the description of the stock that an instrument id names, routed to SMART.

    The currency is the venue's own: a line that trades in another one is not named by this form.

    Raises:
        InvalidInstrumentId: With the nearest legal form where there is one.
    """
    symbol, dot, listed = text.rpartition(".")
    if not dot or not symbol:
        raise InvalidInstrumentId(text, "it is not SYMBOL.VENUE", _nearest(text))
    if listed not in VENUES:
        raise InvalidInstrumentId(text, f"venue {listed!r} is unknown", _nearest(text))
    if not _SYMBOL.fullmatch(symbol):
        raise InvalidInstrumentId(text, f"symbol {symbol!r} is not a stock's", _nearest(text))
    return Contract(
        symbol=symbol.replace("-", " "),
        sec_type=SecType.STK,
        exchange="SMART",
        primary_exchange=listed,
        currency=VENUES[listed].currency,
    )


def _nearest(text: str) -> str | None:
    """Return the closest text that would parse, or None where a guess would be a stock invented."""
    symbol, dot, listed = text.strip().upper().rpartition(".")
    if not dot:
        return None
    close = difflib.get_close_matches(listed, VENUES, n=1)
    symbol = symbol.replace(" ", "-").replace("_", "-")
    return f"{symbol}.{close[0]}" if close and _SYMBOL.fullmatch(symbol) else None
