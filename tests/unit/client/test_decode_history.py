# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from ibapi.common import (
    HistogramData,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
)

from ib_provider.client.decode_history import (
    decode_bid_asks,
    decode_histogram,
    decode_midpoints,
    decode_schedule,
    decode_trades,
)

SECOND = 1362407400
INSTANT = datetime(2013, 3, 4, 14, 30, tzinfo=UTC)


def trade(price: float = 10.0, size: str = "100", second: int = SECOND) -> HistoricalTickLast:
    tick = HistoricalTickLast()
    tick.time, tick.price, tick.size, tick.exchange = second, price, Decimal(size), "NYSE"
    return tick


def quote(bid: float, ask: float, bid_size: str, ask_size: str) -> HistoricalTickBidAsk:
    tick = HistoricalTickBidAsk()
    tick.time, tick.priceBid, tick.priceAsk = SECOND, bid, ask
    tick.sizeBid, tick.sizeAsk = Decimal(bid_size), Decimal(ask_size)
    return tick


def session(first: str, last: str, day: str) -> HistoricalSession:
    row = HistoricalSession()
    row.startDateTime, row.endDateTime, row.refDate = first, last, day
    return row


def test_trades_of_one_second_that_are_equal_are_told_apart() -> None:
    """Two prints alike in everything are two trades."""
    found = decode_trades([trade(), trade(), trade(11.0), trade(second=SECOND + 1)], con_id=8314)
    assert [tick.ordinal for tick in found] == [0, 1, 0, 0]
    assert len({tick.trade_id for tick in found}) == 4
    assert (found[0].con_id, found[0].ts, found[0].size) == (8314, INSTANT, 100)


def test_trade_without_a_price_is_an_error() -> None:
    """IB's "not set" never becomes a number."""
    with pytest.raises(ValueError, match="no price"):
        decode_trades([trade(1.7976931348623157e308)], con_id=1)
    with pytest.raises(ValueError, match="no price"):
        decode_trades([trade(size="NaN")], con_id=1)


def test_quote_with_an_empty_side_has_no_price_there() -> None:
    """IB writes an empty side as 0 or -1 with no size; a price that is given stays."""
    found = decode_bid_asks(
        [quote(0, 11, "0", "3"), quote(10, -1, "2", "0"), quote(10, 11, "0", "0")], con_id=1
    )
    assert [(tick.bid, tick.ask) for tick in found] == [(None, 11), (10, None), (10, 11)]
    assert [(tick.bid_size, tick.ask_size) for tick in found] == [(0, 3), (2, 0), (0, 0)]


def test_midpoints_are_prices_at_seconds() -> None:
    """A middle has no size that means anything."""
    tick = HistoricalTick()
    tick.time, tick.price = SECOND, 1.30125
    assert [(row.ts, row.price) for row in decode_midpoints([tick], con_id=1)] == [
        (INSTANT, 1.30125)
    ]


def test_schedule_is_in_utc_and_a_session_keeps_the_day_it_counts_for() -> None:
    """A future's session begins on the evening before; the clocks of Chicago say when."""
    found = decode_schedule(
        "20130303-17:00:00",
        "20130305-16:00:00",
        "US/Central",
        [
            session("20130304-17:00:00", "20130305-16:00:00", "20130305"),
            session("20130303-17:00:00", "20130304-16:00:00", "20130304"),
        ],
    )
    assert found.time_zone == "America/Chicago"
    assert [row.session for row in found.sessions] == [date(2013, 3, 4), date(2013, 3, 5)]
    assert found.sessions[0].open == found.start == datetime(2013, 3, 3, 23, tzinfo=UTC)
    assert found.end == datetime(2013, 3, 5, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "zone"), [("20130303 17:00:00", "US/Central"), ("20130303-17:00:00", "Mars/Olympus")]
)
def test_schedule_in_another_form_is_an_error(start: str, zone: str) -> None:
    """A time that cannot be read is not guessed."""
    with pytest.raises(ValueError, match=r"match|zone"):
        decode_schedule(start, "20130305-16:00:00", zone, [])


def test_histogram_is_ascending() -> None:
    """IB sends the prices in no order that it promises."""
    rows = []
    for price, size in ((11.0, "5"), (10.0, "7")):
        row = HistogramData()
        row.price, row.size = price, Decimal(size)
        rows.append(row)
    assert [(row.price, row.size) for row in decode_histogram(rows)] == [(10.0, 7), (11.0, 5)]
