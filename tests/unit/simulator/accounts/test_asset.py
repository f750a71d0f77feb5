# SPDX-License-Identifier: Apache-2.0
"""Commissions, checked by hand against the tariffs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.domain.contract import SecType
from ib_provider.simulator.accounts.asset import Asset, commission_of, rule_of


@pytest.mark.parametrize(
    ("shares", "value", "commission"),
    [
        ("0", "0", "0"),
        ("1", "200", "1.00"),
        ("200", "40000", "1.00"),
        ("1000", "28000", "5.000"),
        ("1", "10", "0.10"),
    ],
)
def test_commission_is_the_fixed_tariff(shares: str, value: str, commission: str) -> None:
    """Half a cent a share, at least a dollar, at most one per cent of the value."""
    assert commission_of(Decimal(shares), Decimal(value)) == Decimal(commission)


@pytest.mark.parametrize(
    ("sec_type", "units", "value", "commission"),
    [
        (SecType.OPT, "10", "20000", "6.50"),
        (SecType.OPT, "1", "2000", "1.00"),
        (SecType.FUT, "3", "225000", "6.75"),
        (SecType.CASH, "20000", "26000", "2.00"),
        (SecType.CASH, "1000000", "1300000", "26.00"),
        (SecType.CRYPTO, "0.5", "5000", "9.00"),
        (SecType.FUND, "100", "5000", "14.95"),
    ],
)
def test_each_type_has_its_tariff(
    sec_type: SecType, units: str, value: str, commission: str
) -> None:
    """By contract, by value, or for the order, with the least there is."""
    found = commission_of(Decimal(units), Decimal(value), rule_of(sec_type).tariff)
    assert found == Decimal(commission)


@pytest.mark.parametrize(
    ("currency", "units", "value", "commission"),
    [
        ("GBP", "84868", "99500", "49.75"),
        ("EUR", "10", "200", "3.00"),
        ("USD", "1000", "28000", "5.000"),
    ],
)
def test_stock_of_another_country_costs_by_its_value(
    currency: str, units: str, value: str, commission: str
) -> None:
    """Five basis points and three at the least: a share for pence is not charged by the share."""
    asset = Asset(con_id=1, currency=currency)
    assert commission_of(Decimal(units), Decimal(value), asset.tariff) == Decimal(commission)
