# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.domain.asset_class import asset_class
from ib_provider.domain.contract import AssetClass, Contract, SecType


@pytest.mark.parametrize(
    ("trading_class", "exchange", "kind"),
    [
        ("CL", "NYMEX", AssetClass.COMMODITY),
        ("ES", "CME", AssetClass.INDEX),
        ("6E", "CME", AssetClass.FX),
        ("ZN", "CBOT", AssetClass.RATE),
        ("VX", "CFE", AssetClass.VOLATILITY),
        ("MBT", "CME", AssetClass.CRYPTO),
        ("XYZ", "COMEX", AssetClass.COMMODITY),
        ("XYZ", "CME", AssetClass.UNKNOWN),
    ],
)
def test_asset_class_of_a_future_is_its_roots(
    trading_class: str, exchange: str, kind: AssetClass
) -> None:
    """IB names an index beneath all of them; crude oil is none. Unknown is said, not guessed."""
    contract = Contract(sec_type=SecType.FUT, trading_class=trading_class, exchange=exchange)
    assert asset_class(contract, under_sec_type="IND") is kind


def test_asset_class_of_an_option_on_a_future_is_the_futures() -> None:
    """The class EW1 is no root; its underlying ESM3 leads to one."""
    option = Contract(sec_type=SecType.FOP, trading_class="EW1", symbol="ES", exchange="CME")
    assert asset_class(option, under_symbol="ESM3", under_sec_type="FUT") is AssetClass.INDEX
    oil = Contract(sec_type=SecType.FOP, trading_class="LO", symbol="CL", exchange="NYMEX")
    assert asset_class(oil, under_symbol="CLM13", under_sec_type="FUT") is AssetClass.COMMODITY


@pytest.mark.parametrize(
    ("sec_type", "under", "kind"),
    [
        (SecType.STK, "", AssetClass.EQUITY),
        (SecType.OPT, "IND", AssetClass.INDEX),
        (SecType.OPT, "STK", AssetClass.EQUITY),
        (SecType.CFD, "STK", AssetClass.EQUITY),
        (SecType.BOND, "", AssetClass.DEBT),
        (SecType.WAR, "", AssetClass.UNKNOWN),
        (SecType.OTHER, "NONSENSE", AssetClass.UNKNOWN),
    ],
)
def test_asset_class_of_others_is_their_own_or_their_underlyings(
    sec_type: SecType, under: str, kind: AssetClass
) -> None:
    """A type that says it, else what the contract is on."""
    assert asset_class(Contract(sec_type=sec_type), under_sec_type=under) is kind
