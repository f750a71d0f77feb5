# SPDX-License-Identifier: Apache-2.0
"""What IB's pacing rules see of a request for the past."""

from __future__ import annotations

import pytest

from ib_provider.client.history_demand import history_demand
from ib_provider.domain.contract import Contract

AAPL = Contract(symbol="AAPL", exchange="SMART", currency="USD")
IBM = Contract(symbol="IBM", exchange="SMART", currency="USD")


@pytest.mark.parametrize(
    ("size", "is_paced"),
    [("1 secs", True), ("30 secs", True), ("1 min", False), ("1 day", False), (None, True)],
)
def test_small_bars_ticks_and_heads_are_paced(size: str | None, is_paced: bool) -> None:
    """Bars of a minute and more are only slowed down, IB says."""
    assert history_demand("bars", AAPL, "TRADES", "", size=size).is_paced is is_paced


def test_bid_ask_counts_twice() -> None:
    """It is two series in one."""
    assert history_demand("bars", AAPL, "BID_ASK", "", size="5 secs").weight == 2
    assert history_demand("bars", AAPL, "TRADES", "", size="5 secs").weight == 1


def test_a_series_is_a_contract_and_what_it_shows() -> None:
    """Two spans of one series are two requests of it."""
    one = history_demand("bars", AAPL, "TRADES", "60 S to 1", size="5 secs")
    other = history_demand("bars", AAPL, "TRADES", "60 S to 2", size="5 secs")
    assert one.series == other.series
    assert one.identity != other.identity
    assert history_demand("bars", IBM, "TRADES", "", size="5 secs").series != one.series
    assert history_demand("bars", AAPL, "BID", "", size="5 secs").series != one.series
