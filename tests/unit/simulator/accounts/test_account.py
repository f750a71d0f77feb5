# SPDX-License-Identifier: Apache-2.0
"""The account's arithmetic, checked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.account import Account, Charge, commission_of

CON_ID = 8314


def _apply(
    account: Account, side: Side, shares: int, price: str, commission: str = "1.00"
) -> Charge:
    return account.apply(
        CON_ID,
        side,
        shares=Decimal(shares),
        price=Decimal(price),
        commission=Decimal(commission),
    )


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


def test_buy_spends_cash_and_puts_the_commission_into_the_cost() -> None:
    """100 shares at 10 and a dollar: 10.01 a share."""
    account = Account(Decimal(10_000))
    charge = _apply(account, Side.BUY, 100, "10")
    assert charge.realized_pnl is None
    assert account.cash == Decimal("8999.00")
    (holding,) = account.holdings()
    assert (holding.quantity, holding.avg_cost) == (Decimal(100), Decimal("10.01"))


def test_sale_realizes_the_gain_after_both_commissions() -> None:
    """(12 - 10.01) * 50, less the sale's own dollar; the cost of the rest stays."""
    account = Account(Decimal(10_000))
    _apply(account, Side.BUY, 100, "10")
    charge = _apply(account, Side.SELL, 50, "12")
    assert charge.realized_pnl == Decimal("98.50")
    assert account.holdings()[0].avg_cost == Decimal("10.01")
    assert account.realized_pnl == Decimal("98.50")


def test_sale_beyond_the_holding_turns_it_short() -> None:
    """The short's cost is what it brought: its price less its part of the commission."""
    account = Account(Decimal(10_000))
    _apply(account, Side.BUY, 50, "10", "0")
    charge = _apply(account, Side.SELL, 100, "12", "2.00")
    assert charge.realized_pnl == Decimal("99.00")
    (holding,) = account.holdings()
    assert (holding.quantity, holding.avg_cost) == (Decimal(-50), Decimal("11.98"))


def test_holding_sold_whole_disappears() -> None:
    """Nothing held is no row."""
    account = Account(Decimal(10_000))
    _apply(account, Side.BUY, 10, "10")
    _apply(account, Side.SELL, 10, "10")
    assert account.holdings() == ()


def test_values_are_consistent() -> None:
    """Net liquidation is cash and holdings; margin a quarter of the gross position."""
    account = Account(Decimal(10_000))
    _apply(account, Side.BUY, 100, "10", "0")
    values = account.values({CON_ID: Decimal(12)})
    assert values["NetLiquidation"] == Decimal(10_200)
    assert values["TotalCashValue"] == Decimal(9_000)
    assert values["GrossPositionValue"] == Decimal(1_200)
    assert values["AvailableFunds"] == Decimal(9_900)
    assert values["BuyingPower"] == Decimal(39_600)
    assert values["UnrealizedPnL"] == Decimal(200)


@given(
    trades=st.lists(
        st.tuples(st.sampled_from(Side), st.integers(1, 500), st.integers(1, 900)), max_size=12
    )
)
def test_money_is_neither_made_nor_lost_at_one_price(
    trades: list[tuple[Side, int, int]],
) -> None:
    """Whatever traded, net liquidation is the start, less commissions, plus what prices did."""
    account, expected = Account(Decimal(0)), Decimal(0)
    for side, shares, price in trades:
        before = account.quantity(CON_ID)
        _apply(account, side, shares, str(price))
        expected += (before + shares * side.sign) * 100 - before * 100
        expected -= shares * side.sign * price + 1
    values = account.values({CON_ID: Decimal(100)})
    assert values["NetLiquidation"] == expected
    total = values["RealizedPnL"] + values["UnrealizedPnL"]
    assert total == pytest.approx(expected, abs=Decimal("1e-12"))
