# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import InvalidInstrumentId
from ib_provider.symbology.instrument_id import instrument_id, parse_instrument_id
from ib_provider.symbology.venues import VENUES

SYMBOLS = st.from_regex(r"[A-Z]{1,6}(-[A-Z])?", fullmatch=True)
STOCK_VENUES = sorted(name for name, venue in VENUES.items() if venue.plain is SecType.STK)


@given(symbol=SYMBOLS, venue=st.sampled_from(STOCK_VENUES))
def test_instrument_id_parsed_and_written_is_the_identity(symbol: str, venue: str) -> None:
    """Every legal id survives the way to a contract and back."""
    text = f"{symbol}.{venue}"
    assert instrument_id(parse_instrument_id(text)) == text


def test_instrument_id_of_a_routed_stock_names_the_listing_venue() -> None:
    """The router SMART never becomes part of an id."""
    contract = Contract(
        symbol="BF B", local_symbol="BF B", exchange="SMART", primary_exchange="NYSE"
    )
    assert instrument_id(contract) == "BF-B.NYSE"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("AAPL.NASDQ", "AAPL.NASDAQ"),
        ("aapl.nasdaq", "AAPL.NASDAQ"),
        ("BF B.NYSE", "BF-B.NYSE"),
        ("AAPL", None),
        (".NYSE", None),
        ("SPY C400.SMART", None),
        ("EUR.USD.IDEALPRO", "EUR/USD.IDEALPRO"),
    ],
)
def test_parse_of_a_foreign_form_names_the_nearest_and_never_a_stock(
    text: str, nearest: str | None
) -> None:
    """What does not parse is refused with the closest legal form."""
    with pytest.raises(InvalidInstrumentId) as caught:
        parse_instrument_id(text)
    assert caught.value.nearest == nearest


@pytest.mark.parametrize(
    "contract",
    [
        Contract(symbol="ES", sec_type=SecType.FUT, exchange="CME"),
        Contract(symbol="AAPL", exchange="SMART"),
        Contract(primary_exchange="NYSE"),
    ],
)
def test_instrument_id_of_an_unnameable_contract_is_refused(contract: Contract) -> None:
    """A contract with no listing venue, no symbol or another type gets no id."""
    with pytest.raises(InvalidInstrumentId):
        instrument_id(contract)
