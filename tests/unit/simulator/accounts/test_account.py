# SPDX-License-Identifier: Apache-2.0
"""The account's arithmetic, checked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.account import Account, AccountState, Charge
from ib_provider.simulator.accounts.asset import Asset
from ib_provider.simulator.accounts.valuation import value_account

CON_ID = 8314
STOCK = Asset(con_id=CON_ID)


def _account(cash: int) -> Account:
    return Account(AccountState(name="DU1", cash={"USD": Decimal(cash)}))


def _values(account: Account, price: int) -> dict[str, Decimal]:
    prices, rates = {CON_ID: Decimal(price)}, {"USD": Decimal(1)}
    return value_account(account, {CON_ID: STOCK}, prices, rates).totals()


def _apply(
    account: Account, side: Side, shares: int, price: str, commission: str = "1.00"
) -> Charge:
    return account.apply(
        STOCK,
        side,
        shares=Decimal(shares),
        price=Decimal(price),
        commission=Decimal(commission),
    )


def test_buy_spends_cash_and_puts_the_commission_into_the_cost() -> None:
    """100 shares at 10 and a dollar: 10.01 a share."""
    account = _account(10_000)
    charge = _apply(account, Side.BUY, 100, "10")
    assert charge.realized_pnl is None
    assert account.cash("USD") == Decimal("8999.00")
    (holding,) = account.holdings()
    assert (holding.quantity, holding.avg_cost) == (Decimal(100), Decimal("10.01"))


def test_sale_realizes_the_gain_after_both_commissions() -> None:
    """(12 - 10.01) * 50, less the sale's own dollar; the cost of the rest stays."""
    account = _account(10_000)
    _apply(account, Side.BUY, 100, "10")
    charge = _apply(account, Side.SELL, 50, "12")
    assert charge.realized_pnl == Decimal("98.50")
    assert account.holdings()[0].avg_cost == Decimal("10.01")
    assert account.realized(CON_ID) == Decimal("98.50")


def test_sale_beyond_the_holding_turns_it_short() -> None:
    """The short's cost is what it brought: its price less its part of the commission."""
    account = _account(10_000)
    _apply(account, Side.BUY, 50, "10", "0")
    charge = _apply(account, Side.SELL, 100, "12", "2.00")
    assert charge.realized_pnl == Decimal("99.00")
    (holding,) = account.holdings()
    assert (holding.quantity, holding.avg_cost) == (Decimal(-50), Decimal("11.98"))


def test_holding_sold_whole_disappears() -> None:
    """Nothing held is no row."""
    account = _account(10_000)
    _apply(account, Side.BUY, 10, "10")
    _apply(account, Side.SELL, 10, "10")
    assert account.holdings() == ()


@given(
    trades=st.lists(
        st.tuples(st.sampled_from(Side), st.integers(1, 500), st.integers(1, 900)), max_size=12
    )
)
def test_money_is_neither_made_nor_lost_at_one_price(
    trades: list[tuple[Side, int, int]],
) -> None:
    """Whatever traded, net liquidation is the start, less commissions, plus what prices did."""
    account, expected = _account(0), Decimal(0)
    for side, shares, price in trades:
        before = account.quantity(CON_ID)
        _apply(account, side, shares, str(price))
        expected += (before + shares * side.sign) * 100 - before * 100
        expected -= shares * side.sign * price + 1
    values = _values(account, 100)
    assert values["NetLiquidation"] == expected
    total = values["RealizedPnL"] + values["UnrealizedPnL"]
    assert total == pytest.approx(expected, abs=Decimal("1e-12"))


def test_multiplier_is_in_the_cost_and_in_the_cash() -> None:
    """Two contracts at 20 times 100 and 1.30: 4001.30 out, 2000.65 a contract."""
    option = Asset(con_id=7, sec_type=SecType.OPT, multiplier=Decimal(100), strike=Decimal(450))
    account = _account(10_000)
    account.apply(
        option, Side.BUY, shares=Decimal(2), price=Decimal(20), commission=Decimal("1.30")
    )
    assert account.cash("USD") == Decimal("5998.70")
    assert account.holdings()[0].avg_cost == Decimal("2000.65")


def test_currency_pair_moves_two_currencies() -> None:
    """Bought euros are there, their dollars are not."""
    pair = Asset(con_id=9, sec_type=SecType.CASH, symbol="EUR")
    account = _account(10_000)
    account.apply(
        pair, Side.BUY, shares=Decimal(1_000), price=Decimal("1.25"), commission=Decimal(2)
    )
    assert (account.cash("EUR"), account.cash("USD")) == (1_000, 8_748)


def test_correction_of_an_opening_trade_moves_cash_and_cost() -> None:
    """A cent more a share: the holding costs it, nothing is realized."""
    account = _account(10_000)
    _apply(account, Side.BUY, 100, "10", "0")
    account.correct(STOCK, Side.BUY, shares=Decimal(100), change=Decimal("0.01"))
    assert account.cash("USD") == Decimal("8999.00")
    assert account.holdings()[0].avg_cost == Decimal("10.01")
    assert account.realized(CON_ID) == 0


def test_correction_of_a_closed_trade_is_realized() -> None:
    """Nothing is held any more, so the difference is profit or loss."""
    account = _account(10_000)
    _apply(account, Side.BUY, 100, "10", "0")
    _apply(account, Side.SELL, 100, "12", "0")
    account.correct(STOCK, Side.SELL, shares=Decimal(100), change=Decimal("-0.50"))
    assert account.realized(CON_ID) == 150
    assert account.cash("USD") == 10_150


def test_profit_of_the_day_starts_anew() -> None:
    """What prices and trades did since the day began, per contract."""
    account = _account(10_000)
    _apply(account, Side.BUY, 100, "10", "0")
    account.begin_day("2013-03-05", Decimal(10_200), {CON_ID: Decimal(1_200)})
    _apply(account, Side.SELL, 50, "13", "1.00")
    assert account.day_change(CON_ID, Decimal(50 * 14)) == 700 - 1_200 + 650 - 1


def test_state_restores_the_account() -> None:
    """Everything that counts is in it."""
    account = _account(10_000)
    _apply(account, Side.BUY, 100, "10", "1")
    _apply(account, Side.SELL, 40, "11", "1")
    assert Account(account.state()).state() == account.state()
