# SPDX-License-Identifier: Apache-2.0
"""A continuous future beside the months it is made of, read by Interactive Brokers' own client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from ibapi.contract import Contract

from ib_provider.simulator.limits.limits import Limits
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, stock_client

NUMBERS = count(1)
#: Third Fridays: the last days of ES in 2013.
EXPIRIES = {"201303": "20130315", "201306": "20130621", "201309": "20130920", "201312": "20131220"}


@pytest.fixture(scope="module")
def client() -> Iterator[StockClient]:
    options = quick_options(
        clock="2013-12-05T12:00:00-05:00",
        speed=0.0,
        kept_answers=8,
        limits=Limits(pacing=False, max_messages=0),
    )
    with gateway_in_thread(options) as running, stock_client(running.port) as connected:
        yield connected


def _future(sec_type: str, month: str = "") -> Contract:
    contract = Contract()
    contract.secType, contract.symbol, contract.exchange = sec_type, "ES", "CME"
    contract.currency, contract.lastTradeDateOrContractMonth = "USD", month
    contract.includeExpired = sec_type == "FUT"
    return contract


def _bars(
    client: StockClient, contract: Contract, end: str, span: str, size: str
) -> dict[str, Any]:
    number, mark = next(NUMBERS), client.mark()
    client.ask.reqHistoricalData(number, contract, end, span, size, "TRADES", 1, 1, False, [])
    client.wait("historicalDataEnd", lambda got, *_: got == number, since=mark)
    return {
        call[1].date: str(call[1])
        for call in client.all("historicalData", since=mark)
        if call[0] == number
    }


@pytest.mark.parametrize(("size", "span"), [("1 day", "9 M"), ("1 hour", "9 M")])
def test_each_session_is_that_of_its_front_month(client: StockClient, size: str, span: str) -> None:
    """Up to and including a month's last day; on the next session it is the next month's."""
    served = _bars(client, _future("CONTFUT"), "", span, size)
    expected: dict[str, str] = {}
    for month, last in EXPIRIES.items():
        bars = _bars(client, _future("FUT", month), "20131205 12:00:00 US/Eastern", span, size)
        before = max(expected, default="")[:8]
        expected |= {stamp: bar for stamp, bar in bars.items() if before < stamp[:8] <= last}
    assert served == expected
    assert min(served)[:8] < EXPIRIES["201303"] < EXPIRIES["201309"] < max(served)[:8]


def test_week_of_the_roll_is_of_two_months(client: StockClient) -> None:
    """Weeks and months go on across a roll, one bar each."""
    weeks = _bars(client, _future("CONTFUT"), "", "8 W", "1 week")
    months = _bars(client, _future("CONTFUT"), "", "6 M", "1 month")
    assert len(weeks) in (8, 9)
    assert len({stamp[:6] for stamp in months}) == len(months)


def test_history_is_as_old_as_the_index(client: StockClient) -> None:
    """A month is listed for three years, the continuous future is not so short-lived."""
    client.ask.reqHeadTimeStamp(901, _future("CONTFUT"), "TRADES", 1, 1)
    head = client.wait("headTimestamp", lambda got, *_: got == 901)[1]
    assert head.startswith("2000")
    years = _bars(client, _future("CONTFUT"), "", "10 Y", "1 day")
    assert date.fromisoformat(min(years)) - date(2003, 12, 5) < timedelta(days=7)


def test_front_month_and_continuous_future_are_two_things(client: StockClient) -> None:
    """They share a conId and not their answers, also where those are kept."""
    end = ""
    month = _bars(client, _future("FUT", "201312"), end, "1 Y", "1 day")
    endless = _bars(client, _future("CONTFUT"), end, "1 Y", "1 day")
    assert month != endless
    assert {stamp: bar for stamp, bar in month.items() if stamp > EXPIRIES["201309"]} == {
        stamp: bar for stamp, bar in endless.items() if stamp > EXPIRIES["201309"]
    }
