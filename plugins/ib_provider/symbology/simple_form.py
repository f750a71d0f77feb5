# SPDX-License-Identifier: Apache-2.0
"""Simple ids read: which text means which kind of contract, by venue.

Rules:
    * The venue decides what a plain symbol is: a stock, a continuous future, a fund, a CFD.
    * Each form is one regular expression; a text that fits none is an error, never a stock.
    * A stock's symbol that looks like an option or a future is refused: it needs the raw form.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import InvalidInstrumentId
from ib_provider.symbology.default_currency import default_currency
from ib_provider.symbology.futures_roots import (
    is_known_root,
    main_root,
    option_class_symbol,
    root_symbol,
)
from ib_provider.symbology.futures_symbol import LETTER_FORM, FutureSymbol, read_future_symbol
from ib_provider.symbology.home_venue import routed
from ib_provider.symbology.option_symbol import (
    US_OPTION_VENUES,
    FieldOption,
    FutureOption,
    OccSymbol,
    read_field_option,
    read_future_option,
    read_occ,
)
from ib_provider.symbology.raw_id import bond_of_isin
from ib_provider.symbology.security_number import is_cusip, is_isin
from ib_provider.symbology.venues import SMART, VENUES, FuturesForm, Venue

__all__ = ["parse_simple_id"]

_NAME: Final = re.compile(r"([A-Z0-9]+(?:[-.&][A-Z0-9]+)*\.?)(?::([A-Z]{3}))?")
_ROOT: Final = re.compile(r"[A-Z0-9]{1,9}(?:\.[A-Z]{2})?")
_INDEX: Final = re.compile(r"\^([A-Z0-9]+(?:[-.&/ ][A-Z0-9]+)*)(?::([A-Z]{3}))?")
_PAIR: Final = re.compile(r"([A-Z0-9]{2,10})/([A-Z]{3,5})")
#: Another adapter's form of a future: symbol, class, last day.
_CLASS_AND_DAY: Final = re.compile(r"([A-Z0-9]{2,10}) ([A-Z0-9]{2,6}) (\d{8})")
_LIKE_A_NUMBER: Final = re.compile(r"(?:[A-Z]{2}[A-Z0-9]{9}|\d[0-9A-Z]{7})\d")
#: Whole local symbols of the National Stock Exchange of India: they say their year themselves.
_INDIAN_FUTURE: Final = re.compile(r"[A-Z0-9&-]+?\d\d[A-Z]{3}FUT")
_INDIAN_OPTION: Final = re.compile(r"[A-Z0-9&-]+?\d\d(?:[A-Z]{3}|[1-9OND]\d\d)\d+(?:\.\d+)?[CP]E")


def parse_simple_id(text: str, symbol: str, listed: str, *, on: date | None) -> Contract:
    """Return the description of the contract that a symbol names at a venue.

    Args:
        text: The whole id, for errors.
        on: Decides the decade of a one-digit year.

    Raises:
        InvalidInstrumentId: The symbol fits no form of the venue's.
    """
    if symbol.startswith("^"):
        return _index(text, symbol, listed)
    if listed in US_OPTION_VENUES and (occ := read_occ(symbol)):
        return _occ(occ, SMART)
    if listed == SMART:
        return _smart(text, symbol)
    place = VENUES.get(listed)
    if place is None:
        raise InvalidInstrumentId(text, f"venue {listed!r} is unknown")
    if place.plain is SecType.CONTFUT or place.futures:
        derived = _derivative(text, symbol, place, on)
        if derived is not None:
            return derived
    if place.pairs and (pair := _PAIR.fullmatch(symbol)):
        return _pair(pair[1], pair[2], place)
    return _plain(text, symbol, place)


def _index(text: str, symbol: str, listed: str) -> Contract:
    match = _INDEX.fullmatch(symbol)
    if match is None or listed not in VENUES:
        raise InvalidInstrumentId(text, "an index is written ^SPX.CBOE")
    currency = match[2] or VENUES[listed].currency
    return Contract(sec_type=SecType.IND, local_symbol=match[1], exchange=listed, currency=currency)


def _occ(occ: OccSymbol, listed: str) -> Contract:
    return Contract(
        sec_type=SecType.OPT,
        local_symbol=occ.local,
        trading_class=occ.root,
        strike=occ.strike,
        right=occ.right,
        exchange=listed,
        currency=default_currency(SecType.OPT, occ.root, listed),
    )


def _smart(text: str, symbol: str) -> Contract:
    if is_isin(symbol):
        return bond_of_isin(symbol)
    if is_cusip(symbol):
        return Contract(sec_type=SecType.BOND, exchange=SMART, symbol=symbol)
    if _LIKE_A_NUMBER.fullmatch(symbol):
        raise InvalidInstrumentId(text, f"{symbol} is no ISIN or CUSIP: its check digit is wrong")
    raise InvalidInstrumentId(
        text,
        "SMART is a router: a stock is named at its listing venue, AAPL.NASDAQ,"
        " a US option as AAPL270115C00400000.SMART",
    )


def _derivative(text: str, symbol: str, place: Venue, on: date | None) -> Contract | None:
    """Return what a symbol means at a venue of futures; None for a stock of a mixed one."""
    mixed = place.plain is SecType.STK
    if place.name == "NSE":
        return _indian(symbol, place)
    letters = LETTER_FORM.fullmatch(symbol)
    if letters and not (mixed and len(letters[3]) == 1):
        future = read_future_symbol(symbol, on=on)
        if future is None:
            raise InvalidInstrumentId(text, "one digit is a year of no decade: write two")
        return _future(future, place)
    if named := _CLASS_AND_DAY.fullmatch(symbol):
        return replace(
            _listed(SecType.FUT, place),
            symbol=named[1],
            trading_class=named[2],
            last_trade_date=named[3],
        )
    if option := _option(symbol, place, on):
        return option
    return None if mixed else _continuous(text, symbol, place)


def _indian(symbol: str, place: Venue) -> Contract | None:
    for form, kind in ((_INDIAN_FUTURE, SecType.FUT), (_INDIAN_OPTION, SecType.OPT)):
        if form.fullmatch(symbol):
            return replace(_listed(kind, place), local_symbol=symbol)
    return None


def _option(symbol: str, place: Venue, on: date | None) -> Contract | None:
    if occ := read_occ(symbol):
        return _occ(occ, place.name)
    if option := read_future_option(symbol, on=on):
        return _future_option(option, place)
    if field_option := read_field_option(symbol):
        return _field_option(field_option, place)
    return None


def _continuous(text: str, symbol: str, place: Venue) -> Contract:
    if not _ROOT.fullmatch(symbol):
        raise InvalidInstrumentId(
            text,
            f"at {place.name} a future is ESZ27, a continuous one ES, an option on a future"
            " ESZ27 C5000 or C ODAX 20261218 24000",
        )
    root = main_root(place.name, symbol)
    return replace(
        _listed(SecType.CONTFUT, place), symbol=root_symbol(place.name, root), trading_class=root
    )


def _future(future: FutureSymbol, place: Venue) -> Contract:
    contract = replace(_listed(SecType.FUT, place), last_trade_date=future.contract_month)
    if place.futures is FuturesForm.LETTER or not is_known_root(place.name, future.root):
        return replace(contract, local_symbol=future.local)
    symbol = root_symbol(place.name, future.root)
    return replace(contract, symbol=symbol, trading_class=future.root)


def _future_option(option: FutureOption, place: Venue) -> Contract:
    return replace(
        _listed(SecType.FOP, place),
        local_symbol=option.local,
        last_trade_date=option.contract_month,
        right=option.right,
    )


def _field_option(option: FieldOption, place: Venue) -> Contract:
    return replace(
        _listed(SecType.OPT, place),
        local_symbol=option.stored if option.style else "",
        symbol="" if option.style else option_class_symbol(place.name, option.root),
        trading_class=option.root,
        last_trade_date=option.day,
        strike=Decimal(option.strike),
        right=option.right,
    )


def _pair(base: str, quote: str, place: Venue) -> Contract:
    contract = routed(Contract(sec_type=place.plain, symbol=base, currency=quote), place.name)
    if place.plain is SecType.CFD:
        return replace(contract, local_symbol=f"{base}.{quote}")
    return contract


def _plain(text: str, symbol: str, place: Venue) -> Contract:
    match = _NAME.fullmatch(symbol)
    if place.plain in (SecType.CASH, SecType.CRYPTO):
        raise InvalidInstrumentId(text, f"at {place.name} a pair is written EUR/USD")
    if match is None:
        raise InvalidInstrumentId(text, f"{symbol!r} is no symbol of {place.name}")
    name, currency = match.groups()
    if place.plain is SecType.STK and _looks_derived(name, place):
        raise InvalidInstrumentId(
            text,
            f"{name!r} looks like a derivative; a stock of that name is {name}=STK.{place.name}",
        )
    name = name.replace("-", " ")
    contract = Contract(
        sec_type=place.plain,
        currency=currency or default_currency(place.plain, name, place.name),
    )
    if place.plain is SecType.STK and place.name != "TSEJ":
        return routed(replace(contract, local_symbol=name), place.name)
    return routed(replace(contract, symbol=name), place.name)


def _looks_derived(name: str, place: Venue) -> bool:
    if read_occ(name) or is_cusip(name) or is_isin(name):
        return True
    letters = LETTER_FORM.fullmatch(name)
    return letters is not None and (place.currency == "USD" or len(letters[3]) == 2)


def _listed(sec_type: SecType, place: Venue) -> Contract:
    return Contract(sec_type=sec_type, exchange=place.name, currency=place.currency)
