# SPDX-License-Identifier: Apache-2.0
"""Raw instrument ids: ``LOCAL=TYPE.VENUE``, which can spell every contract there is.

    AAPL=STK.NASDAQ                 local symbol, security type, venue
    CSNDX=STK:USD.EBS               a currency that is not the venue's own
    ESZ7=FUT:202712.CME             the contract month, where the local symbol has one digit of it
    #15960357=BOND.SMART            a conId, where there is no better name
    US912828UN88=BOND.SMART         an ISIN or CUSIP, of a bond in a question

Rules:
    * The local symbol is kept to the last space.
    * A dot of the venue's own may be written as a slash: ``1690200A1=FUT.OSE/JPN``.
    * A venue of no table is taken as it stands: IB has more of them than the table.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from ib_provider.domain.contract import Contract, NumberedContract, SecType
from ib_provider.errors import InvalidInstrumentId
from ib_provider.symbology.default_currency import default_currency
from ib_provider.symbology.futures_symbol import (
    LETTER_FORM,
    FutureSymbol,
    read_future_symbol,
    read_local_future,
)
from ib_provider.symbology.home_venue import home_venue, routed
from ib_provider.symbology.option_symbol import (
    FUTURE_OPTION_FORM,
    FutureOption,
    read_future_option,
    read_occ,
)
from ib_provider.symbology.security_number import is_cusip, is_isin
from ib_provider.symbology.venue_suffix import venues_of_mic
from ib_provider.symbology.venues import SMART, VENUES, venue_name

__all__ = ["RAW_FORM", "bond_of_isin", "parse_raw_id", "raw_id"]

RAW_FORM: Final = re.compile(r"(.+)=([A-Z]+)((?::(?:[A-Z]{3}|\d{6}))*)\.([A-Z0-9./]+)")
#: Types of which one symbol has many contracts: a symbol alone names none of them.
_SERIES: Final = (SecType.FUT, SecType.OPT, SecType.FOP, SecType.WAR, SecType.IOPT)
_PAIRS: Final = (SecType.CASH, SecType.CRYPTO)
_PAIR: Final = re.compile(r"([A-Z0-9]{2,10})\.([A-Z]{3,5})")
_NUMBERED: Final = re.compile(r"#([1-9]\d*)")


def raw_id(contract: Contract) -> str:
    """Return the raw id of a contract, one text for one contract.

    Raises:
        InvalidInstrumentId: It names no venue, or neither symbol nor conId.
    """
    listed = home_venue(contract)
    key = _key(contract)
    marks = []
    if month := _month(contract, key):
        marks.append(month)
    if contract.currency and not _says_currency(contract, key, listed):
        marks.append(contract.currency)
    return f"{key}={':'.join((contract.sec_type, *marks))}.{listed}"


def parse_raw_id(text: str, *, on: date | None) -> Contract:
    """Return the description that a raw id spells.

    Raises:
        InvalidInstrumentId: It spells none.
    """
    match = RAW_FORM.fullmatch(text)
    if match is None:
        raise InvalidInstrumentId(text, "it is not LOCAL=TYPE.VENUE")
    key, kind, marks, listed = match.groups()
    try:
        sec_type = SecType(kind)
    except ValueError:
        raise InvalidInstrumentId(text, f"{kind} is no security type") from None
    if sec_type in (SecType.OTHER, SecType.UNSAID, SecType.BAG):
        raise InvalidInstrumentId(text, f"{kind} has no raw id")
    listed = venue_name(listed.replace("/", "."))
    if listed not in VENUES and (venues := venues_of_mic(listed)):
        if len(venues) > 1:
            raise InvalidInstrumentId(text, f"{listed} is the MIC of {', '.join(venues)}")
        listed = venues[0]
    said = [mark for mark in marks.split(":") if mark]
    currency = next((mark for mark in said if mark.isalpha()), "")
    contract = routed(
        Contract(
            sec_type=sec_type,
            currency=currency or default_currency(sec_type, key, listed),
            last_trade_date=next((mark for mark in said if mark.isdigit()), ""),
        ),
        listed,
    )
    contract = _keyed(text, key, contract, currency=currency, on=on)
    if listed not in (home_venue(contract), SMART) or not _may_list(listed, sec_type):
        raise InvalidInstrumentId(text, f"{listed} lists no contract of type {kind}")
    return contract


def _may_list(listed: str, sec_type: SecType) -> bool:
    """Return whether a venue may list a type: a pool of IB's lists one, an exchange any."""
    plain = VENUES[listed].plain if listed in VENUES else SecType.STK
    return plain in (SecType.STK, SecType.CONTFUT, sec_type)


def _key(contract: Contract) -> str:
    if contract.sec_type is SecType.BOND and contract.con_id:
        return f"#{contract.con_id}"
    key = contract.local_symbol
    if isinstance(contract, NumberedContract):
        key = contract.sec_id
    if not key and contract.sec_type not in _SERIES:
        key = contract.symbol
        if contract.sec_type in _PAIRS and key and contract.currency:
            key = f"{key}.{contract.currency}"
    if contract.sec_type is SecType.CONTFUT:
        key = contract.symbol
        if contract.trading_class not in ("", key):
            key = f"{key} {contract.trading_class}"
    if not key and contract.con_id:
        return f"#{contract.con_id}"
    if not key:
        raise InvalidInstrumentId(str(contract), "the contract names no symbol and no conId")
    return key


def _month(contract: Contract, key: str) -> str:
    """Return the contract month of a future or of an option on one, if its symbol has one digit."""
    if contract.sec_type is SecType.FUT and (match := LETTER_FORM.fullmatch(key)):
        if len(match[3]) == 2:
            return ""
        future = read_local_future(key, contract.last_trade_date)
        if future is None:
            raise InvalidInstrumentId(str(contract), "the contract says no year")
        return future.contract_month
    if contract.sec_type is SecType.FOP:
        option = read_future_option(key, last_trade_date=contract.last_trade_date)
        return option.contract_month if option and option.local == key else ""
    return ""


def _says_currency(contract: Contract, key: str, listed: str) -> bool:
    if _PAIR.fullmatch(key) and contract.sec_type in _PAIRS:
        return True
    if contract.sec_type is SecType.BOND:
        return True
    return default_currency(contract.sec_type, key, listed) == contract.currency


def _keyed(text: str, key: str, contract: Contract, *, currency: str, on: date | None) -> Contract:
    """Return a description with what the key says of it; ``currency`` is what the id says."""
    plain = replace(contract, local_symbol=key)
    if match := _NUMBERED.fullmatch(key):
        return replace(contract, con_id=int(match[1]), currency="")
    match contract.sec_type:
        case SecType.CASH | SecType.CRYPTO | SecType.CFD if pair := _PAIR.fullmatch(key):
            if currency not in ("", pair[2]):
                raise InvalidInstrumentId(text, f"{key} is not priced in {currency}")
            local = key if contract.sec_type is SecType.CFD else ""
            plain = replace(plain, symbol=pair[1], currency=pair[2], local_symbol=local)
        case SecType.BOND:
            return _bond(key, plain)
        case SecType.CONTFUT:
            symbol, _, trading_class = key.partition(" ")
            return replace(contract, symbol=symbol, trading_class=trading_class)
        case SecType.FUT | SecType.FOP if month := _month_said(text, key, contract, on):
            plain = replace(plain, last_trade_date=month)
        case SecType.OPT if occ := read_occ(key):
            plain = replace(plain, local_symbol=occ.local, strike=occ.strike, right=occ.right)
    return plain


def _month_said(text: str, key: str, contract: Contract, on: date | None) -> str:
    """Return the contract month of a key with a month letter; empty for a key that has none."""
    said = contract.last_trade_date
    read: FutureSymbol | FutureOption | None
    if contract.sec_type is SecType.FUT:
        spells_one = LETTER_FORM.fullmatch(key) is not None
        read = read_local_future(key, said) or read_future_symbol(key, on=on)
    else:
        spells_one = FUTURE_OPTION_FORM.fullmatch(key) is not None
        read = read_future_option(key, on=on, last_trade_date=said)
    if read is None and spells_one:
        raise InvalidInstrumentId(text, "one digit is no year: add the contract month")
    if read is not None and said not in ("", read.contract_month):
        raise InvalidInstrumentId(text, f"{key} is not of the month {said}")
    return read.contract_month if read else ""


def bond_of_isin(isin: str) -> NumberedContract:
    """Return the description of a bond by its ISIN."""
    return NumberedContract(sec_type=SecType.BOND, exchange=SMART, sec_id_type="ISIN", sec_id=isin)


def _bond(key: str, plain: Contract) -> Contract:
    if is_isin(key):
        return bond_of_isin(key)
    if is_cusip(key):
        return replace(plain, local_symbol="", symbol=key, currency="")
    return plain
