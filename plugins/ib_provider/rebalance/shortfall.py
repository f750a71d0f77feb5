# SPDX-License-Identifier: Apache-2.0
"""An order's implementation shortfall, in its parts and in the plan's currency.

Prices become money as the plan's row says: times ``unit`` (multiplier, pence) and ``rate``, both of
the moment the plan was made. See ``domain/rebalance_report.py`` for what the parts are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.order import Fill
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.domain.rebalance_report import LegCosts

__all__ = ["average_price", "charged", "currency_rates", "leg_costs", "money_unit"]

_ZERO = Decimal(0)


def average_price(fills: Iterable[Fill]) -> tuple[Decimal, Decimal | None]:
    """Return how much was filled, and at what average price; None without a fill."""
    filled = paid = _ZERO
    for fill in fills:
        filled += fill.execution.quantity
        paid += fill.execution.quantity * fill.execution.price
    return filled, (paid / filled if filled else None)


def leg_costs(
    leg: PlanLeg,
    *,
    unit: Decimal | None,
    filled: Decimal,
    average: Decimal | None,
    arrival: Decimal | None,
    market: LegMarket,
    fees: Decimal | None,
) -> LegCosts:
    """Return what an order cost against having it whole at the decision's price, for nothing.

    Args:
        unit: What one unit is worth in the plan's currency for each unit of price; None where that
            is not known.
        filled: How much of it was.
        average: Of the fills.
        arrival: Mid when it was sent; where None, trading is counted from the decision on.
        market: Its ``end_price`` is where the rest could be had.
        fees: In the plan's currency; None while some are not known.
    """
    decision, sign = leg.arrival_price, leg.side.sign
    rest = max(leg.quantity - filled, _ZERO)

    def money(change: Decimal, quantity: Decimal) -> Decimal | None:
        return None if unit is None else sign * change * quantity * unit

    delay: Decimal | None = None
    trading: Decimal | None = _ZERO
    if average is None:
        delay = _ZERO
    else:
        delay = None if arrival is None else money(arrival - decision, filled)
        trading = money(average - (decision if arrival is None else arrival), filled)
    opportunity: Decimal | None = _ZERO
    if rest:
        end = market.end_price
        opportunity = None if end is None else money(end - decision, rest)
    return LegCosts(
        value=None if unit is None else leg.quantity * decision * unit,
        delay=delay,
        trading=trading,
        opportunity=opportunity,
        fees=fees,
    )


def money_unit(plan: OrderPlan, leg: PlanLeg) -> Decimal | None:
    """Return what one unit of a leg is worth in the plan's currency for each unit of price."""
    for row in plan.rows:
        if row.instrument_id == leg.instrument_id and row.unit is not None and row.rate is not None:
            return row.unit * row.rate
    # A plan of an older release says neither: only the simplest contract can then be told.
    contract = leg.contract
    return Decimal(contract.multiplier or 1) if contract.currency == plan.currency else None


def currency_rates(plan: OrderPlan) -> dict[str, Decimal]:
    """Return units of the plan's currency for one of each, as the plan had them."""
    rates = {row.currency: row.rate for row in plan.rows if row.currency and row.rate is not None}
    rates |= {row.currency: row.rate for row in plan.cash}
    return {**rates, plan.currency: Decimal(1)}


def charged(
    fills: Iterable[Fill], rates: Mapping[str, Decimal]
) -> tuple[Decimal, tuple[tuple[str, Decimal], ...], int]:
    """Return the commissions of fills: converted, by currency, and how many are not in the first.

    A fill is not in it where its commission has not come, or its currency has no rate.
    """
    total, missing = _ZERO, 0
    by_currency: dict[str, Decimal] = {}
    for fill in fills:
        commission = fill.commission
        if commission is None:
            missing += 1
            continue
        name = commission.currency
        by_currency[name] = by_currency.get(name, _ZERO) + commission.commission
        rate = rates.get(name)
        if rate is None:
            missing += 1
        else:
            total += commission.commission * rate
    return total, tuple(sorted(by_currency.items())), missing
