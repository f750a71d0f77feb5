# SPDX-License-Identifier: Apache-2.0
"""Instrument ids: ``SYMBOL.VENUE``, from a contract of any kind and back.

    AAPL.NASDAQ   BF-B.NYSE   CSNDX:USD.EBS        stocks; a currency that is not the venue's
    EUR/USD.IDEALPRO   BTC/USD.PAXOS               pairs
    ^SPX.CBOE                                      indices
    ESZ27.CME   ES.CME                             a future, the continuous one
    SPXW260313P06630000.SMART                      an option cleared by OCC
    C ODAX 20261218 24000 M.EUREX                  an option that spells its fields
    EW1J27 C5925.CME                               an option on a future
    IBUS500.IBCFD   XAUUSD.IBCMDTY   VINIX.FUNDSERV
    1690200A1=FUT.OSE.JPN                          anything else, raw (see ``raw_id``)
    +1*ESH28.CME|-1*ESZ27.CME=BAG.SMART            a combination (see ``combination_id``)

Rules:
    * The venue is where the instrument is listed, never the router: ``AAPL.NASDAQ``. An option
      cleared by OCC trades alike at every US venue, so its place is SMART.
    * One contract has one id. It is the simple form where that leads back to the contract, else
      the raw one: so an id always carries what tells its contract from others.
    * Text that does not parse is an error naming the nearest form. It never becomes a stock.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from ib_provider.domain.contract import Combination, Contract, SecType
from ib_provider.errors import AmbiguousContract, InvalidInstrumentId
from ib_provider.symbology.combination_id import combination_id, parse_combination_id
from ib_provider.symbology.futures_roots import venues_of_root
from ib_provider.symbology.home_venue import home_venue
from ib_provider.symbology.nearest_id import nearest_id
from ib_provider.symbology.option_symbol import US_OPTION_VENUES
from ib_provider.symbology.raw_id import RAW_FORM, parse_raw_id, raw_id
from ib_provider.symbology.simple_form import parse_simple_id
from ib_provider.symbology.simple_id import simple_id
from ib_provider.symbology.venue_suffix import split_venue, venues_of_mic
from ib_provider.symbology.venues import VENUES

__all__ = ["canonical_id", "instrument_id", "parse_instrument_id"]

_NAMELESS: Final = (SecType.BAG, SecType.OTHER, SecType.UNSAID)


def instrument_id(contract: Contract) -> str:
    """Return the instrument id of a qualified contract: one contract, one id.

    Raises:
        InvalidInstrumentId: The contract names no listing venue or symbol, or is of no known type.
    """
    if isinstance(contract, Combination):
        return combination_id(contract)
    if contract.sec_type in _NAMELESS:
        raise InvalidInstrumentId(
            str(contract), f"type {contract.sec_type.value!r} has no instrument id"
        )
    simple = simple_id(contract)
    if simple is not None and _leads_back(simple, contract):
        return simple
    raw = raw_id(contract)
    if _leads_back(raw, contract):
        return raw
    if not contract.con_id:
        raise InvalidInstrumentId(str(contract), "no id leads back to it; qualify it first")
    return f"#{contract.con_id}={contract.sec_type}.{home_venue(contract)}"


def parse_instrument_id(text: str, *, on: date | None = None) -> Contract:
    """Return the description of the contract that an instrument id names, as a question asks it.

    Every spelling is read: simple and raw, one and two digits of a year, padded and compact
    options, MICs for venues.

    Args:
        on: Decides the decade of a one-digit year; without it such a text is refused.

    Raises:
        InvalidInstrumentId: With the nearest legal form where there is one.
        AmbiguousContract: A MIC stands for several venues that may list it.
    """
    try:
        return _parse(text, on)
    except InvalidInstrumentId as error:
        nearest = nearest_id(text, lambda attempt: _parses(attempt, on))
        raise InvalidInstrumentId(text, error.reason, nearest) from None


def canonical_id(text: str, *, on: date | None = None) -> str:
    """Return the one id that is stored, of any spelling of it.

    Raises:
        InvalidInstrumentId: The text names no contract.
        AmbiguousContract: A MIC stands for several venues that may list it.
    """
    return instrument_id(parse_instrument_id(text, on=on))


def _parse(text: str, on: date | None) -> Contract:
    combination = parse_combination_id(text, lambda leg: _leg(leg, on))
    if combination is not None:
        return combination
    if RAW_FORM.fullmatch(text):
        return parse_raw_id(text, on=on)
    symbol, listed = split_venue(text)
    if not symbol or not listed:
        raise InvalidInstrumentId(text, "it is not SYMBOL.VENUE")
    if listed in VENUES or listed in US_OPTION_VENUES:
        return parse_simple_id(text, symbol, listed, on=on)
    if venues := venues_of_mic(listed):
        return _at_mic(text, symbol, venues, on)
    raise InvalidInstrumentId(text, f"venue {listed!r} is unknown")


def _leg(text: str, on: date | None) -> tuple[str, Contract]:
    contract = _parse(text, on)
    return instrument_id(contract), contract


def _at_mic(text: str, symbol: str, venues: tuple[str, ...], on: date | None) -> Contract:
    found, reason = {}, None
    for listed in venues:
        try:
            found[listed] = parse_simple_id(text, symbol, listed, on=on)
        except InvalidInstrumentId as error:
            reason = reason or error
    if reason is not None and not found:
        raise reason
    if len(found) > 1:
        roots = {contract.trading_class or _root(contract) for contract in found.values()}
        known = {name for root in roots for name in venues_of_root(root)}
        found = {name: entry for name, entry in found.items() if name in known} or found
    if len(found) > 1:
        raise AmbiguousContract(text, [instrument_id(entry) for entry in found.values()])
    return next(iter(found.values()))


def _root(contract: Contract) -> str:
    return contract.local_symbol[:-2] if contract.sec_type is SecType.FUT else contract.symbol


def _parses(text: str, on: date | None) -> bool:
    try:
        _parse(text, on)
    except (InvalidInstrumentId, AmbiguousContract):
        return False
    return True


def _leads_back(text: str, contract: Contract) -> bool:
    """Return whether a text describes the contract and not another one."""
    try:
        said = _parse(text, None)
    except (InvalidInstrumentId, AmbiguousContract):
        return False
    day = said.last_trade_date
    if said.symbol and not contract.symbol and said.sec_type in (SecType.FUT, SecType.OPT):
        return False  # the text would claim a symbol that nobody has said
    return (
        said.sec_type is contract.sec_type
        and _same(said.symbol, contract.symbol)
        and _same(said.local_symbol, contract.local_symbol)
        and _same(said.currency, contract.currency)
        and _same(said.trading_class, contract.trading_class)
        and _same(said.right, contract.right)
        and said.strike in (None, contract.strike or said.strike)
        and said.con_id in (0, contract.con_id)
        and (len(day) < 8 or _same(day, contract.last_trade_date))
    )


def _same(said: str, own: str) -> bool:
    """Return whether a description agrees: what either does not say is no difference."""
    return not said or not own or said == own
