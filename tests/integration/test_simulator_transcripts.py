# SPDX-License-Identifier: Apache-2.0
"""The simulated gateway's sequences against those recorded from a real one.

The recordings are not part of the project; name their folder in ``GATEWAY_TRANSCRIPTS`` to compare.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ibapi.order_cancel import OrderCancel

from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

_FOLDER = Path(os.environ.get("GATEWAY_TRANSCRIPTS", "no such folder"))
_CALLBACKS = {
    "managed_accounts": "managedAccounts",
    "next_valid_id": "nextValidId",
    "api_error": "error",
    "open_order": "openOrder",
    "order_status": "orderStatus",
    "account_summary": "accountSummary",
    "account_summary_end": "accountSummaryEnd",
}

pytestmark = pytest.mark.skipif(not _FOLDER.is_dir(), reason="no recordings at hand")


@pytest.fixture
def client() -> Iterator[StockClient]:
    options = quick_options(max_server_version=200)
    with gateway_in_thread(options) as gateway, stock_client(gateway.port) as connected:
        connected.wait("error", lambda *call: call[2] == 2158)
        yield connected


def _server_steps(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("server "):
            _, kind, document = line.split(" ", 2)
            yield kind, json.loads(document)


def _recorded(name: str) -> list[tuple[str, Any]]:
    """Return callback and the one word that tells such callbacks apart."""
    words = {"api_error": "code", "order_status": "status", "account_summary": "tag"}
    return [
        (_CALLBACKS[kind], document.get(words.get(kind, "")))
        for kind, document in _server_steps(name)
        if kind in _CALLBACKS
    ]


def _seen(client: StockClient, since: int = 0) -> list[tuple[str, Any]]:
    places = {"error": 2, "orderStatus": 1, "accountSummary": 2}
    return [
        (name, arguments[places[name]] if name in places else None)
        for name, arguments in client.calls[since:]
        if name in _CALLBACKS.values()
    ]


def test_greeting_comes_in_the_recorded_order(client: StockClient) -> None:
    """Accounts, next id, the same three notices."""
    assert _seen(client) == _recorded("grounded_bootstrap.txt")


def test_resting_order_and_its_cancel_come_in_the_recorded_order(client: StockClient) -> None:
    """PreSubmitted, Submitted; PendingCancel, Cancelled, 202."""
    since = client.mark()
    order = ibapi_order("BUY", 1, "LMT", lmtPrice=10)
    client.ask.placeOrder(1, ibapi_stock("AAPL"), order)
    client.wait("orderStatus", lambda *call: call[1] == "Submitted")
    client.ask.cancelOrder(1, OrderCancel())
    client.wait("error", lambda *call: call[2] == 202)
    recorded = _recorded("api_order_rest_cancel_aapl.txt")
    assert _seen(client, since) == recorded[2:]


def test_account_summary_comes_in_the_recorded_order(client: StockClient) -> None:
    """Tags are sorted, whatever the order they were asked in."""
    since = client.mark()
    tags = "NetLiquidation,TotalCashValue,BuyingPower,ExcessLiquidity"
    client.ask.reqAccountSummary(1, "All", tags)
    client.wait("accountSummaryEnd")
    recorded = [step for step in _recorded("grounded_account_summary.txt") if "acc" in step[0]]
    assert _seen(client, since) == recorded


def test_bad_order_type_is_the_recorded_error_and_nothing_else(client: StockClient) -> None:
    """321 alone: no status."""
    since = client.mark()
    client.ask.placeOrder(1, ibapi_stock("AAPL"), ibapi_order("BUY", 1, "FEELINGS", lmtPrice=10))
    client.wait("error", lambda *call: call[0] == 1)
    assert _seen(client, since) == _recorded("place_order_invalid_type_live_error.txt")[2:]


def test_hourly_bars_begin_where_the_recorded_ones_do(client: StockClient) -> None:
    """Half past nine, ten, eleven, … three."""
    recorded = [
        document["time"][9:]
        for kind, document in _server_steps("grounded_historical_bars.txt")
        if kind == "historical_bar"
    ]
    end = "20130302 00:00:00 US/Eastern"
    client.ask.reqHistoricalData(
        1, ibapi_stock("AAPL"), end, "1 D", "1 hour", "TRADES", 1, 1, False, []
    )
    client.wait("historicalDataEnd")
    assert [call[1].date[9:] for call in client.all("historicalData")] == recorded
