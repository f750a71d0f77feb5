# SPDX-License-Identifier: Apache-2.0
"""Options by Black and Scholes, with a skew: prices for whole paths, greeks for an instant.

Rules:
    * The formula is the generalised one with a cost of carry: the interest rate for an option on a
      spot price, nothing for one on a future (Black 1976).
    * American and European options cost the same but never less than exercising would bring.
    * Volatility depends on the strike's distance from the forward, in deviations: more below it.
      The skew stays at its strike during a session.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ib_provider.simulator.market.noise import Floats

__all__ = ["Greeks", "Terms", "greeks", "implied_volatility", "prices", "skewed_volatility"]

_SLOPE: Final = -0.035  # of volatility for each deviation above the forward
_CURVE: Final = 0.012
_SHORTEST: Final = 1.0 / (365 * 24 * 60)  # a minute, in years
_ROOT2: Final = math.sqrt(2.0)
_ERF: Final = np.frompyfunc(math.erf, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """An option's terms, and the rates it is priced with.

    Attributes:
        rate, carry: A year's, continuously compounded; ``carry`` is 0 on a future.
        volatility: A year's.
    """

    strike: float
    call: bool
    rate: float
    carry: float
    volatility: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """An option's price and its derivatives; ``theta`` is a day's, ``vega`` a point's."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float


def skewed_volatility(base: float, strike: float, forward: float, years: float) -> float:
    """Return the volatility of a strike, given that at the forward."""
    if strike <= 0 or forward <= 0:
        return base
    deviations = math.log(strike / forward) / (base * math.sqrt(max(years, 1 / 52)))
    away = min(4.0, max(-4.0, deviations))
    return max(0.02, base * (1 + _SLOPE * away + _CURVE * away * away))


def prices(terms: Terms, spot: Floats, years: Floats) -> Floats:
    """Return the option's price for each price of the underlying and time to expiry, in years."""
    left = np.maximum(years, _SHORTEST)
    deviation = terms.volatility * np.sqrt(left)
    first = (
        np.log(np.maximum(spot, 1e-9) / terms.strike) + terms.carry * left
    ) / deviation + deviation / 2
    sign = 1.0 if terms.call else -1.0
    grown = spot * np.exp((terms.carry - terms.rate) * left)
    owed = terms.strike * np.exp(-terms.rate * left)
    value = sign * (grown * _normal(sign * first) - owed * _normal(sign * (first - deviation)))
    result: Floats = np.maximum(value, np.maximum(0.0, sign * (spot - terms.strike)))
    return result


def greeks(terms: Terms, spot: float, years: float) -> Greeks:
    """Return price and greeks at one instant."""
    left = max(years, _SHORTEST)
    root = math.sqrt(left)
    deviation = terms.volatility * root
    first = (math.log(spot / terms.strike) + terms.carry * left) / deviation + deviation / 2
    second = first - deviation
    sign = 1.0 if terms.call else -1.0
    grow, owe = math.exp((terms.carry - terms.rate) * left), math.exp(-terms.rate * left)
    bell = math.exp(-first * first / 2) / math.sqrt(2 * math.pi)
    ahead, behind = _cumulative(sign * first), _cumulative(sign * second)
    decay = (
        -spot * grow * bell * terms.volatility / (2 * root)
        - sign * (terms.carry - terms.rate) * spot * grow * ahead
        - sign * terms.rate * terms.strike * owe * behind
    )
    value = sign * (spot * grow * ahead - terms.strike * owe * behind)
    return Greeks(
        price=max(value, sign * (spot - terms.strike), 0.0),
        delta=sign * grow * ahead,
        gamma=grow * bell / (spot * deviation),
        vega=spot * grow * bell * root / 100,
        theta=decay / 365,
    )


def implied_volatility(terms: Terms, price: float, spot: float, years: float) -> float | None:
    """Return the volatility at which the option costs a price; None where there is none."""
    low, high = 1e-4, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        tried = Terms(
            strike=terms.strike,
            call=terms.call,
            rate=terms.rate,
            carry=terms.carry,
            volatility=middle,
        )
        if greeks(tried, spot, years).price < price:
            low = middle
        else:
            high = middle
    return None if low > 4.99 or high < 2e-4 else (low + high) / 2


def _normal(points: Floats) -> Any:
    return 0.5 * (1.0 + np.asarray(_ERF(points / _ROOT2), dtype=np.float64))


def _cumulative(point: float) -> float:
    return 0.5 * (1.0 + math.erf(point / _ROOT2))
