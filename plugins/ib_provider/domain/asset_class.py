# SPDX-License-Identifier: Apache-2.0
"""What a contract is a claim on. Facts as tables, and "unknown" where none of them speaks.

IB names an index as the underlying of nearly every future, crude oil included, so the underlying's
security type alone would make an index of everything. A future's root decides first, then IB's own
industry, then a venue that lists one class only.

Source: contract specifications of the exchanges, from memory.
"""

from __future__ import annotations

from typing import Final

from ib_provider.domain.contract import AssetClass, Contract, SecType

__all__ = ["asset_class"]


_A = AssetClass

_BY_TYPE: Final = {
    SecType.STK: _A.EQUITY,
    SecType.IND: _A.INDEX,
    SecType.CASH: _A.FX,
    SecType.CRYPTO: _A.CRYPTO,
    SecType.CMDTY: _A.COMMODITY,
    SecType.BOND: _A.DEBT,
    SecType.FUND: _A.FUND,
}

#: Trading classes of futures by what they are a claim on.
_ROOTS: Final = {
    name: kind
    for kind, names in {
        _A.INDEX: "ES MES NQ MNQ RTY M2K EMD NKD NIY YM MYM FDAX FDXM FDXS FESX FSXE FSMI FSTX "
        "FTDX FCE FTI FIB BIX Z AP HSI MHI HHI CN NK TW",
        _A.RATE: "ZB ZN ZF ZT UB TN TWE ZQ GE SR1 SR3 FGBL FGBM FGBS FGBX FOAT FBTP FBTS R",
        _A.FX: "6A 6B 6C 6E 6J 6L 6M 6N 6R 6S 6Z M6A M6B M6E E7 J7",
        _A.CRYPTO: "BTC ETH MBT MET",
        _A.COMMODITY: "CL MCL QM NG QG RB HO BZ PL PA GC MGC QO SI SIL QI HG MHG QC ALI ZC ZS ZW "
        "ZL ZM ZO ZR KE HE LE GF COIL GOIL CC KC CT SB OJ",
        _A.VOLATILITY: "VX VXM FVS",
    }.items()
    for name in names.split()
}

#: Venues that list one class only.
_VENUES: Final = {
    "NYMEX": _A.COMMODITY,
    "COMEX": _A.COMMODITY,
    "NYBOT": _A.COMMODITY,
    "IPE": _A.COMMODITY,
    "LMEOTC": _A.COMMODITY,
    "CFE": _A.VOLATILITY,
}
_INDUSTRIES: Final = {"Indices": _A.INDEX, "Currency": _A.FX, "Commodity": _A.COMMODITY}
_FUTURES: Final = (SecType.FUT, SecType.CONTFUT, SecType.FOP)


def asset_class(
    contract: Contract, *, industry: str = "", under_symbol: str = "", under_sec_type: str = ""
) -> AssetClass:
    """Return what a contract is a claim on, itself or through its underlying.

    Args:
        contract: Qualified.
        industry: IB's own word in the contract's details.
        under_symbol: IB's symbol of the underlying; of an option on a future its local symbol.
        under_sec_type: Security type of the underlying.
    """
    if contract.sec_type in _BY_TYPE:
        return _BY_TYPE[contract.sec_type]
    if contract.sec_type in _FUTURES:
        # A future's local symbol is its root, a month letter and a digit or two of the year.
        names = (contract.trading_class, under_symbol.rstrip("0123456789")[:-1], contract.symbol)
        found = next((_ROOTS[name] for name in names if name in _ROOTS), None)
        venue = _VENUES.get(contract.exchange) or _VENUES.get(contract.primary_exchange)
        return found or _INDUSTRIES.get(industry) or venue or _A.UNKNOWN
    return _BY_TYPE.get(_sec_type(under_sec_type)) or _INDUSTRIES.get(industry) or _A.UNKNOWN


def _sec_type(text: str) -> SecType:
    return SecType(text) if text in SecType.__members__ else SecType.OTHER
