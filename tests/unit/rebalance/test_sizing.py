# SPDX-License-Identifier: Apache-2.0
"""Whole lots that the cash can pay."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.rebalance.sizing import Buy, fee_allowance, fit_buys, whole_lots

LOTS = st.sampled_from([Decimal(1), Decimal(10), Decimal(100)])


@st.composite
def buys(draw: st.DrawFn) -> Buy:
    """Draw a purchase of at least one lot."""
    lot = draw(LOTS)
    more = draw(st.decimals(min_value=0, max_value=5000, places=3))
    cost = draw(st.decimals(min_value=Decimal("0.01"), max_value=2000, places=2))
    return Buy(quantity=lot + more, lot=lot, cost=cost)


def cost_of(wanted: list[Buy], bought: tuple[Decimal, ...]) -> Decimal:
    """Return what is paid for the units."""
    return sum((n * buy.cost for n, buy in zip(bought, wanted, strict=True)), Decimal(0))


@given(wanted=st.lists(buys(), max_size=6), cash=st.decimals(-1000, 10**7, places=2))
def test_fit_buys_never_spends_more_than_the_cash(wanted: list[Buy], cash: Decimal) -> None:
    """Costs and fees stay within the cash; every quantity is whole lots, never negative."""
    bought = fit_buys(wanted, cash)
    fees = sum((fee_allowance(n) for n in bought if n), Decimal(0))
    assert cost_of(wanted, bought) + fees <= max(cash, Decimal(0))
    assert all(n >= 0 and n % buy.lot == 0 for n, buy in zip(bought, wanted, strict=True))


@given(wanted=st.lists(buys(), min_size=1, max_size=6))
def test_fit_buys_with_cash_enough_is_within_a_lot_and_not_above_the_sum(wanted: list[Buy]) -> None:
    """With cash to spare each is within a lot of what was wanted, and together not above it."""
    bought = fit_buys(wanted, Decimal(10**9))
    assert all(abs(n - buy.quantity) < buy.lot for n, buy in zip(bought, wanted, strict=True))
    assert cost_of(wanted, bought) <= sum(buy.quantity * buy.cost for buy in wanted)


def test_fit_buys_gives_the_spare_lot_to_the_largest_remainder() -> None:
    """Of 10.2 and 10.8 at one price, the spare share goes to the second."""
    wanted = [Buy(quantity=Decimal(q), lot=Decimal(1), cost=Decimal(7)) for q in ("10.2", "10.8")]
    assert fit_buys(wanted, Decimal(1000)) == (Decimal(10), Decimal(11))


def test_fit_buys_keeps_a_whole_quantity_whole() -> None:
    """No division takes the last share of an exact number."""
    wanted = [Buy(quantity=Decimal(3), lot=Decimal(1), cost=Decimal(7))] * 3
    assert fit_buys(wanted, Decimal(1000)) == (Decimal(3),) * 3


def test_whole_lots_are_cut_towards_zero() -> None:
    """A sale is never larger than what was wanted."""
    assert whole_lots(Decimal("-10.9"), Decimal(1)) == -10
    assert whole_lots(Decimal(250), Decimal(100)) == 200


def test_fee_allowance_has_a_floor() -> None:
    """A small order sets aside one unit of currency, a large one a cent a share."""
    assert fee_allowance(Decimal(5)) == 1
    assert fee_allowance(Decimal(-1000)) == 10
