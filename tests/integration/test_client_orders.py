# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Execution, Order, OrderState, OrderStatus, OrderType, Side
from ib_provider.errors import (
    ConnectionLost,
    IbProviderError,
    InvalidOrder,
    OrderOutcomeUnknown,
    OrderRejected,
    RequestFailed,
    RequestTimeout,
    WrongAccount,
)
from tests.support.scripted_gateway import ACCOUNT, Peer, ScriptedGateway

AAPL = Contract(con_id=265598, symbol="AAPL", exchange="SMART", currency="USD")
ORDER = Order(
    side=Side.BUY,
    quantity=Decimal(10),
    order_type=OrderType.LIMIT,
    account=ACCOUNT,
    order_ref="ref-1",
    limit_price=Decimal("100.5"),
)
EXECUTION = (
    *(265598, "AAPL", "STK", "", 0, "", "", "IEX", "USD", "AAPL", "NMS"),
    *("x.01", "20260413 15:27:04 US/Eastern", ACCOUNT, "IEX", "BOT", 10, "100.5", 9001, 0, 0),
    *(10, "100.5", "ref-1", "", 0, "", 1, 0, ""),
)


def endpoint(port: int, *, timeout_s: float = 20.0) -> Endpoint:
    return Endpoint(port=port, request_timeout_s=timeout_s)


async def place(client: IbClient, order: Order = ORDER) -> OrderState:
    return await client.place_order(client.next_order_id(), AAPL, order)


async def test_place_order_returns_the_first_acknowledgement() -> None:
    """The broker's first word is the answer, with the order as it was sent."""

    async def accept(peer: Peer) -> None:
        fields = await peer.expect(3)
        assert fields[1] == "1"
        assert {"ref-1", ACCOUNT, "100.5", "LMT"} <= set(fields)
        peer.order_status(1, "PreSubmitted")
        await asyncio.sleep(30)

    async with ScriptedGateway(accept) as gateway, IbClient(endpoint(gateway.port)) as client:
        state = await place(client)
        assert (state.status, state.perm_id) == (OrderStatus.PRE_SUBMITTED, 9001)
        assert (state.order, state.contract) == (ORDER, AAPL)


@pytest.mark.parametrize(
    "code",
    [103, 104, 105, 106, 107, 109, 110, 200, 201, 202, 203, 321, 387, 388, 435, 460, 10006, 10289],
)
async def test_place_order_refused_is_raised_at_once(code: int) -> None:
    """Whichever code says no, it says so now and with its text."""

    async def refuse(peer: Peer) -> None:
        await peer.expect(3)
        peer.error(1, code, "Order rejected - reason: test")
        await asyncio.sleep(30)

    async with ScriptedGateway(refuse) as gateway, IbClient(endpoint(gateway.port)) as client:
        started = time.monotonic()
        with pytest.raises(OrderRejected, match="reason: test") as caught:
            await place(client)
        assert time.monotonic() - started < 2
        assert (caught.value.code, caught.value.order_ref) == (code, "ref-1")


async def test_place_order_inactive_then_refused_is_a_rejection() -> None:
    """A gateway may say Inactive a moment before it says why."""

    async def refuse(peer: Peer) -> None:
        await peer.expect(3)
        peer.order_status(1, "Inactive")
        await peer.writer.drain()
        await asyncio.sleep(0.05)
        peer.error(1, 201, "Order rejected - reason: no margin")
        await asyncio.sleep(30)

    async with ScriptedGateway(refuse) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(OrderRejected, match="no margin"):
            await place(client)


async def test_place_order_inactive_and_nothing_more_is_its_state() -> None:
    """An order that rests inactive, such as a short being located, is no rejection."""

    async def hold(peer: Peer) -> None:
        await peer.expect(3)
        peer.order_status(1, "Inactive")
        await asyncio.sleep(30)

    async with ScriptedGateway(hold) as gateway, IbClient(endpoint(gateway.port)) as client:
        assert (await place(client)).status is OrderStatus.INACTIVE


@pytest.mark.parametrize("code", [399, 404, 2109, 10349])
async def test_place_order_with_a_notice_lives_and_carries_it(code: int) -> None:
    """A message about an order is attached to it; only the acknowledgement answers."""

    async def warn(peer: Peer) -> None:
        await peer.expect(3)
        peer.error(1, code, "Order Message:\nWarning: not before 09:30")
        peer.order_status(1, "PreSubmitted")
        await asyncio.sleep(30)

    async with ScriptedGateway(warn) as gateway, IbClient(endpoint(gateway.port)) as client:
        state = await place(client)
        assert state.status is OrderStatus.PRE_SUBMITTED
        assert "not before 09:30" in state.warning


async def test_place_order_with_an_unknown_error_and_no_word_is_unknown() -> None:
    """A code that we do not know proves neither that it works nor that it does not."""

    async def puzzle(peer: Peer) -> None:
        await peer.expect(3)
        peer.error(1, 98765, "A message of tomorrow")
        await asyncio.sleep(30)

    async with ScriptedGateway(puzzle) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(OrderOutcomeUnknown, match="98765"):
            await place(client)


async def test_place_order_with_no_answer_times_out_and_is_not_cancelled() -> None:
    """Nobody knows whether it works: the caller asks, the client does not undo."""
    received: list[str] = []

    async def stay_silent(peer: Peer) -> None:
        await peer.expect(3)
        received.extend((await peer.receive())[:1])

    async with (
        ScriptedGateway(stay_silent) as gateway,
        IbClient(endpoint(gateway.port, timeout_s=0.2)) as client,
    ):
        with pytest.raises(RequestTimeout, match="order ref-1"):
            await place(client)
    assert received == []


async def test_place_order_when_the_link_dies_is_lost() -> None:
    """A lost link says nothing of the order."""

    async def hang_up(peer: Peer) -> None:
        await peer.expect(3)
        await peer.hang_up()

    async with ScriptedGateway(hang_up) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(ConnectionLost, match="order ref-1"):
            await place(client)


async def test_place_order_that_must_not_be_sent_sends_nothing() -> None:
    """Refused here, not one byte leaves."""

    async def see_nothing(peer: Peer) -> None:
        await peer.expect(49)
        peer.send(49, 1, 1362409200)

    async with ScriptedGateway(see_nothing) as gateway, IbClient(endpoint(gateway.port)) as client:
        for bad in (
            replace(ORDER, quantity=Decimal(0)),
            replace(ORDER, limit_price=Decimal("NaN")),
            replace(ORDER, limit_price=None),
            replace(ORDER, account=""),
            replace(ORDER, order_ref=""),
        ):
            with pytest.raises(InvalidOrder):
                await place(client, bad)
        with pytest.raises(WrongAccount):
            await place(client, replace(ORDER, account="U1"))
        await client.current_time()


async def test_place_order_twice_is_refused_whatever_became_of_the_first() -> None:
    """An order_ref goes out once a connection, even when its answer never came."""

    async def stay_silent(peer: Peer) -> None:
        await peer.expect(3)
        await peer.expect(49)
        peer.send(49, 1, 1362409200)

    async with (
        ScriptedGateway(stay_silent) as gateway,
        IbClient(endpoint(gateway.port, timeout_s=0.3)) as client,
    ):
        with pytest.raises(RequestTimeout):
            await place(client)
        with pytest.raises(InvalidOrder, match="sent on this connection"):
            await place(client)
        with pytest.raises(InvalidOrder, match="order id 1 was used"):
            await client.place_order(1, AAPL, replace(ORDER, order_ref="ref-2"))
        await client.current_time()


async def test_place_order_not_transmitted_waits_for_nobody() -> None:
    """A gateway answers nothing to an order that it only keeps."""

    async def keep(peer: Peer) -> None:
        await peer.expect(3)
        await peer.expect(49)
        peer.send(49, 1, 1362409200)

    async with ScriptedGateway(keep) as gateway, IbClient(endpoint(gateway.port)) as client:
        state = await place(client, replace(ORDER, transmit=False))
        assert state.status is OrderStatus.API_PENDING
        await client.current_time()


async def test_an_orders_error_never_answers_a_request() -> None:
    """Ids of orders and of requests are different spaces."""

    async def mix(peer: Peer) -> None:
        await peer.expect(49)
        for order_id in range(4):
            peer.error(order_id, 201, "Order rejected - reason: of an order")
        peer.send(49, 1, 1362409200)

    async with ScriptedGateway(mix) as gateway, IbClient(endpoint(gateway.port)) as client:
        assert await client.current_time()


async def test_an_order_id_in_the_space_of_requests_is_never_used() -> None:
    """An id that could be both an order's and a request's would give an error to the wrong one."""

    async def nothing(_peer: Peer) -> None:
        await asyncio.sleep(30)

    async with (
        ScriptedGateway(nothing, next_id=2**30 + 7) as gateway,
        IbClient(endpoint(gateway.port)) as client,
    ):
        with pytest.raises(IbProviderError):
            await client.place_order(2**30 + 7, AAPL, ORDER)


async def test_order_events_reach_every_subscriber_once_each() -> None:
    """Duplicates and any order of status, execution and commission are one story."""

    async def fill(peer: Peer) -> None:
        await peer.expect(3)
        for _ in range(2):
            peer.order_status(1, "Submitted")
        for _ in range(2):
            peer.order_status(1, "Filled", filled=10, remaining=0)
        for _ in range(2):
            peer.send(59, 1, "x.01", "1.25", "USD", "1.7976931348623157E308", "0", 0)
        for _ in range(2):
            peer.send(11, -1, 1, *EXECUTION)
        peer.order_status(1, "Submitted")
        await peer.writer.drain()
        await asyncio.sleep(0.05)
        await peer.hang_up()

    async def collect(client: IbClient, seen: list[str]) -> None:
        async with client.order_events() as events:
            async for news in events:
                seen.append(str(getattr(news, "status", type(news).__name__)))

    async with ScriptedGateway(fill) as gateway, IbClient(endpoint(gateway.port)) as client:
        seen: tuple[list[str], list[str]] = ([], [])
        tasks = [asyncio.ensure_future(collect(client, into)) for into in seen]
        await asyncio.sleep(0)
        await place(client)
        ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert all(isinstance(end, ConnectionLost) for end in ends)
    assert seen[0] == seen[1] == ["Submitted", "Filled", "Commission", "Execution"]


async def test_order_rejected_after_its_acknowledgement_is_news() -> None:
    """A refusal that comes late reaches whoever follows the order."""

    async def refuse_late(peer: Peer) -> None:
        await peer.expect(3)
        peer.order_status(1, "PendingSubmit")
        await peer.writer.drain()
        await asyncio.sleep(0.05)
        peer.error(1, 201, "Order rejected - reason: late")
        await asyncio.sleep(30)

    async with ScriptedGateway(refuse_late) as gateway, IbClient(endpoint(gateway.port)) as client:
        async with client.order_events() as events:
            assert (await place(client)).status is OrderStatus.PENDING_SUBMIT
            await anext(events)
            news = await asyncio.wait_for(anext(events), 5)
        assert isinstance(news, OrderState)
        assert (news.status, "late" in news.warning) == (OrderStatus.INACTIVE, True)


async def test_order_events_on_a_dead_link_end_at_once() -> None:
    """Nobody waits for news that cannot come."""

    async def leave(peer: Peer) -> None:
        await peer.hang_up()

    async with ScriptedGateway(leave) as gateway, IbClient(endpoint(gateway.port)) as client:
        with pytest.raises(ConnectionLost):
            await client.current_time()
        async with client.order_events() as events:
            with pytest.raises(ConnectionLost):
                await asyncio.wait_for(anext(events), 5)


async def test_cancel_order_returns_its_final_state() -> None:
    """Cancelled is the answer; PendingCancel is not yet one."""

    async def cancel(peer: Peer) -> None:
        await peer.expect(3)
        peer.order_status(1, "Submitted")
        assert (await peer.expect(4))[1] == "1"
        peer.order_status(1, "PendingCancel")
        peer.order_status(1, "Cancelled")
        peer.error(1, 202, "Order Canceled - reason:")
        await asyncio.sleep(30)

    async with ScriptedGateway(cancel) as gateway, IbClient(endpoint(gateway.port)) as client:
        state = await place(client)
        assert (await client.cancel_order(state.order_id)).status is OrderStatus.CANCELLED
        assert (await client.cancel_order(state.order_id)).status is OrderStatus.CANCELLED


@pytest.mark.parametrize("code", [135, 136, 161, 321, 10147, 10148])
async def test_cancel_order_refused_is_raised_and_the_order_lives(code: int) -> None:
    """A cancel that failed changes nothing about the order."""

    async def refuse(peer: Peer) -> None:
        await peer.expect(3)
        peer.order_status(1, "Submitted")
        await peer.expect(4)
        peer.error(1, code, "cannot be cancelled")
        await asyncio.sleep(30)

    async with ScriptedGateway(refuse) as gateway, IbClient(endpoint(gateway.port)) as client:
        state = await place(client)
        with pytest.raises(RequestFailed, match="cancel order 1"):
            await client.cancel_order(state.order_id)
        async with client.order_events() as events:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(events), 0.05)


async def test_executions_join_commissions_that_come_late() -> None:
    """A commission may come after the end of the list; one that never comes is None."""

    async def answer(peer: Peer) -> None:
        fields = await peer.expect(7)
        identifier = fields[2]
        peer.send(11, identifier, 1, *EXECUTION)
        peer.send(55, 1, identifier)
        await peer.writer.drain()
        await asyncio.sleep(0.1)
        peer.send(59, 1, "x.01", "1.25", "USD", "3.5", "0", 0)
        await asyncio.sleep(30)

    async with ScriptedGateway(answer) as gateway, IbClient(endpoint(gateway.port)) as client:
        (fill,) = await client.executions()
        assert isinstance(fill.execution, Execution)
        assert fill.execution.price == Decimal("100.5")
        assert fill.commission is not None
        assert (fill.commission.commission, fill.commission.realized_pnl) == (
            Decimal("1.25"),
            Decimal("3.5"),
        )


async def test_executions_without_their_end_time_out() -> None:
    """Real gateways leave it out: that is not "no executions"."""

    async def no_end(peer: Peer) -> None:
        await peer.expect(7)
        await asyncio.sleep(30)

    async with (
        ScriptedGateway(no_end) as gateway,
        IbClient(endpoint(gateway.port, timeout_s=0.2)) as client,
    ):
        with pytest.raises(RequestTimeout, match="executions"):
            await client.executions()
