# SPDX-License-Identifier: Apache-2.0
"""Bars as NautilusTrader reads them. The bytes are those that NautilusTrader 1.221 wrote itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.errors import ConfigError, StoreError
from ib_provider.store.nautilus_bars import NAUTILUS_BAR_SCHEMA, bar_type, nautilus_bars
from ib_provider.store.nautilus_columns import NautilusFile
from tests.support.bar_tables import daily_bars, minute_bars, weekdays

_MINUTES = BarSpec(size=BarSize.MIN_1)
_MONDAY = date(2013, 3, 4)


def _made(
    bars: pa.Table, spec: BarSpec = _MINUTES, *, least: int = 2, digits: int | None = None
) -> NautilusFile:
    return nautilus_bars(
        bars,
        instrument_id="AAPL.NASDAQ",
        spec=spec,
        time_zone="America/New_York",
        least_digits=least,
        digits=digits,
    )


def _one(**prices: float) -> pa.Table:
    row = minute_bars([_MONDAY], a_session=1).to_pylist()[0]
    return pa.Table.from_pylist([row | prices], schema=minute_bars([_MONDAY]).schema)


def _value(made: NautilusFile, column: str, row: int = 0) -> Decimal:
    return Decimal(int.from_bytes(made.table[column][row].as_py(), "little", signed=True)) / 10**16


def test_bar_has_the_bytes_that_nautilus_trader_writes() -> None:
    """Prices, a size with half a share, and the metadata of its own file."""
    made = _made(_one(open=100.25, high=101.5, low=99.75, close=100.0, volume=1000.5))
    row = made.table.to_pylist()[0]
    assert row["open"] == b"\x00@TCp\x98\xe9\r\x00\x00\x00\x00\x00\x00\x00\x00"
    assert row["high"] == b"\x00\x80\x05O\x1f\x01\x16\x0e\x00\x00\x00\x00\x00\x00\x00\x00"
    assert row["low"] == b"\x00\xc0s\x0b\xf7\xd4\xd7\r\x00\x00\x00\x00\x00\x00\x00\x00"
    assert row["close"] == b"\x00\x00d\xa7\xb3\xb6\xe0\r\x00\x00\x00\x00\x00\x00\x00\x00"
    assert row["volume"] == b"\x00\x80\xc8\xc1}\xe6\xd8\x8a\x00\x00\x00\x00\x00\x00\x00\x00"
    assert row["ts_init"] == 1362407460000000000
    assert made.table.schema.equals(NAUTILUS_BAR_SCHEMA)
    assert made.metadata == {
        "bar_type": "AAPL.NASDAQ-1-MINUTE-LAST-EXTERNAL",
        "instrument_id": "AAPL.NASDAQ",
        "price_precision": "2",
        "size_precision": "1",
    }


def test_file_is_named_after_the_bars_in_it() -> None:
    """From the first to the last instant, as its catalog parses them."""
    stamps = "2013-03-04T14-31-00-000000000Z_2013-03-04T14-33-00-000000000Z"
    assert _made(minute_bars([_MONDAY])).file_name == f"{stamps}.parquet"


@given(st.lists(st.decimals(-99999, 99999, places=6), min_size=1, max_size=20))
def test_prices_are_exactly_what_was_stored(prices: list[Decimal]) -> None:
    """A decimal that became a double comes out as that decimal, with as few digits as it needs."""
    rows = pa.concat_tables([_one(open=float(price)) for price in prices])
    made = _made(rows, least=0)
    assert [_value(made, "open", row) for row in range(len(prices))] == prices
    exponents = [price.normalize().as_tuple().exponent for price in prices]
    assert int(made.metadata["price_precision"]) == max(0, *(-int(e) for e in exponents))
    assert made.rounded == 0


def test_digits_that_are_asked_for_round_and_say_so() -> None:
    """Two thirds do not fit two decimals."""
    made = _made(_one(open=2 / 3, high=1.25, low=0.5, close=1.0), digits=2)
    assert _value(made, "open") == Decimal("0.67")
    assert made.rounded == 1
    assert made.metadata["price_precision"] == "2"


def test_prices_have_no_fewer_digits_than_the_instrument() -> None:
    """Whole dollars of a stock that moves by the cent: its engine compares the two."""
    assert _made(minute_bars([_MONDAY]), least=2).metadata["price_precision"] == "2"


def test_bar_is_complete_only_when_its_session_is_over() -> None:
    """A backtest replays by ``ts_init``: midnight in New York, on either side of summer time."""
    days = [date(2013, 3, 8), date(2013, 3, 11)]
    made = _made(daily_bars(days), BarSpec())
    begins = [datetime(2013, 3, 8, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC)]
    ends = [datetime(2013, 3, 9, 5, tzinfo=UTC), datetime(2013, 3, 12, 4, tzinfo=UTC)]
    assert made.table["ts_event"].to_pylist() == [int(at.timestamp()) * 10**9 for at in begins]
    assert made.table["ts_init"].to_pylist() == [int(at.timestamp()) * 10**9 - 1 for at in ends]


@pytest.mark.parametrize(
    ("size", "begin"), [(BarSize.WEEK_1, date(2013, 3, 4)), (BarSize.MONTH_1, date(2013, 3, 1))]
)
def test_week_and_month_begin_before_the_day_that_names_them(size: BarSize, begin: date) -> None:
    """IB names them by their last session, a Friday here."""
    made = _made(daily_bars([date(2013, 3, 8)]), BarSpec(size=size))
    local = datetime(begin.year, begin.month, begin.day, 5, tzinfo=UTC)
    assert made.table["ts_event"].to_pylist() == [int(local.timestamp()) * 10**9]
    assert made.table["ts_init"].to_pylist() == [
        int(datetime(2013, 3, 9, 5, tzinfo=UTC).timestamp()) * 10**9 - 1
    ]


def test_bars_without_volume_have_none() -> None:
    """A midpoint has no volume; NautilusTrader has no null."""
    table = daily_bars(weekdays(_MONDAY, 2), replace={"volume": {0: None, 1: None}})
    made = _made(table, replace(BarSpec(), what=WhatToShow.MIDPOINT))
    assert {_value(made, "volume", row) for row in (0, 1)} == {Decimal(0)}
    assert made.metadata["bar_type"] == "AAPL.NASDAQ-1-DAY-MID-EXTERNAL"


def test_bar_without_a_price_is_refused() -> None:
    """Not a zero, not a gap that nobody sees."""
    table = daily_bars(weekdays(_MONDAY, 2), replace={"low": {1: None}})
    with pytest.raises(StoreError, match=r"1 bar\(s\) have no low"):
        _made(table, BarSpec())


def test_values_beyond_a_double_are_refused() -> None:
    """Sixteen decimals leave room for less than one."""
    with pytest.raises(StoreError, match="beyond"):
        _made(_one(open=123.5), digits=16)


def test_kinds_that_nautilus_trader_does_not_know_are_refused() -> None:
    """With those that it knows."""
    with pytest.raises(ConfigError, match="LAST, MID, BID and ASK"):
        bar_type("AAPL.NASDAQ", BarSpec(what=WhatToShow.ADJUSTED_LAST))
    with pytest.raises(ConfigError, match="digits: 17"):
        _made(minute_bars([_MONDAY]), digits=17)


def test_pair_of_currencies_loses_its_slash_in_a_path() -> None:
    """A catalog does the same."""
    made = nautilus_bars(
        minute_bars([_MONDAY]),
        instrument_id="EUR/USD.IDEALPRO",
        spec=replace(_MINUTES, what=WhatToShow.BID),
        time_zone="America/New_York",
        least_digits=5,
    )
    assert str(made.folder) == "data/bar/EURUSD.IDEALPRO-1-MINUTE-BID-EXTERNAL"


def test_hours_after_the_close_are_in_the_bar_before_it_is_complete() -> None:
    """Eight in the evening in New York is past midnight in UTC."""
    made = _made(daily_bars([_MONDAY]), BarSpec(rth=False))
    last_trade = datetime(2013, 3, 5, 1, tzinfo=UTC)
    complete = datetime.fromtimestamp(made.table["ts_init"][0].as_py() / 1e9, UTC)
    assert complete > last_trade + timedelta(hours=3)
