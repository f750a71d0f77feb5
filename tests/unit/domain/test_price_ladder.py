# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.price_ladder import PriceLadder, PriceStep, ladder_of
from tests.support.instrument_values import AAPL

#: Options in cents up to 3 and nickels from there; a future in 32nds; an edge off its step.
RULES = {
    "cents and nickels": (("0", "0.01"), ("3", "0.05")),
    "32nds": (("0", "0.03125"),),
    "five steps": (("0", "0.01"), ("50", "0.05"), ("100", "0.1"), ("500", "0.5"), ("1000", "1")),
    "an edge between steps": (("0", "0.7"), ("1", "0.5")),
}


def ladder(*steps: tuple[str, str]) -> PriceLadder:
    """Return a ladder of (low edge, increment)."""
    return PriceLadder(
        rule_id=1,
        steps=tuple(
            PriceStep(low_edge=Decimal(edge), increment=Decimal(step)) for edge, step in steps
        ),
    )


@pytest.mark.parametrize(
    ("price", "down", "up"),
    [
        ("2.994", "2.99", "3.00"),
        ("3", "3", "3"),
        ("3.01", "3.00", "3.05"),
        ("0", "0", "0"),
        ("-3.01", "-3.05", "-3.00"),
        ("-0.001", "-0.01", "0"),
    ],
)
def test_price_ladder_rounds_both_ways(price: str, down: str, up: str) -> None:
    """The step is that of the price; below zero the ladder is mirrored."""
    rule = ladder(*RULES["cents and nickels"])
    assert rule.round_down(Decimal(price)) == Decimal(down)
    assert rule.round_up(Decimal(price)) == Decimal(up)


@given(
    st.sampled_from(sorted(RULES)),
    st.decimals("-2000", "2000", allow_nan=False, places=4),
)
def test_price_ladder_rounding_stays_on_the_ladder_and_on_its_side(
    name: str, price: Decimal
) -> None:
    """Down is never above, up never below, both stand on the ladder, and a price on it stays."""
    rule = ladder(*RULES[name])
    down, up = rule.round_down(price), rule.round_up(price)
    assert down <= price <= up
    assert rule.holds(down)
    assert rule.holds(up)
    if rule.holds(price):
        assert down == price == up


def test_price_ladder_increment_holds_from_its_low_edge() -> None:
    """The edge itself belongs to the upper step."""
    rule = ladder(*RULES["five steps"])
    edges = [step.low_edge for step in rule.steps]
    for low, high in pairwise(edges):
        assert rule.increment_at(low) == rule.increment_at(high - Decimal("0.001"))
    assert rule.increment_at(Decimal(10_000)) == 1


@pytest.mark.parametrize(
    "steps",
    [(), (("1", "0.01"),), (("0", "0"),), (("0", "0.01"), ("0", "0.05")), (("0", "-1"),)],
)
def test_price_ladder_that_cannot_be_is_refused(steps: tuple[tuple[str, str], ...]) -> None:
    """No step, none at zero, none above zero, edges that do not ascend."""
    with pytest.raises(ValueError, match="market rule 1"):
        ladder(*steps)


def test_price_ladder_refuses_what_is_no_price() -> None:
    """A NaN is never rounded into an order."""
    rule = PriceLadder.uniform(Decimal("0.01"))
    for value in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="no price"):
            rule.round_up(Decimal(value))


def test_ladder_of_an_instrument_is_that_of_the_exchange() -> None:
    """IB names a rule for each exchange, in order; one rule for all serves all."""
    item = replace(AAPL, valid_exchanges=("SMART", "NYSE"), market_rule_ids=(26, 32))
    ladders = {32: ladder(*RULES["cents and nickels"])}
    assert ladder_of(item, ladders, "NYSE") is ladders[32]
    assert ladder_of(item, ladders) == PriceLadder.uniform(Decimal("0.01"))
    assert ladder_of(item, ladders, "MOON") == PriceLadder.uniform(Decimal("0.01"))
    everywhere = replace(item, market_rule_ids=(32, 32, 32))
    assert ladder_of(everywhere, ladders, "MOON") is ladders[32]
