# SPDX-License-Identifier: Apache-2.0
"""Thirty-two clients and a thousand open orders: the gateway's heart goes on beating."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from ib_provider.domain.contract import Contract
from ib_provider.simulator.exchange.exchange import Placement
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.limits.limits import Limits
from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_thread, on_gateway, quick_options, terms

_CLIENTS = 32
_ORDERS = 1_000
_IBM = (0, "IBM", "STK", "", 0, "", "", "SMART", "", "USD", "", "")


def _fill_book(brokerage: Any) -> int:
    listing = brokerage.resolve(Contract(symbol="IBM", exchange="SMART", currency="USD"))
    for number in range(_ORDERS):
        order = terms("BUY", 1, "LMT", tif="GTC", lmt_price=Decimal(5 + number % 100))
        key = (100 + number % _CLIENTS, 1 + number // _CLIENTS)
        brokerage.place(Placement(key=key, listing=listing, exchange="SMART", terms=order))
    return len(brokerage.book.open_orders())


def _beats(client: RawClient) -> list[float]:
    took = []
    for _ in range(40):
        began = time.perf_counter()
        client.send(49, 1)
        client.read_until("49")
        took.append(time.perf_counter() - began)
    return took


def test_heartbeat_of_a_full_gateway() -> None:
    """Every client is served, every order rests, and the time is told within a blink.

    The bound is wide on purpose: ``make bench`` has the figures.
    """
    options = quick_options(
        cash=Decimal(10**9),
        limits=Limits(max_messages=0, lines=0),
        trading=TradingOptions(most_active=_ORDERS),
    )
    with gateway_in_thread(options) as gateway, ExitStack() as stack:
        clients = [
            stack.enter_context(RawClient(gateway.port, 100 + number)) for number in range(_CLIENTS)
        ]
        for client in clients:
            client.read_until("4", "-1", "2158")
        assert on_gateway(gateway, _fill_book) == _ORDERS
        for client in clients[1:]:
            client.send(1, 11, 1, *_IBM, 0, "", 0, 0, "")
        assert statistics.median(_beats(clients[0])) < 1.0
        for client in clients[1:]:
            client.read_until("1", "6", "1")
        assert len(gateway.view().clients) == _CLIENTS
