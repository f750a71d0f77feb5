# SPDX-License-Identifier: Apache-2.0
"""What accounts are worth, worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.account import Account, AccountState
from ib_provider.simulator.accounts.asset import Asset
from ib_provider.simulator.accounts.valuation import Valuation, position_margin, value_account

STOCK = Asset(con_id=1)
FUTURE = Asset(con_id=2, sec_type=SecType.FUT, multiplier=Decimal(50))
EUROPEAN = Asset(con_id=3, currency="EUR")
PAIR = Asset(con_id=4, sec_type=SecType.CASH, symbol="EUR")
OPTION = Asset(con_id=5, sec_type=SecType.OPT, multiplier=Decimal(100), strike=Decimal(50))
RATES = {"USD": Decimal(1), "EUR": Decimal("1.30")}


def _bought(asset: Asset, quantity: int, price: int, *, kind: str = "margin") -> Account:
    cash = {"USD": Decimal(10_000)}
    account = Account(AccountState(name="DU1", kind=kind, cash=cash))
    side = Side.BUY if quantity > 0 else Side.SELL
    account.apply(
        asset, side, shares=Decimal(abs(quantity)), price=Decimal(price), commission=Decimal(0)
    )
    return account


def _value(account: Account, asset: Asset, price: int) -> Valuation:
    return value_account(account, {asset.con_id: asset}, {asset.con_id: Decimal(price)}, RATES)


def test_values_are_consistent() -> None:
    """Net liquidation is cash and holdings; margin a quarter of the gross position."""
    values = _value(_bought(STOCK, 100, 10), STOCK, 12).totals()
    assert values["NetLiquidation"] == 10_200
    assert values["TotalCashValue"] == 9_000
    assert values["GrossPositionValue"] == 1_200
    assert values["AvailableFunds"] == 9_900
    assert values["BuyingPower"] == 39_600
    assert values["UnrealizedPnL"] == 200


def test_future_costs_no_cash_but_its_loss() -> None:
    """Two contracts down two points of 50: cash is 200 less, and nothing is held in value."""
    values = _value(_bought(FUTURE, 2, 1_500), FUTURE, 1_498).totals()
    assert values["NetLiquidation"] == 9_800
    assert values["TotalCashValue"] == 9_800
    assert values["GrossPositionValue"] == 0
    assert values["InitMarginReq"] == Decimal("0.06") * 2 * 1_498 * 50
    assert values["UnrealizedPnL"] == -200


def test_foreign_shares_are_borrowed_for_and_converted() -> None:
    """The euros are owed; what the shares gained is dollars at the rate."""
    valuation = _value(_bought(EUROPEAN, 10, 100), EUROPEAN, 110)
    assert valuation.cash("EUR") == -1_000
    assert valuation.net == 10_000 + 130
    ledger = dict(valuation.ledger("EUR"))
    assert (ledger["StockMarketValue"], ledger["CashBalance"]) == (1_100, -1_000)
    assert ledger["NetLiquidationByCurrency"] == 100


def test_currency_pair_is_worth_its_money_and_no_more() -> None:
    """The holding of a pair is not counted beside the cash it became."""
    account = _bought(PAIR, 1_000, 1)
    valuation = value_account(account, {4: PAIR}, {4: Decimal("1.30")}, RATES)
    assert valuation.net == 9_000 + 1_300
    assert valuation.totals()["GrossPositionValue"] == 0


def test_cash_account_can_spend_its_cash_alone() -> None:
    """No credit on what it holds."""
    values = _value(_bought(STOCK, 100, 10, kind="cash"), STOCK, 12).totals()
    assert values["AvailableFunds"] == values["BuyingPower"] == 9_000


@pytest.mark.parametrize(
    ("asset", "quantity", "price", "margin"),
    [
        (STOCK, 100, 10, 250),
        (STOCK, -100, 10, 250),
        (FUTURE, 1, 1_500, 4_500),
        (OPTION, 2, 3, 600),
        (OPTION, -2, 3, 1_500),
    ],
)
def test_position_binds_by_its_type(asset: Asset, quantity: int, price: int, margin: int) -> None:
    """A quarter of shares, a part of a future, a premium; of a short option, of its strike."""
    assert position_margin(asset, Decimal(quantity), Decimal(price)) == margin
