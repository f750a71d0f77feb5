# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import InvalidInstrumentId, UnknownVenue
from ib_provider.symbology.home_venue import home_venue, routed, zone_of

OCC = "AAPL  270115C00400000"


@pytest.mark.parametrize(
    ("contract", "home", "zone"),
    [
        (Contract(exchange="ARCA", primary_exchange="NASDAQ"), "NASDAQ", "America/New_York"),
        (Contract(exchange="ISLAND"), "NASDAQ", "America/New_York"),
        (
            Contract(sec_type=SecType.OPT, local_symbol=OCC, exchange="CBOE", currency="USD"),
            "SMART",
            "America/New_York",
        ),
        (
            Contract(sec_type=SecType.OPT, local_symbol=OCC, exchange="CDE", currency="CAD"),
            "CDE",
            "America/Toronto",
        ),
        (Contract(sec_type=SecType.FUT, exchange="GLOBEX"), "CME", "America/Chicago"),
        (Contract(sec_type=SecType.CFD, exchange="SMART"), "IBCFD", "America/New_York"),
        (Contract(sec_type=SecType.CASH, exchange="FXCONV"), "IDEALPRO", "America/New_York"),
        (Contract(sec_type=SecType.BOND, exchange="TRADEWEBG"), "SMART", "America/New_York"),
    ],
)
def test_home_venue_is_the_same_whatever_the_route(
    contract: Contract, home: str, zone: str
) -> None:
    """An id does not depend on where its question was sent."""
    assert home_venue(contract) == home
    assert zone_of(contract) == zone


def test_home_venue_of_a_router_alone_is_refused() -> None:
    """SMART lists nothing."""
    with pytest.raises(InvalidInstrumentId):
        home_venue(Contract(symbol="AAPL", exchange="SMART"))
    with pytest.raises(UnknownVenue):
        zone_of(Contract(symbol="AAPL", exchange="SMART"))
    with pytest.raises(UnknownVenue):
        zone_of(Contract(symbol="AAPL", exchange="LUSAKA"))


def test_routed_question_of_a_stock_goes_to_the_router() -> None:
    """And says where the stock is listed; a future's goes to its exchange, a pool's to SMART."""
    assert routed(Contract(symbol="V"), "NYSE") == Contract(
        symbol="V", exchange="SMART", primary_exchange="NYSE"
    )
    assert routed(Contract(sec_type=SecType.FUT), "CME").exchange == "CME"
    assert routed(Contract(sec_type=SecType.CFD), "IBCFD").exchange == "SMART"
