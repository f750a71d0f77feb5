# SPDX-License-Identifier: Apache-2.0
"""Greeks of an option at an instant, against what is known of options."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ib_provider.simulator.desks.option_ticks import (
    OptionView,
    computation,
    option_ticks,
    option_view,
)
from ib_provider.simulator.market.option_pricing import Terms
from tests.support.simulator import at, real_market

CALL = "OPT|AAPL|USD|SMART|20130316|430|C|0.01|"
PUT = "OPT|AAPL|USD|SMART|20130316|430|P|0.01|"
NOW = at("2013-03-04 11:00")
#: A year's call at the money: Hull's table of the normal distribution gives its price.
YEAR = OptionView(
    Terms(strike=100.0, call=True, rate=0.05, carry=0.05, volatility=0.2), spot=100.0, years=1.0
)


def test_known_option_has_its_known_price() -> None:
    """100, 100, 5 %, 20 %, a year: 10.4506, delta 0.6368, vega 0.3752 a point."""
    tick = computation(1, 13, YEAR)
    assert float(tick.option_price or 0) == pytest.approx(10.4506, abs=1e-4)
    assert float(tick.delta or 0) == pytest.approx(0.6368, abs=1e-4)
    assert float(tick.gamma or 0) == pytest.approx(0.01876, abs=1e-5)
    assert float(tick.vega or 0) == pytest.approx(0.37524, abs=1e-4)
    assert float(tick.theta or 0) == pytest.approx(-6.41403 / 365, abs=1e-5)


def test_volatility_of_a_price_is_found_again() -> None:
    """Whatever the price, as far as there is a volatility that makes it."""
    tick = computation(1, 10, YEAR, price=10.4506)
    assert float(tick.implied_vol or 0) == pytest.approx(0.2, abs=1e-4)
    below = computation(1, 10, YEAR, price=0.0)
    assert (below.implied_vol, below.delta, below.option_price) == (None, None, 0)


def test_put_and_call_differ_by_the_forward() -> None:
    """Parity, with the underlying's own price."""
    call, put = (option_view(real_market(), key, NOW) for key in (CALL, PUT))
    assert call is not None
    assert put is not None
    same = replace(put.terms, volatility=call.terms.volatility)
    prices = [
        float(computation(1, 13, view).option_price or 0)
        for view in (call, OptionView(same, put.spot, put.years))
    ]
    owed = 430 * math.exp(-call.terms.rate * call.years)
    assert prices[0] - prices[1] == pytest.approx(call.spot - owed, abs=0.02)


def test_quote_of_an_option_has_four_computations() -> None:
    """10 to 13, or 80 to 83 where they are delayed; none of what is no option."""
    quote, view = real_market().quote(CALL, NOW), option_view(real_market(), CALL, NOW)
    assert quote is not None
    assert view is not None
    live = [tick.tick_type for tick in option_ticks(1, quote, view, delayed=False)]
    late = [tick.tick_type for tick in option_ticks(1, quote, view, delayed=True)]
    assert (live, late) == ([10, 11, 12, 13], [80, 81, 82, 83])
    assert option_view(real_market(), "AAPL", NOW) is None
