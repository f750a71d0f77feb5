# SPDX-License-Identifier: Apache-2.0
"""The client's questions about the past, to the simulated market over a real socket.

178 is all text, 200 the last text version, 213 protobuf, 225 the newest that ibapi speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import gcd
from zoneinfo import ZoneInfo

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.bar_table import bar_table_problems
from ib_provider.domain.contract import Contract, SecType
from ib_provider.errors import InvalidRequest, LocalProtocolError, NoSecurityDefinition
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.symbology.instrument_id import parse_instrument_id

VERSIONS = (178, 200, 213, 225)
CLOCK = "2013-02-26T11:00:00-05:00"
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2013, 2, 26, 16, 0, tzinfo=UTC)
IBM, EUR = parse_instrument_id("IBM.NYSE"), parse_instrument_id("EUR/USD.IDEALPRO")
MONDAY_OPEN = datetime(2013, 2, 25, 14, 30, tzinfo=UTC)


@pytest.fixture(params=VERSIONS)
async def client(request: pytest.FixtureRequest) -> AsyncIterator[IbClient]:
    """Return a client of a gateway whose clock stands at eleven in New York."""
    options = SimulatorOptions(port=0, clock=CLOCK, max_server_version=request.param)
    gateway = SimulatedGateway(options)
    await gateway.start()
    try:
        async with IbClient(
            Endpoint(port=gateway.port, client_id=3, request_timeout_s=30.0)
        ) as connected:
            yield connected
    finally:
        await gateway.stop()


async def test_head_timestamp_is_an_instant_or_ib_says_that_there_is_none(client: IbClient) -> None:
    """IBM's data begin on a morning long ago; a pair of currencies has no trades to begin."""
    head = await client.head_timestamp(IBM)
    assert head is not None
    assert head.date() == date(2000, 3, 1)  # the first row of the package's file
    assert head.astimezone(NEW_YORK).time().isoformat() == "09:30:00"
    assert await client.head_timestamp(EUR) is None
    assert await client.head_timestamp(EUR, what=WhatToShow.MIDPOINT) is not None


async def test_schedule_names_the_sessions_and_leaves_the_holiday_out(client: IbClient) -> None:
    """Presidents' Day of 2013 was 18 February; regular hours are half past nine to four."""
    found = await client.schedule(IBM, end=NOW, duration="10 D")
    days = [row.session for row in found.sessions]
    assert found.time_zone == "America/New_York"
    assert date(2013, 2, 15) in days
    assert date(2013, 2, 18) not in days
    assert days == sorted(days)
    friday = next(row for row in found.sessions if row.session == date(2013, 2, 15))
    assert friday.open == datetime(2013, 2, 15, 14, 30, tzinfo=UTC)
    assert friday.close == datetime(2013, 2, 15, 21, 0, tzinfo=UTC)


async def test_histogram_is_volume_by_price(client: IbClient) -> None:
    """Ascending prices, each with something traded, between the week's low and high."""
    rows = await client.histogram(IBM, period="1 week")
    prices = [row.price for row in rows]
    assert len(prices) > 10
    assert prices == sorted(set(prices))
    assert all(row.size > Decimal(0) for row in rows)
    week = await client.historical_bars(IBM, BarSpec(), end=None, duration="2 W")
    assert min(week["low"].to_pylist()) - 1 < prices[0] < prices[-1]
    assert prices[-1] < max(week["high"].to_pylist()) + 1


async def test_historical_trades_page_forward_without_gap_or_repeat(client: IbClient) -> None:
    """A page ends with a whole second; the next begins a second later; trades have own names."""
    first = await client.historical_trades(IBM, start=MONDAY_OPEN, limit=300)
    assert len(first) >= 300
    assert first[0].ts >= MONDAY_OPEN
    assert [tick.ts for tick in first] == sorted(tick.ts for tick in first)
    assert max(Counter(tick.trade_id for tick in first).values()) == 1
    follow = first[-1].ts + timedelta(seconds=1)
    second = await client.historical_trades(IBM, start=follow, limit=300)
    assert second[0].ts >= follow
    both = await client.historical_trades(IBM, start=MONDAY_OPEN, limit=1000)
    names = [tick.trade_id for tick in (*first, *second)]
    assert names[: len(both)] == [tick.trade_id for tick in both][: len(names)]


async def test_historical_trades_up_to_an_end_are_the_last_before_it(client: IbClient) -> None:
    """Backwards pages are ascending, too."""
    end = MONDAY_OPEN + timedelta(minutes=30)
    page = await client.historical_trades(IBM, end=end, limit=100)
    assert len(page) >= 100
    assert page[-1].ts <= end
    assert [tick.ts for tick in page] == sorted(tick.ts for tick in page)


async def test_historical_quotes_and_middles_agree(client: IbClient) -> None:
    """A bid is not above its ask, and the middles lie within the touch of their span."""
    quotes = await client.historical_bid_asks(EUR, start=MONDAY_OPEN, limit=200)
    assert len(quotes) >= 200
    for tick in quotes:
        assert tick.bid is not None
        assert tick.ask is not None
        assert tick.bid <= tick.ask
    middles = await client.historical_midpoints(EUR, start=MONDAY_OPEN, limit=200)
    assert len(middles) >= 200
    low, high = min(tick.bid or 0 for tick in quotes), max(tick.ask or 0 for tick in quotes)
    assert low - 0.01 < middles[0].price < high + 0.01


async def test_historical_ticks_where_there_are_none_are_an_empty_page(client: IbClient) -> None:
    """A Sunday has no trades: an answer, not a failure."""
    sunday = datetime(2013, 2, 24, 12, tzinfo=UTC)
    page = await client.historical_trades(IBM, start=sunday, limit=10)
    assert page == [] or page[0].ts >= MONDAY_OPEN - timedelta(hours=6)


@pytest.mark.parametrize("size", list(BarSize), ids=str)
async def test_bars_of_every_size_are_dated_as_that_size_is(
    size: BarSize, client: IbClient
) -> None:
    """Seconds to hours have instants on the size's grid, days and longer only sessions."""
    seconds = size.length.total_seconds() if size.is_intraday else 0
    duration = "2 Y" if not size.is_intraday else "1800 S" if seconds < 60 else "2 D"
    spec = BarSpec(size=size, what=WhatToShow.TRADES)
    table = await client.historical_bars(IBM, spec, end=NOW, duration=duration)
    assert table.num_rows > 1
    assert bar_table_problems(table) == ()
    stamps, days = table["ts"].to_pylist(), table["session"].to_pylist()
    if not size.is_intraday:
        assert stamps == [None] * len(stamps)
        assert len(set(days)) == len(days)
        return
    assert all(
        stamp.astimezone(NEW_YORK).date() == day for stamp, day in zip(stamps, days, strict=True)
    )
    grid = gcd(int(seconds), 1800)  # the open at half past begins a shorter first bar
    for before, after in pairwise(stamps):
        assert before < after
        assert (after - before).total_seconds() % grid == 0
    assert stamps[-1] < NOW


async def test_bars_of_each_kind_that_a_stock_has_are_served(client: IbClient) -> None:
    """Prices, quotes, adjusted prices and volatilities."""
    kinds = (
        WhatToShow.TRADES, WhatToShow.MIDPOINT, WhatToShow.BID, WhatToShow.ASK, WhatToShow.BID_ASK,
        WhatToShow.ADJUSTED_LAST, WhatToShow.HISTORICAL_VOLATILITY,
        WhatToShow.OPTION_IMPLIED_VOLATILITY,
    )  # fmt: skip
    for what in kinds:
        table = await client.historical_bars(IBM, BarSpec(what=what), end=None, duration="1 M")
        assert table.num_rows > 10, what
        assert (table["volume"].null_count == 0) == (
            what in (WhatToShow.TRADES, WhatToShow.ADJUSTED_LAST)
        ), what


async def test_bars_of_every_kind_of_contract_are_asked_by_its_id(client: IbClient) -> None:
    """The id of a future, an index, a metal and an option is a question that is answered."""
    for text, what in (
        ("ESH13.CME", WhatToShow.TRADES),
        ("^SPX.CBOE", WhatToShow.TRADES),
        ("XAUUSD.IBCMDTY", WhatToShow.MIDPOINT),
        ("AAPL130316C00450000.SMART", WhatToShow.TRADES),
    ):
        spec = BarSpec(size=BarSize.HOUR_1, what=what)
        table = await client.historical_bars(
            parse_instrument_id(text), spec, end=NOW, duration="2 D"
        )
        assert table.num_rows > 2, text


async def test_history_of_what_does_not_exist_is_an_error(client: IbClient) -> None:
    """No contract, no such data and no data are three things."""
    nothing = Contract(local_symbol="NOSUCH", exchange="SMART", primary_exchange="NYSE")
    with pytest.raises(NoSecurityDefinition):
        await client.head_timestamp(nothing)
    with pytest.raises(InvalidRequest):
        await client.historical_bars(
            EUR, BarSpec(what=WhatToShow.HISTORICAL_VOLATILITY), end=None, duration="1 M"
        )
    long_ago = datetime(1990, 1, 2, tzinfo=UTC)
    table = await client.historical_bars(IBM, BarSpec(), end=long_ago, duration="1 W")
    assert table.num_rows == 0


async def test_history_that_ib_never_answers_is_not_asked(client: IbClient) -> None:
    """What 321 and 10339 would say is said here, and nothing is sent."""
    es = Contract(symbol="ES", sec_type=SecType.CONTFUT, exchange="CME", currency="USD")
    adjusted = BarSpec(what=WhatToShow.ADJUSTED_LAST)
    for contract, spec, duration in (
        (es, BarSpec(), "1 M"),
        (IBM, adjusted, "1 M"),
        (EUR, BarSpec(), "1 M"),
        (IBM, BarSpec(), "90000 S"),
        (IBM, BarSpec(), "one year"),
    ):
        with pytest.raises(LocalProtocolError):
            await client.historical_bars(contract, spec, end=NOW, duration=duration)
    with pytest.raises(LocalProtocolError):
        await client.historical_trades(IBM, start=NOW, end=NOW)
    with pytest.raises(LocalProtocolError):
        await client.historical_trades(IBM, start=NOW, limit=1001)
    with pytest.raises(LocalProtocolError):
        await client.historical_trades(EUR, start=NOW)
    assert (await client.historical_bars(es, BarSpec(), end=None, duration="1 M")).num_rows > 10
