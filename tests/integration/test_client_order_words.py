# SPDX-License-Identifier: Apache-2.0
"""What a gateway may say of orders out of turn: the defects that others were seen to have."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Execution, Order, OrderState, OrderStatus, OrderType, Side
from ib_provider.errors import RequestFailed, RequestTimeout
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


def session(gateway: ScriptedGateway, *, timeout_s: float = 20.0) -> IbClient:
    return IbClient(Endpoint(port=gateway.port, request_timeout_s=timeout_s))


async def place(client: IbClient) -> OrderState:
    return await client.place_order(client.next_order_id(), AAPL, ORDER)


async def accept(peer: Peer) -> None:
    await peer.expect(3)
    peer.order_status(1, "Submitted")


@pytest.mark.parametrize("code", [104, 105, 110, 201, 321])
async def test_change_refused_is_raised_at_once_and_is_no_rejection(code: int) -> None:
    """Which of the two the order is now is the broker's to say: the caller asks."""

    async def refuse(peer: Peer) -> None:
        await accept(peer)
        await peer.expect(3)
        peer.error(1, code, "no such change")
        await asyncio.sleep(30)

    async with ScriptedGateway(refuse) as gateway, session(gateway) as client:
        await place(client)
        async with client.order_events() as news:
            with pytest.raises(
                RequestFailed, match=r"change order ref-1.*no such change"
            ) as caught:
                await client.modify_order(1, replace(ORDER, limit_price=Decimal(101)))
            assert caught.value.code == code
            state = await anext(news)
        assert isinstance(state, OrderState)
        assert (state.status, state.order) == (OrderStatus.SUBMITTED, ORDER)
        assert "no such change" in state.warning


async def test_change_without_an_answer_times_out_and_sends_no_second_one() -> None:
    """After an outage two live orders would be the price of a guess."""
    messages: list[str] = []

    async def swallow(peer: Peer) -> None:
        await accept(peer)
        messages.append((await peer.expect(3))[1])
        await asyncio.sleep(30)

    async with ScriptedGateway(swallow) as gateway, session(gateway, timeout_s=0.5) as client:
        await place(client)
        with pytest.raises(RequestTimeout, match="change order ref-1"):
            await client.modify_order(1, replace(ORDER, limit_price=Decimal(101)))
    assert messages == ["1"]


async def test_status_of_the_old_terms_does_not_answer_a_change() -> None:
    """A status repeats nothing of the order: it may have been on its way before the change."""

    async def repeat(peer: Peer) -> None:
        await accept(peer)
        await peer.expect(3)
        peer.order_status(1, "Submitted")
        await asyncio.sleep(30)

    async with ScriptedGateway(repeat) as gateway, session(gateway, timeout_s=0.5) as client:
        await place(client)
        with pytest.raises(RequestTimeout):
            await client.modify_order(1, replace(ORDER, limit_price=Decimal(101)))


async def test_order_that_fills_under_a_change_is_returned_as_it_ended() -> None:
    """Nothing is left to change, and that is an answer."""

    async def fill(peer: Peer) -> None:
        await accept(peer)
        await peer.expect(3)
        peer.order_status(1, "Filled", filled=10)
        await asyncio.sleep(30)

    async with ScriptedGateway(fill) as gateway, session(gateway) as client:
        await place(client)
        state = await client.modify_order(1, replace(ORDER, limit_price=Decimal(101)))
        assert (state.status, state.filled) == (OrderStatus.FILLED, 10)


def execution(exec_id: str, price: str) -> tuple[object, ...]:
    return (
        *(265598, "AAPL", "STK", "", 0, "", "", "IEX", "USD", "AAPL", "NMS"),
        *(exec_id, "20260413 15:27:04 US/Eastern", ACCOUNT, "IEX", "BOT", 10, price, 9001, 0, 0),
        *(10, price, "ref-1", "", 0, "", 1, 0, ""),
    )


async def test_corrected_execution_replaces_the_one_it_corrects() -> None:
    """Ten shares were bought once, at the corrected price, with the correction's commission."""

    async def correct(peer: Peer) -> None:
        fields = await peer.expect(7)
        request_id = next(int(field) for field in fields if int(field or 0) >= 2**30)
        for exec_id, price in (("0000e0d5.69dd7411.01.01", "100.5"),
                               ("0000e0d5.69dd7411.01.02", "100.25")):  # fmt: skip
            peer.send(11, request_id, 1, *execution(exec_id, price))
        peer.send(55, 1, request_id)
        peer.send(59, 1, "0000e0d5.69dd7411.01.02", "1.25", "USD", "1.7976931348623157E308", "", 0)
        await asyncio.sleep(30)

    async with ScriptedGateway(correct) as gateway, session(gateway) as client:
        (fill,) = await client.executions()
        assert isinstance(fill.execution, Execution)
        assert (fill.execution.price, fill.execution.quantity) == (Decimal("100.25"), 10)
        assert fill.commission is not None
        assert fill.commission.commission == Decimal("1.25")
        assert fill.commission.realized_pnl is None
