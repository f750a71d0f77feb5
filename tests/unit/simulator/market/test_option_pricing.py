# SPDX-License-Identifier: Apache-2.0
"""Options: a published value, and the laws that every price obeys."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.simulator.market.option_pricing import (
    Terms,
    greeks,
    implied_volatility,
    prices,
    skewed_volatility,
)


def _terms(*, call: bool = True, strike: float = 40, volatility: float = 0.2) -> Terms:
    return Terms(strike=strike, call=call, rate=0.1, carry=0.1, volatility=volatility)


def test_price_is_that_of_the_textbook() -> None:
    """Hull's example: 42 over 40, half a year, 10 percent, a fifth: 4.76 and 0.81."""
    assert greeks(_terms(), 42, 0.5).price == pytest.approx(4.76, abs=0.005)
    assert greeks(_terms(call=False), 42, 0.5).price == pytest.approx(0.81, abs=0.005)
    assert greeks(_terms(), 42, 0.5).delta == pytest.approx(0.7791, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(
    spot=st.floats(10, 200),
    strike=st.floats(10, 200),
    years=st.floats(0.01, 3),
    volatility=st.floats(0.05, 1.5),
)
def test_greeks_are_the_derivatives_of_the_price(
    spot: float, strike: float, years: float, volatility: float
) -> None:
    """Put and call differ by the forward; delta, vega and theta are slopes; gamma is positive."""
    call = greeks(_terms(strike=strike, volatility=volatility), spot, years)
    put = _terms(call=False, strike=strike, volatility=volatility)
    worth = spot - strike * math.exp(-0.1 * years)
    if greeks(put, spot, years).price > strike - spot + 1e-6:  # not held up by exercise
        assert call.price - greeks(put, spot, years).price == pytest.approx(worth, abs=1e-6)
    step = spot * 1e-4
    near = [
        greeks(_terms(strike=strike, volatility=volatility), spot + by, years)
        for by in (-step, step)
    ]
    assert call.delta == pytest.approx((near[1].price - near[0].price) / (2 * step), abs=1e-3)
    assert 0 <= call.delta <= 1
    assert call.gamma >= 0
    assert call.vega >= 0


def test_path_and_instant_agree() -> None:
    """A price in a path is that of the instant."""
    spot, years = np.linspace(30, 60, 7), np.full(7, 0.25)
    path = prices(_terms(), spot, years)
    assert path.tolist() == pytest.approx([greeks(_terms(), s, 0.25).price for s in spot])


@given(volatility=st.floats(0.05, 2.0))
def test_implied_volatility_gives_the_volatility_back(volatility: float) -> None:
    """Pricing and asking what was implied are inverse."""
    price = greeks(_terms(volatility=volatility), 41, 0.5).price
    assert implied_volatility(_terms(), price, 41, 0.5) == pytest.approx(volatility, rel=1e-3)


def test_price_beyond_reason_implies_no_volatility() -> None:
    """More than the underlying itself."""
    assert implied_volatility(_terms(), 1000.0, 41, 0.5) is None


def test_skew_makes_low_strikes_dearer() -> None:
    """Volatility falls from low strikes to the forward."""
    low, middle = (skewed_volatility(0.2, strike, 100, 0.25) for strike in (80, 100))
    assert low > middle == 0.2
