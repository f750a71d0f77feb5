# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from ib_provider.domain.contract import Contract, NumberedContract, SecType
from ib_provider.errors import InvalidInstrumentId
from ib_provider.symbology.raw_id import parse_raw_id, raw_id
from tests.support.contracts import qualified_contracts


@pytest.mark.parametrize(
    ("text", "contract"),
    [
        (
            "AAPL=STK.NASDAQ",
            Contract(
                local_symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
            ),
        ),
        (
            "CSNDX=STK:USD.EBS",
            Contract(
                local_symbol="CSNDX", exchange="SMART", primary_exchange="EBS", currency="USD"
            ),
        ),
        (
            "ESZ7=FUT:202712.CME",
            Contract(
                sec_type=SecType.FUT,
                local_symbol="ESZ7",
                last_trade_date="202712",
                exchange="CME",
                currency="USD",
            ),
        ),
        (
            "DVM3  JN24=FUT.MEXDER",
            Contract(
                sec_type=SecType.FUT, local_symbol="DVM3  JN24", exchange="MEXDER", currency="MXN"
            ),
        ),
        (
            "EUR.USD=CASH.IDEALPRO",
            Contract(sec_type=SecType.CASH, symbol="EUR", currency="USD", exchange="IDEALPRO"),
        ),
        (
            "#15960357=BOND.SMART",
            Contract(sec_type=SecType.BOND, con_id=15960357, exchange="SMART"),
        ),
        (
            "US912828UN88=BOND.SMART",
            NumberedContract(
                sec_type=SecType.BOND, exchange="SMART", sec_id_type="ISIN", sec_id="US912828UN88"
            ),
        ),
        (
            "SI SIL=CONTFUT.COMEX",
            Contract(
                sec_type=SecType.CONTFUT,
                symbol="SI",
                trading_class="SIL",
                exchange="COMEX",
                currency="USD",
            ),
        ),
        (
            "X=STK:ZMW.LUSAKA",
            Contract(local_symbol="X", exchange="SMART", primary_exchange="LUSAKA", currency="ZMW"),
        ),
    ],
)
def test_raw_id_is_the_description_it_spells(text: str, contract: Contract) -> None:
    """Read and written, field by field; a venue of no table is taken as it stands."""
    assert parse_raw_id(text, on=None) == contract
    assert raw_id(contract) == text


def test_raw_id_with_one_digit_takes_its_decade_from_a_date() -> None:
    """A person may leave the month out where a date is at hand."""
    found = parse_raw_id("ESZ7=FUT.CME", on=date(2026, 11, 24))
    assert found.last_trade_date == "202712"


@pytest.mark.parametrize(
    "text",
    [
        "ESZ7=FUT.CME",  # no decade
        "ESZ7 C5000=FOP.CME",
        "ESZ7=FUT:202811.CME",  # another month than the symbol's
        "EUR.USD=CASH:JPY.IDEALPRO",  # another currency than the pair's
        "AAPL=STK.SMART",  # a router
        "AAPL=STK.IBCFD",  # another type's pool
        "ESZ7=FUT:202712.GLBX",  # the MIC of four venues
        "AAPL=SHARE.NASDAQ",
        "A|B=BAG.SMART",
        "=STK.NASDAQ",
        "AAPL=STK",
    ],
)
def test_raw_id_that_contradicts_itself_is_refused(text: str) -> None:
    """Nothing is guessed, and no part of the text is dropped."""
    with pytest.raises(InvalidInstrumentId):
        parse_raw_id(text, on=None)


def test_raw_id_of_an_option_without_a_local_symbol_is_its_con_id_or_refused() -> None:
    """A root alone names no option, and an empty text names nothing."""
    option = Contract(symbol="AAPL", sec_type=SecType.OPT, exchange="EUREX", currency="EUR")
    with pytest.raises(InvalidInstrumentId):
        raw_id(option)
    assert raw_id(replace(option, con_id=7)) == "#7=OPT.EUREX"


@given(own=qualified_contracts())
def test_raw_id_of_any_contract_loses_nothing(own: Contract) -> None:
    """Local symbol, type, currency and venue come back to the last space."""
    said = parse_raw_id(raw_id(own), on=None)
    assert said.sec_type is own.sec_type
    if own.sec_type in (SecType.BOND, SecType.CASH, SecType.CRYPTO, SecType.CONTFUT):
        assert said.con_id == own.con_id or said.symbol == own.symbol
    else:
        assert said.local_symbol == own.local_symbol
    assert said.currency in (own.currency, "")
    assert raw_id(said) == raw_id(own)
