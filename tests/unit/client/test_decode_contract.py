# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest
from ibapi.contract import Contract as IbContract

from ib_provider.client.decode_contract import decode_contract, encode_contract
from ib_provider.domain.contract import Combination, ComboLeg, Contract, NumberedContract, SecType
from ib_provider.errors import LocalProtocolError


def test_decode_contract_type_that_we_do_not_know_is_other() -> None:
    """Somebody's structured product is a holding, not a failure."""
    ib = IbContract()
    ib.secType, ib.right = "BILL", "?"
    found = decode_contract(ib)
    assert (found.sec_type, found.right) == (SecType.OTHER, "")


def test_encode_contract_and_back_is_the_same() -> None:
    """What a request names is what an answer names."""
    contract = Contract(
        con_id=1,
        symbol="AAPL",
        sec_type=SecType.OPT,
        last_trade_date="20270115",
        strike=Decimal("432.5"),
        right="C",
        multiplier="100",
        exchange="SMART",
        primary_exchange="CBOE",
        currency="USD",
        local_symbol="AAPL  270115C00432500",
        trading_class="AAPL",
    )
    assert decode_contract(encode_contract(contract)) == contract


def test_encode_contract_of_a_combination_and_back_keeps_sides_and_ratios() -> None:
    """Above zero is bought, below zero is sold."""
    combination = Combination(
        symbol="ES",
        exchange="CME",
        currency="USD",
        legs=(
            ComboLeg(con_id=1, ratio=2, exchange="CME"),
            ComboLeg(con_id=2, ratio=-1, exchange="CME"),
        ),
    )
    ib = encode_contract(combination)
    assert [(leg.action, leg.ratio) for leg in ib.comboLegs] == [("BUY", 2), ("SELL", 1)]
    assert decode_contract(ib) == combination


def test_encode_contract_with_an_unqualified_leg_is_refused() -> None:
    """A leg without a conId would be another contract."""
    with pytest.raises(LocalProtocolError, match="AAPL"):
        encode_contract(Combination(legs=(ComboLeg(ratio=1, instrument_id="AAPL.NASDAQ"),)))


def test_encode_contract_of_a_security_number_carries_it() -> None:
    """A bond is asked for by its ISIN."""
    ib = encode_contract(
        NumberedContract(sec_type=SecType.BOND, sec_id_type="ISIN", sec_id="US912828UN88")
    )
    assert (ib.secIdType, ib.secId) == ("ISIN", "US912828UN88")
