# SPDX-License-Identifier: Apache-2.0
"""The client's questions about the past, to a gateway that says what a test wrote down.

One error code has seven meanings here. No data, no answer and no permission stay three things.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSpec
from ib_provider.domain.contract import Contract
from ib_provider.errors import (
    InvalidRequest,
    NoMarketDataPermission,
    PacingViolation,
    QueryCancelled,
    RemoteProtocolError,
    RequestFailed,
    RequestTimeout,
    SessionElsewhere,
    UnexplainedRefusal,
)
from tests.support.scripted_gateway import Peer, ScriptedGateway

AAPL = Contract(
    con_id=265598, symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
)
HMDS = "Historical Market Data Service error message:"
START = datetime(2013, 3, 4, 14, 30, tzinfo=UTC)

#: What a later try may bring an answer to.
RETRIED = (PacingViolation, QueryCancelled, UnexplainedRefusal)

Ask = Callable[[IbClient], Awaitable[Any]]


def bars(client: IbClient) -> Awaitable[Any]:
    return client.historical_bars(AAPL, BarSpec(), end=None, duration="5 D")


def head(client: IbClient) -> Awaitable[Any]:
    return client.head_timestamp(AAPL)


def schedule(client: IbClient) -> Awaitable[Any]:
    return client.schedule(AAPL)


def histogram(client: IbClient) -> Awaitable[Any]:
    return client.histogram(AAPL)


def trades(client: IbClient) -> Awaitable[Any]:
    return client.historical_trades(AAPL, start=START)


def endpoint(port: int, *, timeout_s: float = 20.0) -> Endpoint:
    return Endpoint(port=port, request_timeout_s=timeout_s)


def request_id(fields: list[str]) -> int:
    """Return the request id of a message: the one field that is far above everything else."""
    return next(int(field) for field in fields if field.isdigit() and int(field) >= 2**30)


def refusing(code: int, message: str) -> Callable[[Peer], Awaitable[None]]:
    async def refuse(peer: Peer) -> None:
        peer.error(request_id(await peer.receive()), code, message)
        await asyncio.sleep(30)

    return refuse


@pytest.mark.parametrize("ask", [bars, head, schedule, histogram, trades])
@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (162, f"{HMDS}Historical data request pacing violation", PacingViolation),
        (162, f"{HMDS}No market data permissions for NYSE STK", NoMarketDataPermission),
        (162, f"{HMDS}invalid step", InvalidRequest),
        (162, f"{HMDS}API historical data query cancelled: 7", QueryCancelled),
        (
            162,
            f"{HMDS}Trading TWS session is connected from a different IP address",
            SessionElsewhere,
        ),
        (162, "HMDS: la consulta no ha devuelto datos", UnexplainedRefusal),
        (10187, "Failed to request:No market data permissions", NoMarketDataPermission),
    ],
)
async def test_refusal_of_the_history_service_has_a_type_of_its_own(
    ask: Ask, code: int, message: str, kind: type[RequestFailed]
) -> None:
    """Whoever catches it knows whether to wait, to ask otherwise, or to call a person."""
    async with (
        ScriptedGateway(refusing(code, message)) as gateway,
        IbClient(endpoint(gateway.port)) as client,
    ):
        with pytest.raises(RequestFailed) as caught:
            await ask(client)
        assert type(caught.value) is kind
        assert caught.value.transient == (kind in RETRIED)


@pytest.mark.parametrize(("ask", "empty"), [(head, None), (histogram, []), (trades, [])])
async def test_no_data_in_so_many_words_is_an_empty_answer(ask: Ask, empty: Any) -> None:
    """Only IB's own "no data" is one."""
    script = refusing(162, f"{HMDS}HMDS query returned no data: AAPL@SMART Trades")
    async with ScriptedGateway(script) as gateway, IbClient(endpoint(gateway.port)) as client:
        assert await ask(client) == empty


@pytest.mark.parametrize(
    ("ask", "asked", "cancelled"),
    [(bars, 20, 25), (schedule, 20, 25), (head, 87, 90), (histogram, 88, 89)],
)
async def test_no_answer_is_no_emptiness_and_is_called_off(
    ask: Ask, asked: int, cancelled: int
) -> None:
    """The gateway counts an open request until it is told that nobody waits."""
    done = asyncio.Event()

    async def stay_silent(peer: Peer) -> None:
        identifier = request_id(await peer.expect(asked))
        assert request_id(await peer.expect(cancelled)) == identifier
        done.set()
        await asyncio.sleep(30)

    async with (
        ScriptedGateway(stay_silent) as gateway,
        IbClient(endpoint(gateway.port, timeout_s=0.2)) as client,
    ):
        with pytest.raises(RequestTimeout):
            await ask(client)
        await asyncio.wait_for(done.wait(), 5)


async def test_head_that_was_answered_is_closed_at_the_gateway() -> None:
    """An answered head stays open there, and counts, until it is cancelled."""
    done = asyncio.Event()

    async def answer(peer: Peer) -> None:
        identifier = request_id(await peer.expect(87))
        peer.send(88, identifier, "345479400")
        assert request_id(await peer.expect(90)) == identifier
        done.set()
        await asyncio.sleep(30)

    async with ScriptedGateway(answer) as gateway, IbClient(endpoint(gateway.port)) as client:
        assert await client.head_timestamp(AAPL) == datetime(1980, 12, 12, 14, 30, tzinfo=UTC)
        await asyncio.wait_for(done.wait(), 5)


async def test_ticks_that_come_in_parts_are_one_page() -> None:
    """The last part says that it is the last."""

    async def answer(peer: Peer) -> None:
        identifier = request_id(await peer.expect(96))
        peer.send(98, identifier, 1, 1362407400, 0, "10.5", "100", "NYSE", "", 0)
        peer.send(98, identifier, 1, 1362407401, 2, "10.6", "200", "ARCA", "I", 1)
        await asyncio.sleep(30)

    async with ScriptedGateway(answer) as gateway, IbClient(endpoint(gateway.port)) as client:
        found = await client.historical_trades(AAPL, start=START)
    assert [(tick.price, tick.size, tick.exchange, tick.conditions) for tick in found] == [
        (10.5, 100, "NYSE", ""),
        (10.6, 200, "ARCA", "I"),
    ]
    assert [tick.unreported for tick in found] == [False, True]
    assert found[0].ts == START


async def test_schedule_is_read_from_the_words_of_a_real_gateway() -> None:
    """Local times of the zone named, and the day each session counts for."""

    async def answer(peer: Peer) -> None:
        identifier = request_id(await peer.expect(20))
        span = ("20260312-09:30:00", "20260313-16:00:00", "US/Eastern")
        first = ("20260312-09:30:00", "20260312-16:00:00", "20260312")
        second = ("20260313-09:30:00", "20260313-16:00:00", "20260313")
        peer.send(106, identifier, *span, 2, *first, *second)
        await asyncio.sleep(30)

    async with ScriptedGateway(answer) as gateway, IbClient(endpoint(gateway.port)) as client:
        found = await client.schedule(AAPL, duration="2 D")
    assert [row.session for row in found.sessions] == [date(2026, 3, 12), date(2026, 3, 13)]
    assert found.sessions[0].open == datetime(2026, 3, 12, 13, 30, tzinfo=UTC)


async def test_answer_that_cannot_be_read_fails_its_question_only() -> None:
    """A head that is no time is nobody's beginning of the data."""

    async def answer(peer: Peer) -> None:
        peer.send(88, request_id(await peer.expect(87)), "soon")
        await peer.expect(90)
        peer.send(88, request_id(await peer.expect(87)), "1362407400")
        await asyncio.sleep(30)

    async with ScriptedGateway(answer) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(RemoteProtocolError, match="soon"):
            await client.head_timestamp(AAPL)
        assert await client.head_timestamp(AAPL, rth=False) == START
