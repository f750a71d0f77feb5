# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

from ib_provider.domain.leg_market import LegMarket
from ib_provider.usecases.measure_market import interval_vwap
from tests.support.plans import AT

INTERVAL = LegMarket(start=AT, end=AT)


def test_vwap_weighs_prices_by_volume() -> None:
    """100 at 10.00, 300 at 10.40 and 100 at 9.90 are 500 for 5,110: 10.22."""
    found = interval_vwap(INTERVAL, [(10.0, 100), (10.4, 300), (9.9, 100)], source="trades")
    assert (found.vwap, found.volume, found.source) == (Decimal("10.22"), 500, "trades")
    assert (found.start, found.vwap_problem) == (AT, "")


def test_vwap_leaves_out_what_is_no_number_and_no_volume() -> None:
    """IB marks a bar without trades with -1; a NaN is never a price."""
    nan = float("nan")
    prints = [(10.0, 100), (nan, 50), (11.0, nan), (None, 5), (12.0, None), (13.0, -1), (14.0, 0)]
    assert interval_vwap(INTERVAL, prints, source="1 min bars").vwap == 10


def test_vwap_of_nothing_traded_is_not_known() -> None:
    """It says why, and has no number."""
    found = interval_vwap(INTERVAL, [(10.0, 0)], source="trades")
    assert (found.vwap, found.volume) == (None, None)
    assert found.vwap_problem == "nobody traded in it"
