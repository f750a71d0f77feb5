# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.order import Commission, Side
from ib_provider.domain.portfolio import CashRow, PlanLeg
from ib_provider.domain.rebalance_report import LegCosts
from ib_provider.rebalance.shortfall import (
    average_price,
    charged,
    currency_rates,
    leg_costs,
    money_unit,
)
from tests.support.plans import a_fill, a_leg, a_plan


def _leg(side: Side, quantity: str, decision: str) -> PlanLeg:
    return replace(a_leg(quantity=quantity), side=side, arrival_price=Decimal(decision))


def _costs(
    leg: PlanLeg,
    *,
    filled: str,
    average: str | None,
    arrival: str | None,
    end: str | None = None,
    unit: str | None = "1",
    fees: str | None = "0",
) -> LegCosts:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return leg_costs(
        leg,
        unit=number(unit),
        filled=Decimal(filled),
        average=number(average),
        arrival=number(arrival),
        market=LegMarket(end_price=number(end)),
        fees=number(fees),
    )


def test_shortfall_of_a_buy_that_was_filled_in_part() -> None:
    """Worked by hand.

    1,000 at a decision of 100.00, sent at 100.20, 800 had at 100.50 on average, 8 in fees, the rest
    now at 101.00. On paper 1,000 would have gained 1,000. In truth 800 cost 80,400 and are worth
    80,800; less 8 that is 392. The difference is 608: 160 of delay, 240 of trading, 200 missed, 8.
    """
    leg = _leg(Side.BUY, "1000", "100")
    costs = _costs(leg, filled="800", average="100.5", arrival="100.2", end="101", fees="8")
    assert (costs.delay, costs.trading, costs.opportunity, costs.fees) == (160, 240, 200, 8)
    assert costs.total == 608
    assert costs.total_bp == Decimal("60.8")  # of 100,000


def test_shortfall_of_a_sale_counts_what_was_got_less() -> None:
    """50 at 20.00 meant, sent at 19.90, sold at 19.80: 10 less, half of it before it was sent."""
    costs = _costs(_leg(Side.SELL, "50", "20"), filled="50", average="19.8", arrival="19.9")
    assert (costs.delay, costs.trading, costs.opportunity, costs.total) == (5, 5, 0, 10)
    assert costs.total_bp == 100


def test_shortfall_in_pence_and_in_multiples_becomes_the_plans_money() -> None:
    """10,000 at 117.00 pence, had at 118.00, a pound at 1.50 dollars: 100 pounds, 150 dollars."""
    leg = _leg(Side.BUY, "10000", "117")
    costs = _costs(leg, filled="10000", average="118", arrival="117", unit="0.015")
    assert costs.total == 150
    future = _costs(_leg(Side.SELL, "2", "1500"), filled="2", average="1499.5", arrival="1500",
                    unit="50")  # fmt: skip
    assert future.total == 50


def test_shortfall_gained_is_below_zero() -> None:
    """Bought below the decision."""
    costs = _costs(_leg(Side.BUY, "100", "10"), filled="100", average="9.9", arrival="10")
    assert costs.total == -10
    assert costs.total_bp == -100


def test_shortfall_without_the_price_on_arrival_has_delay_in_trading() -> None:
    """The sum is right all the same."""
    costs = _costs(_leg(Side.BUY, "100", "10"), filled="100", average="10.3", arrival=None)
    assert (costs.delay, costs.trading, costs.total) == (None, 30, 30)


def test_shortfall_of_what_nobody_filled_is_the_chance_alone() -> None:
    """100 at 10 wanted, none had, now at 10.50."""
    costs = _costs(_leg(Side.BUY, "100", "10"), filled="0", average=None, arrival="10", end="10.5")
    assert (costs.delay, costs.trading, costs.opportunity, costs.total) == (0, 0, 50, 50)


def test_shortfall_is_not_known_while_a_part_of_it_is_not() -> None:
    """Not the end price, not a commission, not the rate: never zero in its place."""
    leg = _leg(Side.BUY, "100", "10")
    without_end = _costs(leg, filled="60", average="10", arrival="10")
    without_fees = _costs(leg, filled="100", average="10", arrival="10", fees=None)
    without_rate = _costs(leg, filled="100", average="10.1", arrival="10", unit=None)
    assert (without_end.opportunity, without_end.total, without_end.total_bp) == (None, None, None)
    assert (without_fees.trading, without_fees.total) == (0, None)
    assert (without_rate.value, without_rate.trading, without_rate.total) == (None, None, None)


_PRICE = st.decimals(min_value="0.01", max_value="1000", places=2)


@given(
    side=st.sampled_from(Side),
    quantity=st.integers(min_value=1, max_value=10_000),
    part=st.integers(min_value=0, max_value=10_000),
    decision=_PRICE,
    arrival=_PRICE,
    average=_PRICE,
    end=_PRICE,
)
def test_shortfall_is_the_paper_portfolio_less_the_real_one(  # noqa: PLR0917
    side: Side,
    quantity: int,
    part: int,
    decision: Decimal,
    arrival: Decimal,
    average: Decimal,
    end: Decimal,
) -> None:
    """Perold's definition, which knows nothing of parts, gives the same sum."""
    filled = min(part, quantity)
    leg = replace(_leg(side, str(quantity), "1"), arrival_price=decision)
    costs = leg_costs(
        leg,
        unit=Decimal(1),
        filled=Decimal(filled),
        average=average if filled else None,
        arrival=arrival,
        market=LegMarket(end_price=end),
        fees=Decimal(3),
    )
    paper = side.sign * quantity * (end - decision)
    real = side.sign * filled * (end - average) - 3
    assert costs.total == paper - real


def test_average_price_weighs_fills_by_quantity() -> None:
    """100 at 430.00 and 300 at 430.40 are 400 at 430.30."""
    fills = (
        a_fill("1.01", quantity="100", price="430.00"),
        a_fill("2.01", quantity="300", price="430.40"),
    )
    assert average_price(fills) == (400, Decimal("430.3"))
    assert average_price(()) == (0, None)


def test_charged_commissions_are_converted_and_the_missing_counted() -> None:
    """Two of dollars, one of euros at 1.30, one of a currency without a rate, one not come."""
    fills = [
        a_fill("1.01", commission="1.00"),
        a_fill("2.01", commission="0.50"),
        a_fill("3.01", commission="10"),
        a_fill("4.01", commission="7"),
        a_fill("5.01"),
    ]
    euros, kronor = (
        Commission(exec_id=f"{n}.01", commission=Decimal(c), currency=name, realized_pnl=None)
        for n, c, name in ((3, 10, "EUR"), (4, 7, "SEK"))
    )
    fills[2], fills[3] = replace(fills[2], commission=euros), replace(fills[3], commission=kronor)
    total, by_currency, missing = charged(fills, {"USD": Decimal(1), "EUR": Decimal("1.3")})
    assert total == Decimal("14.5")
    assert dict(by_currency) == {"EUR": 10, "SEK": 7, "USD": Decimal("1.5")}
    assert missing == 2


def test_money_unit_is_the_plans_unit_times_its_rate() -> None:
    """Of a London share in pence; a plan without either can tell its own currency's stocks."""
    plan = a_plan()
    row = replace(plan.rows[0], unit=Decimal("0.01"), rate=Decimal("1.5"), currency="GBP")
    leg = plan.legs[0]
    assert money_unit(replace(plan, rows=(row,)), leg) == Decimal("0.015")
    assert money_unit(plan, leg) == 1
    foreign = replace(leg, contract=replace(leg.contract, currency="EUR"))
    assert money_unit(plan, foreign) is None


def test_currency_rates_are_those_of_rows_and_cash() -> None:
    """The plan's own currency is one of itself."""
    plan = a_plan()
    row = replace(plan.rows[0], currency="GBP", rate=Decimal("1.5"))
    cash = CashRow(currency="EUR", rate=Decimal("1.3"), before=Decimal(0), after=Decimal(0))
    found = currency_rates(replace(plan, rows=(row,), cash=(cash,)))
    assert found == {"GBP": Decimal("1.5"), "EUR": Decimal("1.3"), "USD": 1}
