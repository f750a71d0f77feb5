# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.contract import Contract
from ib_provider.errors import (
    ConnectionLost,
    InvalidRequest,
    NoMarketDataPermission,
    NoSecurityDefinition,
    PacingViolation,
    RemoteProtocolError,
    RequestFailed,
    RequestTimeout,
    UnexplainedRefusal,
)
from tests.support.scripted_gateway import ACCOUNT, Peer, ScriptedGateway

AAPL = Contract(
    con_id=265598, symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
)
HMDS = "Historical Market Data Service error message:"

Ask = Callable[[IbClient], Awaitable[Any]]


def details(client: IbClient) -> Awaitable[Any]:
    return client.contract_details(AAPL)


def bars(client: IbClient) -> Awaitable[Any]:
    return client.historical_bars(AAPL, BarSpec(), end=None, duration="5 D")


def quote(client: IbClient) -> Awaitable[Any]:
    return client.quote(AAPL)


def summary(client: IbClient) -> Awaitable[Any]:
    return client.account_summary(("NetLiquidation",))


def executions(client: IbClient) -> Awaitable[Any]:
    return client.executions()


def positions(client: IbClient) -> Awaitable[Any]:
    return client.positions()


def open_orders(client: IbClient) -> Awaitable[Any]:
    return client.open_orders()


def completed(client: IbClient) -> Awaitable[Any]:
    return client.completed_orders()


def endpoint(port: int, *, timeout_s: float = 20.0) -> Endpoint:
    return Endpoint(port=port, request_timeout_s=timeout_s)


def request_id(fields: list[str]) -> str:
    """Return the request id of a message: the one field that is far above everything else."""
    return next(field for field in fields if field.isdigit() and int(field) >= 2**30)


@pytest.mark.parametrize(
    ("ask", "code", "message", "kind"),
    [
        (details, 200, "No security definition has been found", NoSecurityDefinition),
        (bars, 162, f"{HMDS}Historical data request pacing violation", PacingViolation),
        (bars, 162, f"{HMDS}No market data permissions for NYSE STK", NoMarketDataPermission),
        (bars, 162, f"{HMDS}something nobody has seen yet", UnexplainedRefusal),
        (bars, 366, "No historical data query found", RequestFailed),
        (quote, 354, "Requested market data is not subscribed.", NoMarketDataPermission),
        (summary, 321, "Error validating request", InvalidRequest),
        (executions, 320, "Error reading request", RequestFailed),
        (details, 99999, "a code of tomorrow", RequestFailed),
    ],
)
async def test_ask_an_error_is_raised_at_once(
    ask: Ask, code: int, message: str, kind: type[RequestFailed]
) -> None:
    """Once IB has answered no, nobody waits for the time limit."""

    async def refuse(peer: Peer) -> None:
        peer.error(int(request_id(await peer.receive())), code, message)
        await asyncio.sleep(30)

    async with ScriptedGateway(refuse) as gateway, IbClient(endpoint(gateway.port)) as client:
        started = time.monotonic()
        with pytest.raises(kind) as caught:
            await ask(client)
        assert time.monotonic() - started < 2
        assert caught.value.code == code
        assert type(caught.value) is kind


@pytest.mark.parametrize("ask", [positions, open_orders, completed])
async def test_ask_without_a_request_id_fails_at_an_error_without_one(ask: Ask) -> None:
    """A read-only gateway refuses a list with an error of the session's."""

    async def refuse(peer: Peer) -> None:
        await peer.receive()
        peer.error(-1, 321, "The API interface is currently in Read-Only mode.")
        await asyncio.sleep(30)

    async with ScriptedGateway(refuse) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(RequestFailed, match="Read-Only"):
            await ask(client)


async def test_ask_for_bars_with_no_data_is_empty() -> None:
    """Only IB's own "no data" is an empty answer."""

    async def nothing(peer: Peer) -> None:
        fields = await peer.expect(20)
        peer.error(int(request_id(fields)), 162, f"{HMDS}HMDS query returned no data: AAPL@SMART")
        await asyncio.sleep(30)

    async with ScriptedGateway(nothing) as gateway, IbClient(endpoint(gateway.port)) as client:
        assert (await bars(client)).num_rows == 0


@pytest.mark.parametrize("code", [2174, 2137, 10167, 399])
async def test_ask_a_notice_about_a_request_does_not_fail_it(code: int) -> None:
    """A warning is not an answer."""

    async def warn(peer: Peer) -> None:
        identifier = request_id(await peer.expect(1))
        peer.error(int(identifier), code, "Warning")
        peer.send(58, 1, identifier, 3)
        peer.send(1, 6, identifier, 66, "188.50", "100", 0)
        peer.send(57, 1, identifier)
        await asyncio.sleep(30)

    async with ScriptedGateway(warn) as gateway, IbClient(endpoint(gateway.port)) as client:
        found = await client.quote(AAPL)
        assert (str(found.bid), str(found.bid_size), found.data_type) == ("188.5", "100", 3)


@pytest.mark.parametrize(
    ("ask", "cancel_id"), [(bars, 25), (quote, 2), (summary, 63), (positions, 64)]
)
async def test_ask_with_no_answer_times_out_and_is_called_off(ask: Ask, cancel_id: int) -> None:
    """A request nobody waits for is cancelled at the gateway, under its own id."""
    seen: list[list[str]] = []
    done = asyncio.Event()

    async def stay_silent(peer: Peer) -> None:
        seen.append(await peer.receive())
        seen.append(await peer.expect(cancel_id))
        done.set()
        await asyncio.sleep(30)

    async with (
        ScriptedGateway(stay_silent) as gateway,
        IbClient(endpoint(gateway.port, timeout_s=0.2)) as client,
    ):
        with pytest.raises(RequestTimeout, match=r"no answer within 0\.2 s"):
            await ask(client)
        await asyncio.wait_for(done.wait(), 5)
    if cancel_id != 64:
        assert request_id(seen[0]) in seen[1]


async def test_ask_cancelled_by_its_task_is_called_off() -> None:
    """A task that is cancelled leaves no request open behind it."""
    asked, cancelled = asyncio.Event(), asyncio.Event()

    async def watch(peer: Peer) -> None:
        await peer.expect(20)
        asked.set()
        await peer.expect(25)
        cancelled.set()
        await asyncio.sleep(30)

    async with ScriptedGateway(watch) as gateway, IbClient(endpoint(gateway.port)) as client:
        task = asyncio.ensure_future(bars(client))
        await asyncio.wait_for(asked.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(cancelled.wait(), 5)


@pytest.mark.parametrize(
    "ask", [details, bars, quote, summary, executions, positions, open_orders, completed]
)
async def test_ask_when_the_link_dies_fails_at_once(ask: Ask) -> None:
    """A dead link answers nobody, and says so to everybody."""

    async def hang_up(peer: Peer) -> None:
        await peer.receive()
        await peer.hang_up()

    async with ScriptedGateway(hang_up) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(ConnectionLost, match="closed the connection"):
            await ask(client)
        assert not client.is_connected


async def test_ask_when_the_link_dies_fails_every_open_question() -> None:
    """All of them, each with its own words."""

    async def hang_up(peer: Peer) -> None:
        for _ in range(3):
            await peer.receive()
        await peer.hang_up()

    async with ScriptedGateway(hang_up) as gateway, IbClient(endpoint(gateway.port)) as client:
        answers = await asyncio.gather(
            details(client), bars(client), positions(client), return_exceptions=True
        )
        assert all(isinstance(answer, ConnectionLost) for answer in answers)
        assert [str(answer).split()[0] for answer in answers] == ["contract", "5", "positions:"]


async def test_ask_answered_with_what_cannot_be_decoded_ends_the_link() -> None:
    """A message that cannot be read leaves no trust in what follows."""

    async def babble(peer: Peer) -> None:
        identifier = request_id(await peer.expect(9))
        peer.send(10, identifier, "AAPL")
        await asyncio.sleep(30)

    async with ScriptedGateway(babble) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(ConnectionLost, match=r"message 10 .* cannot be decoded"):
            await details(client)


async def test_ask_answered_with_a_bad_row_fails_that_question_only() -> None:
    """One holding that cannot be read fails the list, not the connection."""

    async def answer(peer: Peer) -> None:
        await peer.expect(61)
        peer.send(61, 3, ACCOUNT, 1, "X", "STK", "", 0, "", "", "", "USD", "X", "X", "", "1.5")
        peer.send(62, 1)
        await peer.expect(64)
        await peer.expect(49)
        peer.send(49, 1, 1362409200)

    async with ScriptedGateway(answer) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(RemoteProtocolError, match="quantity is not set"):
            await client.positions()
        await client.current_time()


async def test_ask_again_after_a_timeout_is_not_ended_by_the_late_answer() -> None:
    """The end of the list that was given up does not end the next one early."""

    async def late(peer: Peer) -> None:
        await peer.expect(61)
        await peer.expect(64)
        await peer.expect(61)
        row = ("STK", "", 0, "", "", "", "USD")
        peer.send(61, 3, ACCOUNT, 1, "OLD", *row, "OLD", "OLD", "5", "1.5")
        peer.send(62, 1)
        peer.send(61, 3, ACCOUNT, 2, "NEW", *row, "NEW", "NEW", "7", "2.5")
        peer.send(62, 1)
        await asyncio.sleep(30)

    async with (
        ScriptedGateway(late) as gateway,
        IbClient(endpoint(gateway.port, timeout_s=0.5)) as client,
    ):
        with pytest.raises(RequestTimeout):
            await client.positions()
        (row,) = await client.positions()
        assert (row.contract.symbol, row.quantity) == ("NEW", Decimal(7))


async def test_ask_for_one_list_twice_at_once_asks_one_after_the_other() -> None:
    """Answers without an id cannot be told apart, so they never overlap."""

    async def one_by_one(peer: Peer) -> None:
        for stamp in (1362409200, 1362409201):
            await peer.expect(49)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.reader.read(1), 0.1)
            peer.send(49, 1, stamp)

    async with ScriptedGateway(one_by_one) as gateway, IbClient(endpoint(gateway.port)) as client:
        first, second = await asyncio.gather(client.current_time(), client.current_time())
        assert (second - first).total_seconds() == 1


async def test_ask_many_at_once_keeps_the_message_rate() -> None:
    """Beyond the burst, messages go out at the rate and no faster."""
    stamps: list[float] = []

    async def count(peer: Peer) -> None:
        while True:
            identifier = request_id(await peer.expect(9))
            stamps.append(time.monotonic())
            peer.error(int(identifier), 200, "none")

    async with ScriptedGateway(count) as gateway:
        slow = Endpoint(port=gateway.port, messages_per_s=50.0)
        async with IbClient(slow) as client:
            answers = await asyncio.gather(
                *(client.contract_details(replace(AAPL, con_id=one)) for one in range(1, 26)),
                return_exceptions=True,
            )
    assert all(isinstance(answer, NoSecurityDefinition) for answer in answers)
    assert stamps[-1] - stamps[0] >= (25 - 5 - 1) / 50 * 0.9


async def test_ask_for_intraday_bars_of_two_frames_is_one_table() -> None:
    """From version 196 an answer may be split; its end is a message of its own."""

    async def split(peer: Peer) -> None:
        fields = await peer.expect(20)
        identifier = request_id(fields)
        assert "1 min" in fields
        bar = ("10", "11", "9", "10.5", "100", "10.2", "7")
        peer.send(17, identifier, 1, "1362407400", *bar)
        peer.send(17, identifier, 1, "1362407460", *bar)
        peer.send(108, identifier, "", "")
        await asyncio.sleep(30)

    async with ScriptedGateway(split) as gateway, IbClient(endpoint(gateway.port)) as client:
        table = await client.historical_bars(
            AAPL, BarSpec(size=BarSize.MIN_1), end=None, duration="1 D"
        )
        assert [ts.minute for ts in table["ts"].to_pylist()] == [30, 31]


async def test_ask_for_an_answer_that_arrives_in_pages_loses_nothing() -> None:
    """Pages of 4096 bytes with pauses between, where ibapi's own socket code drops data."""
    count = 2000

    async def in_pages(peer: Peer) -> None:
        identifier = request_id(await peer.expect(20))
        rest = ("10", "11", "9", "10.5", "100", "10.2", "7")
        fields = [17, identifier, count]
        for minute in range(count):
            fields += [1362407400 + 60 * minute, *rest]
        payload = "".join(f"{field}\0" for field in fields).encode()
        data = len(payload).to_bytes(4, "big") + payload
        for at in range(0, len(data), 4096):
            peer.send_raw(data[at : at + 4096])
            await peer.writer.drain()
            await asyncio.sleep(0.002)
        peer.send(108, identifier, "", "")
        await asyncio.sleep(30)

    async with ScriptedGateway(in_pages) as gateway, IbClient(endpoint(gateway.port)) as client:
        table = await client.historical_bars(
            AAPL, BarSpec(size=BarSize.MIN_1), end=None, duration="5 D"
        )
        assert table.num_rows == count
