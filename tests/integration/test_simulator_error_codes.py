# SPDX-License-Identifier: Apache-2.0
"""Every code that a gateway is known to send reaches a client we did not write, with its id.

Many of them come from ordinary requests, too: the tests of orders, data, limits and faults show
which. Here a scenario asks for each by its number.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ibapi.execution import ExecutionFilter

from ib_provider.simulator import SimulatedGateway
from ib_provider.simulator.faults.error_texts import ERROR_TEXTS, text_of
from ib_provider.simulator.limits.limits import Limits
from tests.support.control import Control
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client

#: Codes that concern the session, under id -1.
_SYSTEM = (
    100, 1100, 1101, 1102, 1300, 2100, 2101, 2103, 2104, 2105, 2106, 2107, 2108, 2110, 2119, 2157,
    2158,
)  # fmt: skip
#: Codes under an order's id.
_ORDERS = (
    103, 104, 105, 109, 110, 111, 116, 117, 133, 134, 135, 136, 161, 201, 202, 203, 321, 329, 387,
    399, 404, 434, 435, 2109, 2137, 10006, 10147, 10148,
)  # fmt: skip
#: Codes under the id of a request for data.
_REQUESTS = (
    101, 102, 162, 165, 166, 200, 300, 309, 310, 317, 320, 322, 337, 343, 354, 366, 385, 386, 391,
    420, 430, 2174, 10089, 10090, 10092, 10167, 10168, 10186, 10187, 10189, 10190, 10197, 10225,
    10276, 10295, 10314, 10339,
)  # fmt: skip


@pytest.fixture(scope="module", params=[178, 226])
def gateway(request: pytest.FixtureRequest) -> Iterator[SimulatedGateway]:
    options = quick_options(
        control_port=0, max_server_version=request.param, limits=Limits(max_messages=0)
    )
    with gateway_in_thread(options) as running:
        yield running


@pytest.fixture(scope="module")
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        connected.wait("error", lambda *call: call[2] == 2158)
        yield connected


@pytest.fixture(scope="module")
def control(gateway: SimulatedGateway) -> Iterator[Control]:
    with Control(gateway.control_port) as opened:
        yield opened


def _told(client: StockClient, number: int, code: int, since: int) -> str:
    call = client.wait("error", lambda *call: (call[0], call[2]) == (number, code), since=since)
    return str(call[3])


@pytest.mark.parametrize("code", _SYSTEM)
def test_code_of_the_session_comes_under_no_id(
    client: StockClient, control: Control, code: int
) -> None:
    """To every client, with -1."""
    since = client.mark()
    control.do("notice", code=code)
    assert _told(client, -1, code, since) == text_of(code)


@pytest.mark.parametrize("code", _ORDERS)
def test_code_of_an_order_comes_under_its_id(
    client: StockClient, control: Control, code: int
) -> None:
    """And the order is not taken."""
    since, order_id = client.mark(), 1000 + code
    control.do("next_order", how="reject", code=code)
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), ibapi_order("BUY", 1))
    assert _told(client, order_id, code, since) == text_of(code)
    assert client.all("openOrder", since=since) == []


@pytest.mark.parametrize("code", _REQUESTS)
def test_code_of_a_request_comes_under_its_id(
    client: StockClient, control: Control, code: int
) -> None:
    """Once: the same request is answered when it is made again."""
    since, number = client.mark(), 100_000 + code
    control.do("next_request", request="ReqExecutions", code=code)
    client.ask.reqExecutions(number, ExecutionFilter())
    assert _told(client, number, code, since) == text_of(code)
    client.ask.reqExecutions(number, ExecutionFilter())
    client.wait("execDetailsEnd", lambda ended: ended == number, since=since)


def test_every_code_with_a_text_is_among_them() -> None:
    """A text that no test asks for would be a guess nobody looked at."""
    assert set(ERROR_TEXTS) - {*_SYSTEM, *_ORDERS, *_REQUESTS} == {327}


def test_binding_orders_is_for_client_zero(client: StockClient) -> None:
    """327 for everybody else."""
    since = client.mark()
    client.ask.reqAutoOpenOrders(True)
    assert "327" in str(client.wait("error", lambda *call: call[2] == 327, since=since))
