# SPDX-License-Identifier: Apache-2.0
"""Contracts written as simple ids. A contract that has no simple form has a raw one."""

from __future__ import annotations

from ib_provider.domain.contract import Contract, SecType
from ib_provider.symbology.default_currency import default_currency
from ib_provider.symbology.futures_roots import main_root
from ib_provider.symbology.futures_symbol import read_local_future
from ib_provider.symbology.home_venue import home_venue
from ib_provider.symbology.option_symbol import (
    FieldOption,
    plain_strike,
    read_field_option,
    read_future_option,
    read_occ,
)

__all__ = ["simple_id"]


def simple_id(contract: Contract) -> str | None:
    """Return the simple id that a contract seems to have; None where it has none.

    Whether the text leads back to the contract is the caller's to check.

    Raises:
        InvalidInstrumentId: The contract names no listing venue.
    """
    listed = home_venue(contract)
    symbol = _symbol(contract, listed)
    return f"{symbol}.{listed}" if symbol else None


def _symbol(contract: Contract, listed: str) -> str | None:
    found: str | None = None
    match contract.sec_type:
        case SecType.FUT | SecType.OPT if listed == "NSE":
            found = contract.local_symbol
        case SecType.STK | SecType.CFD | SecType.CMDTY | SecType.FUND | SecType.IND:
            found = _name(contract, listed)
        case SecType.CASH | SecType.CRYPTO:
            found = _pair(contract)
        case SecType.FUT:
            found = _future(contract)
        case SecType.CONTFUT:
            found = contract.trading_class or main_root(listed, contract.symbol)
        case SecType.OPT:
            found = _option(contract)
        case SecType.FOP:
            found = _future_option(contract)
    return found or None


def _pair(contract: Contract) -> str:
    if contract.symbol and contract.currency:
        return f"{contract.symbol}/{contract.currency}"
    return contract.local_symbol.replace(".", "/")


def _future_option(contract: Contract) -> str | None:
    option = read_future_option(contract.local_symbol, last_trade_date=contract.last_trade_date)
    return option.stored if option else None


def _name(contract: Contract, listed: str) -> str | None:
    if contract.sec_type is SecType.CFD and contract.local_symbol == (
        f"{contract.symbol}.{contract.currency}"
    ):
        return f"{contract.symbol}/{contract.currency}"
    name = contract.local_symbol or contract.symbol
    if contract.sec_type in (SecType.CFD, SecType.CMDTY) or name == f"{contract.symbol}.T":
        # Tokyo's local symbols end in .T, in some answers and not in others.
        name = contract.symbol or name
    if not name:
        return None
    usual = default_currency(contract.sec_type, name, listed)
    mark = f":{contract.currency}" if contract.currency not in ("", usual) else ""
    if contract.sec_type is SecType.IND:
        return f"^{name}{mark}"
    return name.replace(" ", "-") + mark


def _future(contract: Contract) -> str | None:
    future = read_local_future(contract.local_symbol, contract.last_trade_date)
    if future is not None:
        return future.stored
    if not contract.local_symbol and len(contract.last_trade_date) == 6:
        root = contract.trading_class or contract.symbol
        probe = f"{root} {contract.last_trade_date}01 M"
        future = read_local_future(probe, contract.last_trade_date)
    return future.stored if future else None


def _option(contract: Contract) -> str | None:
    if occ := read_occ(contract.local_symbol):
        return occ.stored
    option = read_field_option(contract.local_symbol)
    day, strike = contract.last_trade_date, contract.strike
    if option is not None and len(option.day) == 8:
        return option.stored
    root = contract.trading_class or (option.root if option else "")
    if (option is None and contract.local_symbol) or not (root and day and strike):
        return option.stored if option else None
    # An older spelling names only the month, and a question may spell no local symbol at all.
    return FieldOption(right=contract.right, root=root, day=day, strike=plain_strike(strike)).stored
