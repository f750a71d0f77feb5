# SPDX-License-Identifier: Apache-2.0
"""Quotes that can be used, and limits that never pass the collar."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.order import Side
from ib_provider.domain.price_ladder import PriceLadder
from ib_provider.rebalance.pricing import Market, limit_price, quote_problem, read_market
from tests.support.books import a_quote

PRICES = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100000), places=4)
TICKS = st.sampled_from([Decimal(t) for t in ("0.0001", "0.01", "0.05", "0.25", "1")])
NUMBERS = st.sampled_from([None, "NaN", "-1", "0", "Infinity", "99", "100", "101"])


@given(bid=PRICES, spread=PRICES, tick=TICKS, collar=st.integers(0, 1000).map(Decimal))
def test_limit_price_is_on_the_tick_and_within_the_collar(
    bid: Decimal, spread: Decimal, tick: Decimal, collar: Decimal
) -> None:
    """Never beyond the collar, never more than a tick short of it."""
    market = Market(bid=bid, ask=bid + spread)
    buy = limit_price(market, Side.BUY, collar_bp=collar, ladder=PriceLadder.uniform(tick))
    sell = limit_price(market, Side.SELL, collar_bp=collar, ladder=PriceLadder.uniform(tick))
    worst_buy = market.ask * (10000 + collar) / 10000
    worst_sell = market.bid * (10000 - collar) / 10000
    assert buy % tick == 0
    assert sell % tick == 0
    assert worst_buy - tick < buy <= worst_buy
    assert worst_sell <= sell < worst_sell + tick


@given(bid=NUMBERS, ask=NUMBERS, halted=st.sampled_from([None, False, True]))
def test_quote_gives_a_market_exactly_when_it_has_no_problem(
    bid: str | None, ask: str | None, halted: bool | None
) -> None:
    """Both sides finite, above zero and uncrossed, and not halted; else no market."""
    quote = a_quote(bid, ask, halted=halted)
    market = read_market(quote)
    assert (market is None) == bool(quote_problem(quote))
    if market is not None:
        assert 0 < market.bid <= market.mid <= market.ask
        assert not halted
