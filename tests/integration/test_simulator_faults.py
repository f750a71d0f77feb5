# SPDX-License-Identifier: Apache-2.0
"""Faults said to the control port, seen by clients we did not write."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from ibapi.execution import ExecutionFilter

from ib_provider.simulator import SimulatedGateway
from tests.support.control import Control
from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_thread, quick_options
from tests.support.stock_client import StockClient, ibapi_order, ibapi_stock, stock_client


@pytest.fixture(scope="module")
def gateway() -> Iterator[SimulatedGateway]:
    with gateway_in_thread(quick_options(control_port=0)) as running:
        yield running


@pytest.fixture
def control(gateway: SimulatedGateway) -> Iterator[Control]:
    with Control(gateway.control_port) as opened:
        yield opened
        opened.do("calm_down")


@pytest.fixture
def client(gateway: SimulatedGateway) -> Iterator[StockClient]:
    with stock_client(gateway.port) as connected:
        connected.wait("error", lambda *call: call[2] == 2158)
        yield connected


def _codes(client: StockClient, since: int) -> list[int]:
    return [call[2] for call in client.all("error", since=since)]


def _order(client: StockClient, quantity: int = 1) -> int:
    mark = client.mark()
    client.ask.reqIds(1)
    order_id = client.wait("nextValidId", since=mark)[0]
    client.ask.placeOrder(order_id, ibapi_stock("IBM"), ibapi_order("BUY", quantity))
    return int(order_id)


def _answers(client: StockClient) -> bool:
    mark = client.mark()
    client.ask.reqCurrentTime()
    client.wait("currentTime", since=mark)
    return True


def _bars(client: StockClient, number: int, duration: str = "5 D") -> None:
    client.ask.reqHistoricalData(
        number,
        ibapi_stock("IBM"),
        "20130301-21:00:00",
        duration,
        "1 day",
        "TRADES",
        1,
        1,
        False,
        [],
    )


def test_control_port_explains_what_it_does_not_take(control: Control) -> None:
    """A line of JSON for every line, and the connection stays."""
    for line in (b"{", b"[]", b'{"do": "explode"}', b'{"do": "drop", "clint": 1}'):
        answer = control.say(line)
        assert not answer["ok"]
        assert answer["problems"]
    assert "silence" in control.do("help")["actions"]


def test_control_port_shows_what_clients_do(control: Control, client: StockClient) -> None:
    """Clients, requests, orders and fills."""
    order_id = _order(client, 3)
    client.wait("execDetails", lambda _, __, execution: execution.orderId == order_id)
    view = control.do("show")["gateway"]
    row = next(row for row in view["clients"] if row["client_id"] == client.ask.clientId)
    assert row["requests"] >= 2
    assert dict(view["requests"])["PlaceOrder"] >= 1
    assert view["orders"][0]["text"] == "BUY 3 IBM MKT"
    assert "BUY 3 IBM at" in view["fills"][0]["text"]


def test_dropped_client_sees_its_connection_close(control: Control, client: StockClient) -> None:
    """Others keep theirs."""
    with RawClient(client.ask.port, 901) as other:
        other.read_until("9")
        control.do("drop", client=901)
        assert other.closed()
        assert _answers(client)
    control.do("drop")
    client.wait("connectionClosed")


def test_refused_connection_is_accepted_later(gateway: SimulatedGateway, control: Control) -> None:
    """Nobody listens meanwhile; then the same port does."""
    control.do("refuse", seconds=0.3)
    with pytest.raises(ConnectionRefusedError):
        RawClient(gateway.port, 902)
    deadline = time.monotonic() + 10
    while True:
        try:
            with RawClient(gateway.port, 902) as back:
                assert back.read_until("9")
                return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_silent_gateway_takes_requests_and_says_nothing(
    control: Control, client: StockClient
) -> None:
    """What would have been said is lost; afterwards it talks again."""
    control.do("silence")
    mark = client.mark()
    client.ask.reqCurrentTime()
    client.ask.reqIds(1)
    with pytest.raises(TimeoutError):
        client.wait("currentTime", since=mark, timeout_s=0.3)
    control.do("speak")
    assert _answers(client)
    assert len(client.all("currentTime", since=mark)) == 1


def test_lost_connection_with_data_kept_is_1100_then_1102(
    control: Control, client: StockClient
) -> None:
    """Orders and bars are refused meanwhile; the stream of quotes goes on afterwards."""
    client.ask.reqMktData(50, ibapi_stock("IBM"), "", False, False, [])
    client.wait("tickPrice", lambda number, *_: number == 50)
    mark = client.mark()
    control.do("connectivity", state="lost")
    _bars(client, 51)
    order_id = _order(client)
    client.wait("error", lambda *call: (call[0], call[2]) == (51, 165), since=mark)
    client.wait("error", lambda *call: (call[0], call[2]) == (order_id, 133), since=mark)
    control.do("connectivity", state="restored", data="kept")
    client.wait("error", lambda *call: (call[0], call[2]) == (-1, 1102), since=mark)
    assert _codes(client, mark) == [1100, 165, 133, 1102]
    client.ask.reqMktData(50, ibapi_stock("IBM"), "", False, False, [])
    client.wait("error", lambda *call: (call[0], call[2]) == (50, 102), since=mark)
    client.ask.cancelMktData(50)


def test_lost_connection_with_data_lost_ends_the_streams(
    control: Control, client: StockClient
) -> None:
    """After 1101 the same request id can be asked for again."""
    client.ask.reqMktData(60, ibapi_stock("IBM"), "", False, False, [])
    client.wait("tickPrice", lambda number, *_: number == 60)
    control.do("connectivity", state="lost")
    control.do("connectivity", state="restored", data="lost")
    mark = client.mark()
    client.ask.reqMktData(60, ibapi_stock("IBM"), "", False, False, [])
    client.wait("tickPrice", lambda number, *_: number == 60, since=mark)
    client.ask.cancelMktData(60)


def test_farm_of_historical_data_breaks_and_mends(control: Control, client: StockClient) -> None:
    """2105, bars are 165, 2106, bars come; the other farms have codes of their own."""
    mark = client.mark()
    control.do("farm", farm="ushmds", state="broken")
    _bars(client, 70)
    client.wait("error", lambda *call: (call[0], call[2]) == (70, 165))
    control.do("farm", farm="ushmds", state="ok")
    _bars(client, 71)
    client.wait("historicalDataEnd", lambda number, *_: number == 71)
    for farm in ("usfarm", "secdefnj"):
        for state in ("broken", "inactive", "ok"):
            control.do("farm", farm=farm, state=state)
    control.do("farm", farm="ushmds", state="inactive")
    client.wait("error", lambda *call: call[2] == 2107)
    assert _codes(client, mark) == [2105, 165, 2106, 2103, 2108, 2104, 2157, 2157, 2158, 2107]


def test_nightly_reset_comes_and_goes(control: Control, client: StockClient) -> None:
    """1100 and the farms; shortly after, 1102 and the farms."""
    mark = client.mark()
    control.do("nightly_reset", seconds=0.1)
    client.wait("error", lambda *call: call[2] == 2158, since=mark)
    assert _codes(client, mark) == [1100, 2103, 2105, 2110, 1102, 2104, 2106, 2158]


def test_swallowed_order_is_found_by_asking(control: Control, client: StockClient) -> None:
    """Taken and traded; its owner hears of it only in the executions."""
    control.do("next_order", how="swallow")
    mark = client.mark()
    order_id = _order(client)
    with pytest.raises(TimeoutError):
        client.wait("openOrder", since=mark, timeout_s=0.4)
    assert client.all("orderStatus", since=mark) == []
    client.ask.reqExecutions(80, ExecutionFilter())
    client.wait("execDetailsEnd", lambda number: number == 80)
    found = [call[2].orderId for call in client.all("execDetails", since=mark) if call[0] == 80]
    assert order_id in found


def test_lost_order_never_was(control: Control, client: StockClient) -> None:
    """Its id is still free."""
    control.do("next_order", how="lose")
    order_id = _order(client)
    client.ask.reqAllOpenOrders()
    client.wait("openOrderEnd")
    mark = client.mark()
    client.ask.reqIds(1)
    assert client.wait("nextValidId", since=mark) == (order_id,)


def test_next_order_is_rejected_with_a_code(control: Control, client: StockClient) -> None:
    """One of them; the next is taken."""
    control.do("next_order", how="reject", code=203)
    order_id = _order(client)
    client.wait("error", lambda *call: (call[0], call[2]) == (order_id, 203))
    assert _order(client) == order_id
    client.wait("orderStatus", lambda number, status, *_: (number, status) == (order_id, "Filled"))


def test_partial_fill_then_silence(control: Control, client: StockClient) -> None:
    """One execution is told, and nothing after it; the rest is found by asking."""
    control.do("next_order", how="partial")
    mark = client.mark()
    order_id = _order(client, 5_000)
    client.wait("execDetails", since=mark)
    with pytest.raises(TimeoutError):
        client.wait(
            "orderStatus", lambda _, status, *__: status == "Filled", since=mark, timeout_s=1.0
        )
    assert len(client.all("execDetails", since=mark)) == 1
    told = client.all("execDetails", since=mark)[0][2].shares
    client.ask.reqExecutions(81, ExecutionFilter())
    client.wait("execDetailsEnd", lambda number: number == 81)
    done = [call[2] for call in client.all("execDetails", since=mark) if call[0] == 81]
    assert sum(one.shares for one in done if one.orderId == order_id) > told


@pytest.mark.parametrize("how", ["delay", "duplicate", "reorder", "lose"])
def test_answers_are_tampered_with(control: Control, client: StockClient, how: str) -> None:
    """Late, twice, in the wrong order, never: seen by ibapi's own decoder."""
    control.do("tamper", kinds=["CurrentTime", "NextValidId"], how=how, seconds=0.2)
    mark, began = client.mark(), time.monotonic()
    client.ask.reqCurrentTime()
    client.ask.reqIds(1)
    client.ask.reqManagedAccts()
    client.wait("managedAccounts", since=mark)
    if how == "delay":
        client.wait("nextValidId", since=mark)
        assert time.monotonic() - began >= 0.2
    if how == "duplicate":
        client.wait("managedAccounts", since=mark)
        time.sleep(0.3)
    names = [name for name, _ in client.calls[mark:] if name != "error"]
    assert names == {
        "delay": ["managedAccounts", "currentTime", "nextValidId"],
        "duplicate": [
            "currentTime", "nextValidId", "managedAccounts", "currentTime", "nextValidId",
        ],
        "reorder": ["nextValidId", "currentTime", "managedAccounts"],
        "lose": ["managedAccounts"],
    }[how]  # fmt: skip


@pytest.mark.parametrize(("language", "word"), [("es", "no ha devuelto"), ("de", "keine Daten")])
def test_no_data_is_said_in_another_language(
    control: Control, client: StockClient, language: str, word: str
) -> None:
    """162 as before; accents survive both formats."""
    control.do("language", language=language)
    client.ask.reqHistoricalData(
        90, ibapi_stock("IBM"), "19700301-21:00:00", "5 D", "1 day", "TRADES", 1, 1, False, []
    )
    call = client.wait("error", lambda number, *_: number == 90)
    assert call[2] == 162
    assert word in call[3]
    assert "hist\u00f3ricos" in call[3] or "f\u00fcr" in call[3]


@pytest.mark.parametrize("size", [1, 4096])
def test_stock_client_survives_torture(control: Control, client: StockClient, size: int) -> None:
    """Every byte alone, or every 4096: ibapi gets all of it while the pieces keep coming."""
    control.do("chunk", size=size)
    _bars(client, 100, "1 Y" if size == 4096 else "5 D")
    client.wait("historicalDataEnd", lambda number, *_: number == 100)
    bars = [call for call in client.all("historicalData") if call[0] == 100]
    assert len(bars) == (252 if size == 4096 else 5) or len(bars) > 240


def test_pieces_arrive_apart(gateway: SimulatedGateway, control: Control) -> None:
    """A raw socket reads at most one piece at a time when they are paused."""
    with RawClient(gateway.port, 903) as raw:
        raw.read_until("4", "-1", "2158")
        control.do("chunk", size=7, pause_s=0.03)
        raw.send(49, 1)
        sizes: list[int] = []
        while sum(sizes) < 18:
            sizes.append(len(raw.socket.recv(4096)))
        assert max(sizes) <= 7


def test_request_is_refused_or_warned_about_as_told(control: Control, client: StockClient) -> None:
    """A refusal instead of the answer; a warning beside it."""
    control.do("next_request", request="ReqHistoricalData", code=10197)
    _bars(client, 110)
    client.wait("error", lambda *call: (call[0], call[2]) == (110, 10197))
    control.do("next_request", request="ReqHistoricalData", code=2174, serve=True)
    _bars(client, 111)
    client.wait("historicalDataEnd", lambda number, *_: number == 111)
    assert [number for number, _ in client.errors(2174)] == [111]


def test_halted_symbol_does_not_trade(control: Control, client: StockClient) -> None:
    """Its quotes say so; the order fills when trading resumes."""
    client.ask.reqMktData(120, ibapi_stock("IBM"), "", False, False, [])
    client.wait("tickGeneric", lambda _, kind, value: (kind, value) == (49, 0))
    control.do("halt", symbol="IBM")
    client.wait("tickGeneric", lambda number, kind, value: (number, kind, value) == (120, 49, 1))
    mark = client.mark()
    order_id = _order(client)
    client.wait("orderStatus", lambda number, *_: number == order_id)
    with pytest.raises(TimeoutError):
        client.wait("execDetails", since=mark, timeout_s=0.4)
    control.do("resume", symbol="IBM")
    client.wait("execDetails", since=mark)
    client.ask.cancelMktData(120)


async def test_ib_async_lives_through_a_drop_and_comes_back() -> None:
    """It notices at once; the second connection sees the same account."""
    from ib_async import IB

    from ib_provider.simulator.faults import actions as a
    from ib_provider.simulator.faults.fault_plan import Step

    step = Step(action=a.Drop(), upon="ReqCurrentTime")
    async with SimulatedGateway(quick_options(faults=(step,))) as gateway:
        ib = IB()
        gone: list[bool] = []
        ib.disconnectedEvent += lambda: gone.append(True)
        await ib.connectAsync("127.0.0.1", gateway.port, clientId=1)
        with pytest.raises(ConnectionError):
            await ib.reqCurrentTimeAsync()
        assert gone == [True]
        await ib.connectAsync("127.0.0.1", gateway.port, clientId=1)
        assert ib.managedAccounts() == ["DU1000001"]
        ib.disconnect()
