# SPDX-License-Identifier: Apache-2.0
"""The currency that an instrument id means where it says none."""

from __future__ import annotations

from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.symbology.venues import SMART, VENUES

__all__ = ["default_currency"]

#: IB's index CFDs, which trade in the currency of their index.
_INDEX_CFDS: Final = {
    "IBAU200": "AUD", "IBCH20": "CHF", "IBDE30": "EUR", "IBDE40": "EUR", "IBES35": "EUR",
    "IBEU50": "EUR", "IBFR40": "EUR", "IBGB100": "GBP", "IBHK50": "HKD", "IBJP225": "JPY",
    "IBNL25": "EUR", "IBSG30": "SGD",
}  # fmt: skip


def default_currency(sec_type: SecType, symbol: str, listed: str) -> str:
    """Return the currency of a symbol that says none; empty where there is no telling."""
    if sec_type is SecType.CFD and symbol in _INDEX_CFDS:
        return _INDEX_CFDS[symbol]
    if listed == SMART:
        return "USD" if sec_type is SecType.OPT else ""
    return VENUES[listed].currency if listed in VENUES else ""
