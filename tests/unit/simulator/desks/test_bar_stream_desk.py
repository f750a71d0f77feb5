# SPDX-License-Identifier: Apache-2.0
"""Bars of five seconds against the historical bars of the same seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ib_provider.domain.bar import BarSize, WhatToShow
from ib_provider.simulator.desks.bar_stream_desk import live_bars
from ib_provider.simulator.market.bar_query import BarQuery, Window
from ib_provider.simulator.market.history import BarHistory
from tests.support.simulator import at, real_market

ES = "FUT|ES|USD|CME|20130315|||0.25|"
EURUSD = "CASH|EUR|USD|IDEALPRO||||0.00005|"
TEN = int(at("2013-03-04 10:00").timestamp())


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("AAPL", WhatToShow.TRADES),
        ("AAPL", WhatToShow.BID),
        (ES, WhatToShow.TRADES),
        (EURUSD, WhatToShow.MIDPOINT),
        (EURUSD, WhatToShow.ASK),
    ],
)
def test_live_bars_are_the_historical_ones(key: str, what: WhatToShow) -> None:
    """Ten minutes of both, one by one, in every column."""
    market = real_market()
    end = datetime.fromtimestamp(TEN + 600, UTC)
    start = datetime.fromtimestamp(TEN, UTC)
    session = at("2013-03-04 10:00").date()
    query = BarQuery(
        size=BarSize.SEC_5,
        what=what,
        window=Window(sessions=(session,), start=start, cutoff=end),
        regular=False,
        date_style=2,
    )
    past = BarHistory(market).rows(key, query, now=end, zone_name="UTC")
    (live,) = live_bars(market, key, what, TEN, TEN + 600, regular=False)
    rows = zip(
        map(str, live.start.tolist()),
        live.open.tolist(),
        live.high.tolist(),
        live.low.tolist(),
        live.close.tolist(),
        live.volume.tolist(),
        live.wap.tolist(),
        live.trades.tolist(),
        strict=True,
    )
    assert list(rows) == past
    assert len(past) == 120


def test_no_bar_is_made_outside_the_session() -> None:
    """Regular hours end at four; the whole day at eight."""
    close = int(at("2013-03-04 16:00").timestamp())
    span = (close - 10, close + 10)
    whole = list(live_bars(real_market(), "AAPL", WhatToShow.TRADES, *span, regular=False))
    regular = list(live_bars(real_market(), "AAPL", WhatToShow.TRADES, *span, regular=True))
    assert [len(bars) for bars in whole] == [4]
    assert [len(bars) for bars in regular] == [2]
    night = int(at("2013-03-04 22:00").timestamp())
    span = (night, night + 60)
    assert not list(live_bars(real_market(), "AAPL", WhatToShow.TRADES, *span, regular=False))
