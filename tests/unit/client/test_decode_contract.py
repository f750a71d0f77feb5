# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

from ibapi.contract import Contract as IbContract

from ib_provider.client.decode_contract import decode_contract, encode_contract
from ib_provider.domain.contract import Contract, SecType


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
