# SPDX-License-Identifier: Apache-2.0
"""When a contract trades, as its details say before a week and its schedule after it."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from ibapi.contract import Contract

from ib_provider.simulator.limits.limits import Limits
from tests.support.control import Control
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, stock_client

#: Independence Day on Thursday, half a day before it.
MONDAY = "2013-07-01T03:00:00-04:00"
WEEK = ("20130702", "20130703", "20130704", "20130705")
NUMBERS = count(1)
KINDS = (
    ("STK", "AAPL", "SMART", "USD", ""),
    ("IND", "SPX", "CBOE", "USD", ""),
    ("CASH", "EUR", "IDEALPRO", "USD", ""),
    ("CRYPTO", "BTC", "PAXOS", "USD", ""),
    ("CMDTY", "XAUUSD", "SMART", "USD", ""),
    ("CFD", "IBUS500", "SMART", "USD", ""),
    ("FUT", "ES", "CME", "USD", "201309"),
    ("FUT", "EUR", "CME", "USD", "201309"),
    ("FUT", "CL", "NYMEX", "USD", "201309"),
    ("FUT", "ZN", "CBOT", "USD", "201309"),
    ("FUT", "DAX", "EUREX", "EUR", "201309"),
    ("CONTFUT", "ES", "CME", "USD", ""),
)


def _contract(kind: tuple[str, ...]) -> Contract:
    contract = Contract()
    contract.secType, contract.symbol, contract.exchange, contract.currency, month = kind
    contract.lastTradeDateOrContractMonth = month
    return contract


def _told(text: str) -> dict[str, tuple[str, str]]:
    """Return first begin and last end by the date of the end; the day's last minute is its end."""
    found: dict[str, tuple[str, str]] = {}
    for part in text.split(";"):
        begin, dash, end = part.partition("-")
        if dash:
            first, last = found.get(end[:8], (begin, end))
            found[end[:8]] = (min(first, begin), max(last, end))
    return found


def _scheduled(client: StockClient, contract: Contract, *, regular: bool) -> dict[str, Any]:
    number = next(NUMBERS)
    client.ask.reqHistoricalData(
        number, contract, "", "2 W", "1 day", "SCHEDULE", int(regular), 1, False, []
    )
    rows = client.wait("historicalSchedule", lambda got, *_: got == number)[4]
    return {
        row.refDate: tuple(
            f"{at[:8]}:{at[9:11]}{at[12:14]}" for at in (row.startDateTime, row.endDateTime)
        )
        for row in rows
    }


@pytest.mark.parametrize("version", [200, 226])
def test_schedule_of_every_kind_is_what_its_details_said(version: int) -> None:
    """A week with a holiday and half a day in it; whole days, and regular hours alone."""
    options = quick_options(
        clock=MONDAY,
        speed=0.0,
        control_port=0,
        max_server_version=version,
        limits=Limits(pacing=False, max_messages=0),
    )
    with (
        gateway_in_thread(options) as gateway,
        stock_client(gateway.port) as client,
        Control(gateway.control_port) as control,
    ):
        said = {}
        for kind in KINDS:
            number = next(NUMBERS)
            client.ask.reqContractDetails(number, _contract(kind))
            found = client.wait("contractDetails", lambda got, *_, n=number: got == n)[1]
            said[kind] = (found.tradingHours, found.liquidHours)
        control.do("advance", seconds=8 * 86_400.0)
        for kind, (trading, liquid) in said.items():
            for regular, text in ((False, trading), (True, liquid)):
                served = _scheduled(client, _contract(kind), regular=regular)
                told = {
                    day: tuple(at.replace(f"{day}:2359", _midnight(day)) for at in span)
                    for day, span in _told(text).items()
                }
                assert {day: served.get(day) for day in WEEK} == {
                    day: told.get(day) for day in WEEK
                }, kind


def _midnight(day: str) -> str:
    """Return the end of a day of this month, which is the begin of the next one."""
    return f"{int(day) + 1}:0000"
