# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ib_provider.client.tick import Tick, to_quote
from ib_provider.domain.quote import MarketDataType, Quote

PRICES = (Decimal("99.5"), Decimal("99.7"), Decimal(98))
NOW = datetime(2026, 4, 5, tzinfo=UTC)


def quote(*ticks: Tick) -> Quote:
    return to_quote(ticks, con_id=1, ts=NOW)


def test_to_quote_of_nothing_has_no_prices() -> None:
    """A snapshot that ended without a tick is a quote without a price."""
    found = quote()
    assert (found.bid, found.ask, found.last, found.halted) == (None, None, None, None)
    assert found.data_type is MarketDataType.LIVE


def test_to_quote_takes_the_last_tick_of_each_field() -> None:
    """What came later is newer."""
    found = quote(Tick.price(1, 99.5), Tick.price(1, 99.6), Tick.size(0, Decimal(3)))
    assert (found.bid, found.bid_size) == (Decimal("99.6"), Decimal(3))


@pytest.mark.parametrize("value", [-1.0, float("nan"), 1.7976931348623157e308])
def test_to_quote_a_price_that_is_none_is_none(value: float) -> None:
    """No spelling of "no price" becomes a price."""
    assert quote(Tick.price(2, value)).ask is None


def test_to_quote_zero_with_no_size_is_an_empty_side() -> None:
    """Zero with nobody behind it is no bid; zero with a size is one."""
    assert quote(Tick.price(1, 0.0), Tick.size(0, Decimal(0))).bid is None
    assert quote(Tick.price(1, 0.0), Tick.size(0, Decimal(5))).bid == 0


def test_to_quote_delayed_ticks_are_said_to_be_delayed() -> None:
    """Delayed prices fill the same fields, and the quote says what they are."""
    found = quote(Tick.price(66, 99.5), Tick.price(67, 99.7), Tick.price(75, 98.0))
    assert (found.bid, found.ask, found.close) == PRICES
    assert found.data_type is MarketDataType.DELAYED


def test_to_quote_the_gateways_own_word_on_freshness_counts() -> None:
    """What the gateway says of its data stands."""
    assert quote(Tick.data_type(2), Tick.price(1, 1.0)).data_type is MarketDataType.FROZEN


@pytest.mark.parametrize(
    ("value", "halted"), [(-1.0, None), (0.0, False), (1.0, True), (2.0, True)]
)
def test_to_quote_halted_is_known_or_not(value: float, halted: bool | None) -> None:
    """-1 is "not known", which is not "trading"."""
    assert quote(Tick.generic(49, value)).halted is halted


def test_to_quote_ticks_it_does_not_hold_are_ignored() -> None:
    """A day's high is no field of a quote."""
    assert quote(Tick.price(6, 101.0), Tick.size(8, Decimal(1)), Tick.generic(1, 2.0)) == quote()
