# SPDX-License-Identifier: Apache-2.0
"""The venue of a contract's id, and the route of a question about one listed there."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import InvalidInstrumentId, UnknownVenue
from ib_provider.symbology.option_symbol import US_OPTION_VENUES, read_occ
from ib_provider.symbology.venues import SMART, venue, venue_name

__all__ = ["home_venue", "routed", "zone_of"]

_NEW_YORK: Final = "America/New_York"

#: Security types that IB keeps in a pool of its own, wherever the question was routed.
_POOLS: Final = {
    SecType.CASH: "IDEALPRO",
    SecType.CFD: "IBCFD",
    SecType.CMDTY: "IBCMDTY",
    SecType.BOND: SMART,
}
#: Pools that are names of ours, not exchanges that a question can be routed to.
_ROUTED: Final = frozenset(("IBCFD", "IBCMDTY"))


def home_venue(contract: Contract) -> str:
    """Return where a contract is listed: the same whatever route its description took.

    Raises:
        InvalidInstrumentId: It names only a router.
    """
    if pool := _POOLS.get(contract.sec_type):
        return pool
    own, routed_to = venue_name(contract.primary_exchange), venue_name(contract.exchange)
    if contract.sec_type is SecType.OPT and _cleared_by_occ(contract):
        return SMART
    listed = own if own not in ("", SMART) else routed_to
    if listed in ("", SMART):
        raise InvalidInstrumentId(str(contract), "the contract names no listing venue")
    return listed


def zone_of(contract: Contract) -> str:
    """Return the zone of the venue that lists a contract, which gives its bars their sessions.

    An option cleared by OCC and a bond keep New York's days, as their venues do.

    Raises:
        UnknownVenue: The contract names none that the table of venues holds.
    """
    try:
        listed = home_venue(contract)
    except InvalidInstrumentId:
        raise UnknownVenue(contract.primary_exchange or contract.exchange) from None
    return _NEW_YORK if listed == SMART else venue(listed).time_zone


def routed(contract: Contract, listed: str) -> Contract:
    """Return a description of what is listed at a venue, with the route a question takes."""
    if contract.sec_type in (SecType.STK, SecType.WAR, SecType.IOPT) and listed != SMART:
        return replace(contract, exchange=SMART, primary_exchange=listed)
    return replace(contract, exchange=SMART if listed in _ROUTED else listed)


def _cleared_by_occ(contract: Contract) -> bool:
    return (
        contract.currency in ("", "USD")
        and {contract.exchange, contract.primary_exchange} <= US_OPTION_VENUES | {""}
        and read_occ(contract.local_symbol) is not None
    )
