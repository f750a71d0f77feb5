# SPDX-License-Identifier: Apache-2.0
"""Roots of futures whose IB symbol is not their trading class: ``6E`` has the symbol ``EUR``.

Every other root is its own symbol. Source: contract details as IB answers them, from memory; a
root that is missing here costs a plainer id, never a wrong one.
"""

from __future__ import annotations

from typing import Final

__all__ = ["is_known_root", "main_root", "option_class_symbol", "root_symbol", "venues_of_root"]

_OTHERS: Final = {
    "CME": {
        "6A": "AUD", "6B": "GBP", "6C": "CAD", "6E": "EUR", "6J": "JPY", "6L": "BRE", "6M": "MXP",
        "6N": "NZD", "6R": "RUR", "6S": "CHF", "6Z": "ZAR", "BTC": "BRR", "ETH": "ETHUSDRR",
    },
    "CFE": {"VX": "VIX"},
    "COMEX": {"SIL": "SI"},
    "EUREX": {
        "FBTP": "BTP", "FBTS": "BTS", "FDAX": "DAX", "FDXM": "DAX", "FDXS": "DAX", "FESB": "SX7E",
        "FESX": "ESTX50", "FSXE": "ESTX50", "FGBL": "GBL", "FGBM": "GBM", "FGBS": "GBS",
        "FGBX": "GBX", "FOAT": "OAT", "FSMI": "SMI", "FSTX": "DJ600", "FTDX": "TECDAX",
        "FVS": "V2TX",
    },
    "MONEP": {"FCE": "CAC40"},
    "FTA": {"FTI": "EOE"},
    "IDEM": {"FIB": "FTMIB"},
    "MEFFRV": {"BIX": "IBEX"},
    "OMS": {"OMXS30": "OMXS30"},
    "SNFE": {"AP": "SPI"},
    "ICEEU": {"Z": "Z", "R": "R"},
    "IPE": {"COIL": "COIL", "GOIL": "GOIL"},
    "HKFE": {"HSI": "HSI", "MHI": "MHI", "HHI": "HHI.HK", "MCH": "MCH.HK"},
    "SGX": {"CN": "XINA50", "NK": "SGXNK", "TW": "STW"},
}  # fmt: skip

#: Well-known roots that are their own symbols: they say which venue of a MIC is meant.
_OWN: Final = {
    "CME": frozenset(
        ("ES", "MES", "NQ", "MNQ", "RTY", "M2K", "EMD", "NKD", "NIY", "HE", "LE", "GF", "GE", "SR1",
         "SR3", "MBT", "MET", "M6A", "M6B", "M6E")
    ),
    "CBOT": frozenset(
        ("YM", "MYM", "ZB", "ZN", "ZF", "ZT", "UB", "TN", "TWE", "ZQ", "ZC", "ZS", "ZW", "ZL", "ZM",
         "ZO", "ZR", "KE")
    ),
    "NYMEX": frozenset(("CL", "MCL", "QM", "NG", "QG", "RB", "HO", "BZ", "PL", "PA")),
    "COMEX": frozenset(("GC", "MGC", "QO", "SI", "QI", "HG", "MHG", "QC", "ALI")),
    "CFE": frozenset(("VXM",)),
    "EUREX": frozenset(("FEU3",)),
}  # fmt: skip

#: Trading classes of index options whose IB symbol is the index's.
_OPTION_CLASSES: Final = {
    "EUREX": {
        "ODAX": "DAX", "OESX": "ESTX50", "OEXP": "ESTX50", "OSMI": "SMI", "OESB": "SX7E",
        "OTDX": "TECDAX", "OVS2": "V2TX",
    },
}  # fmt: skip


def option_class_symbol(venue_name: str, trading_class: str) -> str:
    """Return the IB symbol of an option class: an index's from the table, else the class."""
    return _OPTION_CLASSES.get(venue_name, {}).get(trading_class, trading_class)


def root_symbol(venue_name: str, root: str) -> str:
    """Return the IB symbol of a root's futures."""
    return _OTHERS.get(venue_name, {}).get(root, root)


def is_known_root(venue_name: str, root: str) -> bool:
    """Return whether the table knows the symbol of a root, rather than assuming the root itself."""
    return root in _OTHERS.get(venue_name, {}) or root in _OWN.get(venue_name, ())


def main_root(venue_name: str, symbol: str) -> str:
    """Return the root that an IB symbol stands for: its first; the symbol itself by default."""
    own = _OTHERS.get(venue_name, {})
    if symbol in own or symbol in _OWN.get(venue_name, ()):
        return symbol
    return next((root for root, named in own.items() if named == symbol), symbol)


def venues_of_root(root: str) -> tuple[str, ...]:
    """Return the venues that are known to list a root."""
    names = dict.fromkeys((*_OTHERS, *_OWN))
    return tuple(name for name in names if is_known_root(name, root))
