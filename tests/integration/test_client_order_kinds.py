# SPDX-License-Identifier: Apache-2.0
"""Every order we can write, asked about, placed, changed and cancelled at the simulated gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import (
    Order,
    OrderState,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
)
from ib_provider.domain.order_terms import (
    Algo,
    ExecutionCondition,
    MarginCondition,
    OcaType,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    TriggerMethod,
    VolumeCondition,
)
from ib_provider.errors import InvalidOrder, OrderRejected, RequestFailed
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway

ACCOUNT = "DU1000001"
AAPL = Contract(
    con_id=265598, symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
)
LOW, HIGH = Decimal(300), Decimal(600)  # AAPL stood near 440 on 26 February 2013
LATER = datetime(2013, 2, 27, 20, tzinfo=UTC)


def order(ref: str, kind: OrderType = OrderType.LIMIT, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "side": Side.BUY,
        "quantity": Decimal(10),
        "order_type": kind,
        "account": ACCOUNT,
        "order_ref": ref,
    }
    return Order(**(values | changes))


def resting(ref: str, **changes: Any) -> Order:
    return order(ref, **({"limit_price": LOW} | changes))


# The last version that is all text, and the newest that ibapi speaks in protobuf.
@pytest.fixture(params=[178, 200, 225])
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[SimulatedGateway]:
    options = SimulatorOptions(
        port=0, clock="2013-02-26T11:00:00-05:00", max_server_version=request.param
    )
    async with SimulatedGateway(options) as running:
        yield running


@pytest.fixture
async def client(gateway: SimulatedGateway) -> AsyncIterator[IbClient]:
    async with session(gateway) as connected:
        yield connected


def session(gateway: SimulatedGateway, *, client_id: int = 3) -> IbClient:
    return IbClient(Endpoint(port=gateway.port, client_id=client_id, request_timeout_s=20.0))


async def place(client: IbClient, wanted: Order) -> OrderState:
    return await client.place_order(client.next_order_id(), AAPL, wanted)


async def until_nothing_works(client: IbClient) -> None:
    """Ask until no order is open; the fixture's client has a bound on each answer."""
    for _ in range(100):
        if not await client.open_orders():
            return
        await asyncio.sleep(0.05)
    pytest.fail("orders stay open")


async def shown(client: IbClient, ref: str) -> OrderState:
    (found,) = [state for state in await client.open_orders() if state.order.order_ref == ref]
    return found


async def test_what_if_tells_margin_and_commission_and_makes_no_order(client: IbClient) -> None:
    """Its order_ref stays free, and neither list of orders knows of it."""
    wanted = resting("asked-1", quantity=Decimal(100))
    answer = await client.what_if(AAPL, wanted)
    margin = answer.initial_margin
    assert margin.before == 0
    assert margin.after == margin.change
    assert margin.after is not None
    assert 0 < margin.after <= 100 * LOW
    assert answer.equity_with_loan.before == 1_000_000
    costs = (answer.commission, answer.commission_low, answer.commission_high)
    assert any(cost is not None and 0 < cost < 100 for cost in costs)
    assert answer.commission_currency == "USD"
    assert answer.reject_reason == ""
    assert await client.open_orders() == ()
    assert await client.completed_orders() == ()
    placed = await place(client, wanted)
    assert (await shown(client, "asked-1")).perm_id == placed.perm_id


async def test_what_if_of_what_the_broker_does_not_know_is_an_error_at_once(
    client: IbClient,
) -> None:
    """An unknown contract has no margin; nothing was refused that was asked for."""
    unknown = Contract(symbol="NOSUCH", exchange="SMART", currency="USD")
    with pytest.raises(RequestFailed, match="what if") as caught:
        await client.what_if(unknown, resting("asked-2"))
    assert caught.value.code == 200
    with pytest.raises(InvalidOrder, match="needs a limit price"):
        await client.what_if(AAPL, order("asked-3"))


RESTING = [
    resting("lmt"),
    order("stp", OrderType.STOP, stop_price=HIGH),
    order("stp-lmt", OrderType.STOP_LIMIT, stop_price=HIGH, limit_price=HIGH + 1),
    order("mit", OrderType.MARKET_IF_TOUCHED, stop_price=LOW),
    order("lit", OrderType.LIMIT_IF_TOUCHED, stop_price=LOW, limit_price=LOW + 1),
    order("trail", OrderType.TRAILING_STOP, trail_amount=Decimal(40)),
    order("trail-pct", OrderType.TRAILING_STOP, trail_percent=Decimal("7.5")),
    order("trail-from", OrderType.TRAILING_STOP, trail_amount=Decimal(40),
          trail_stop_price=Decimal(465)),
    order("trail-lmt", OrderType.TRAILING_STOP_LIMIT, trail_amount=Decimal(40),
          limit_offset=Decimal(1), trail_stop_price=Decimal(465)),
    order("moc", OrderType.MARKET_ON_CLOSE),
    order("loc", OrderType.LIMIT_ON_CLOSE, limit_price=LOW),
    order("midprice", OrderType.MIDPRICE, limit_price=LOW),
    order("rel", OrderType.RELATIVE, offset=Decimal("0.05"), limit_price=LOW),
    resting("gtc", tif=TimeInForce.GTC),
    resting("opg", tif=TimeInForce.OPG),
    resting("gtd", tif=TimeInForce.GTD, good_till=LATER),
    resting("after", good_after=LATER),
    resting("outside", outside_rth=True),
    resting("trigger", trigger=TriggerMethod.LAST),
    resting("hidden", hidden=True),
    resting("all-or-none", all_or_none=True),
    resting("display", display_size=5),
    resting("minimum", min_quantity=4),
    resting("adaptive", algo=Algo(strategy="Adaptive",
                                  parameters=(("adaptivePriority", "Normal"),))),
    resting("oca", oca_group="group-1", oca_type=OcaType.REDUCE_WITH_BLOCK),
]  # fmt: skip


@pytest.mark.parametrize("wanted", RESTING, ids=lambda wanted: wanted.order_ref)
async def test_order_comes_back_as_it_was_sent(client: IbClient, wanted: Order) -> None:
    """No field is dropped on the way: the broker shows what was asked for."""
    await place(client, wanted)
    state = await shown(client, wanted.order_ref)
    assert not state.status.is_terminal
    # A trailing stop begins somewhere, which the broker tells where nobody asked.
    told = dict.fromkeys(("trail_stop_price", "limit_price", "stop_price"))
    changes: dict[str, Any] = {name: None for name in told if getattr(wanted, name) is None}
    assert replace(state.order, **changes) == wanted


CONDITIONS = (
    PriceCondition(con_id=265598, exchange="SMART", is_more=False, price=Decimal("300.5"),
                   trigger=TriggerMethod.LAST, is_and=False),
    TimeCondition(is_more=True, at=LATER),
    MarginCondition(is_more=False, percent=5),
    VolumeCondition(con_id=265598, exchange="SMART", is_more=True, volume=10**9),
    PercentChangeCondition(con_id=265598, exchange="SMART", is_more=True, percent=Decimal(20)),
    ExecutionCondition(symbol="IBM", security_type="STK", exchange="SMART"),
)  # fmt: skip


async def test_conditions_of_every_kind_come_back_as_they_were_sent(client: IbClient) -> None:
    """In their order, with how they are joined, and what they do."""
    wanted = resting("conditions", conditions=CONDITIONS, conditions_outside_rth=True)
    await place(client, wanted)
    # How the last one is joined to nothing says nothing.
    assert (await shown(client, "conditions")).order == wanted


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
async def test_order_that_does_not_wait_ends_unfilled(client: IbClient, tif: TimeInForce) -> None:
    """Nobody sells at that price now: the order is done, or inactive, and holds nothing."""
    state = await place(client, resting(f"now-{tif}", tif=tif))
    await until_nothing_works(client)
    assert state.filled == 0


async def test_bracket_works_when_its_last_order_is_transmitted(client: IbClient) -> None:
    """The children wait for the parent, and a cancel of the parent takes them along."""
    parent_id = client.next_order_id()
    parent = resting("parent", transmit=False)
    held = await client.place_order(parent_id, AAPL, parent)
    assert held.status is OrderStatus.API_PENDING
    assert await client.open_orders() == ()
    exits: dict[str, Any] = {"side": Side.SELL, "parent_id": parent_id}
    profit = replace(resting("profit", transmit=False, limit_price=HIGH), **exits)
    await place(client, profit)
    loss = order("loss", OrderType.STOP, stop_price=Decimal(250), **exits)
    await place(client, loss)
    states = {state.order.order_ref: state for state in await client.open_orders()}
    assert set(states) == {"parent", "profit", "loss"}
    assert {states[ref].order.parent_id for ref in ("profit", "loss")} == {parent_id}
    await client.cancel_order(parent_id)
    await until_nothing_works(client)


async def test_modify_changes_the_same_order(client: IbClient) -> None:
    """Its permId stays, and the answer shows the new terms."""
    wanted = resting("change-me")
    placed = await place(client, wanted)
    asked = replace(wanted, limit_price=Decimal(310), quantity=Decimal(12))
    changed = await client.modify_order(placed.order_id, asked)
    assert (changed.order.limit_price, changed.order.quantity) == (310, 12)
    assert changed.perm_id == placed.perm_id
    (only,) = await client.open_orders()
    assert only.order == asked


async def test_modify_after_a_reconnect_finds_the_order_by_what_the_broker_shows(
    gateway: SimulatedGateway,
) -> None:
    """A later task of the same client id can still manage it."""
    async with session(gateway) as first:
        placed = await place(first, resting("from-before", tif=TimeInForce.GTC))
    async with session(gateway) as second:
        asked = replace(placed.order, limit_price=Decimal(305))
        with pytest.raises(InvalidOrder, match="no such order of this client is known"):
            await second.modify_order(placed.order_id, asked)
        assert (await shown(second, "from-before")).perm_id == placed.perm_id
        changed = await second.modify_order(placed.order_id, asked)
        assert changed.order.limit_price == 305
        assert (await second.cancel_order(placed.order_id)).status is OrderStatus.CANCELLED


async def test_modify_of_what_is_done_or_would_be_another_order_sends_nothing(
    client: IbClient,
) -> None:
    """IB would take some of these for new orders."""
    placed = await place(client, resting("keep"))
    changes: list[dict[str, Any]] = [
        {"order_ref": "other"},
        {"side": Side.SELL},
        {"account": "DU2"},
        {"limit_price": Decimal("NaN")},
    ]
    for change in changes:
        with pytest.raises(InvalidOrder):
            await client.modify_order(placed.order_id, replace(placed.order, **change))
    assert (await shown(client, "keep")).order == resting("keep")
    await client.cancel_order(placed.order_id)
    with pytest.raises(InvalidOrder, match="it is Cancelled"):
        await client.modify_order(placed.order_id, resting("keep", limit_price=Decimal(301)))


async def test_modify_that_the_broker_refuses_leaves_the_order_as_it_was(client: IbClient) -> None:
    """A price between two ticks is no price."""
    placed = await place(client, resting("tick"))
    with pytest.raises(RequestFailed) as caught:
        await client.modify_order(placed.order_id, resting("tick", limit_price=Decimal("300.001")))
    assert caught.value.code == 110
    assert (await shown(client, "tick")).order == resting("tick")


async def test_cancel_all_ends_every_clients_orders(
    gateway: SimulatedGateway, client: IbClient
) -> None:
    """Those of another client too, which is why no plan uses it."""
    async with session(gateway, client_id=8) as other:
        await place(other, resting("of-another"))
        await place(client, resting("of-this"))
        hit = await client.cancel_all()
        assert {state.order.order_ref for state in hit} == {"of-another", "of-this"}
        assert await client.open_orders() == ()
        assert await other.open_orders() == ()


async def test_order_rejected_for_margin_says_so(client: IbClient) -> None:
    """Not stuck as if it were on its way."""
    with pytest.raises(OrderRejected) as caught:
        await place(client, order("too-much", OrderType.MARKET, quantity=Decimal(10**6)))
    assert caught.value.code == 201
    assert await client.open_orders() == ()
