# SPDX-License-Identifier: Apache-2.0
"""Pairs of currencies the way the market quotes them."""

from __future__ import annotations

import pytest

from ib_provider.symbology.currency_pair import conventional_pair, pair_id
from ib_provider.symbology.instrument_id import canonical_id

PAIRS = (
    *("EUR/USD", "GBP/USD", "AUD/USD", "NZD/USD", "USD/CAD", "USD/CHF", "USD/JPY", "EUR/GBP"),
    *("EUR/JPY", "GBP/JPY", "CHF/JPY", "USD/SEK", "EUR/NOK", "USD/HKD", "CAD/JPY", "AUD/NZD"),
)


@pytest.mark.parametrize(
    "pair",
    # As the ECB, CME and any newspaper write them.
    [
        "EUR/USD",
        "GBP/USD",
        "AUD/USD",
        "NZD/USD",
        "USD/CAD",
        "USD/CHF",
        "USD/JPY",
        "EUR/GBP",
        "EUR/JPY",
        "GBP/JPY",
        "CHF/JPY",
        "USD/SEK",
        "EUR/NOK",
        "USD/HKD",
        "CAD/JPY",
        "AUD/NZD",
        "USD/MXN",
    ],
)
def test_pair_is_the_way_the_market_quotes_it(pair: str) -> None:
    """Whichever way round it is asked for, and the id is one that is stored."""
    base, quoted = pair.split("/")
    assert conventional_pair(base, quoted) == conventional_pair(quoted, base) == (base, quoted)
    assert pair_id(quoted, base) == canonical_id(f"{pair}.IDEALPRO")


def test_currency_with_itself_is_no_pair() -> None:
    """There is nothing to change."""
    with pytest.raises(ValueError, match="no pair"):
        pair_id("USD", "USD")
