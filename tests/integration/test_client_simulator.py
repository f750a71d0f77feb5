# SPDX-License-Identifier: Apache-2.0
"""The client and the simulated gateway over a real socket, at the versions where formats change.

178 is all text, 200 the last text version, 213 the first that is protobuf throughout, 225 the
newest that ibapi speaks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.bar_table import BAR_SCHEMA, bar_table_problems
from ib_provider.domain.contract import Contract
from ib_provider.domain.order import (
    Commission,
    Execution,
    Order,
    OrderState,
    OrderStatus,
    OrderType,
    Side,
)
from ib_provider.errors import (
    ClientIdInUse,
    GatewayNotReady,
    LocalProtocolError,
    NoSecurityDefinition,
    OrderRejected,
    RequestFailed,
)
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway

VERSIONS = (178, 200, 213, 225)
CLOCK = "2013-02-26T11:00:00-05:00"
ACCOUNT = "DU1000001"
TEN = Decimal(10)
AAPL = Contract(
    con_id=265598, symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
)


def endpoint(gateway: SimulatedGateway, *, client_id: int = 3) -> Endpoint:
    return Endpoint(port=gateway.port, client_id=client_id, request_timeout_s=20.0)


def order(ref: str, **changes: object) -> Order:
    values: dict[str, object] = {
        "side": Side.BUY,
        "quantity": Decimal(10),
        "order_type": OrderType.MARKET,
        "account": ACCOUNT,
        "order_ref": ref,
    }
    return Order(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(params=VERSIONS)
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[SimulatedGateway]:
    options = SimulatorOptions(port=0, clock=CLOCK, max_server_version=request.param)
    async with SimulatedGateway(options) as running:
        yield running


@pytest.fixture
async def client(gateway: SimulatedGateway) -> AsyncIterator[IbClient]:
    async with IbClient(endpoint(gateway)) as connected:
        yield connected


async def test_session_begins_with_the_account_and_the_simulated_clock(
    gateway: SimulatedGateway, client: IbClient
) -> None:
    """The version is the lower of the two; the clock is the gateway's."""
    assert client.server_version == gateway.options.max_server_version
    assert client.managed_accounts == (ACCOUNT,)
    elapsed = await client.current_time() - datetime.fromisoformat(CLOCK)
    assert 0 <= elapsed.total_seconds() < 60


async def test_contract_details_name_the_instrument(client: IbClient) -> None:
    """A symbol becomes an instrument with everything that orders and bars need."""
    wanted = Contract(symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD")
    (found,) = await client.contract_details(wanted)
    assert (found.instrument_id, found.contract.con_id) == ("AAPL.NASDAQ", 265598)
    assert (found.time_zone, found.min_tick) == ("America/New_York", Decimal("0.01"))
    assert found.contract.strike is None


async def test_contract_details_of_an_unknown_symbol_are_an_error(client: IbClient) -> None:
    """Error 200 is its own exception, not an empty answer."""
    with pytest.raises(NoSecurityDefinition):
        await client.contract_details(Contract(symbol="XQZ", exchange="SMART", currency="USD"))


async def test_daily_bars_are_the_sessions_of_the_file(client: IbClient) -> None:
    """A year of real closes, no instants, ascending."""
    end = datetime(2013, 1, 1, tzinfo=UTC)
    table = await client.historical_bars(AAPL, BarSpec(), end=end, duration="1 Y")
    assert table.schema == BAR_SCHEMA
    assert bar_table_problems(table) == ()
    sessions = table["session"].to_pylist()
    assert (sessions[0], sessions[-1]) == (date(2012, 1, 3), date(2012, 12, 31))
    assert len(sessions) == 250
    assert table["ts"].null_count == 250
    assert table["close"].to_pylist()[-1] == 532.1729  # the source file's close


async def test_minute_bars_have_instants_and_sessions(client: IbClient) -> None:
    """A regular session is 390 minutes from half past nine in New York."""
    end = datetime(2013, 2, 25, 23, 0, tzinfo=UTC)
    table = await client.historical_bars(AAPL, BarSpec(size=BarSize.MIN_1), end=end, duration="1 D")
    instants = table["ts"].to_pylist()
    assert len(instants) == 390
    assert instants[0] == datetime(2013, 2, 25, 14, 30, tzinfo=UTC)
    assert set(table["session"].to_pylist()) == {date(2013, 2, 25)}


async def test_midpoint_bars_have_no_volume(client: IbClient) -> None:
    """IB's -1 is a missing volume."""
    end = datetime(2013, 2, 25, 23, 0, tzinfo=UTC)
    spec = BarSpec(what=WhatToShow.MIDPOINT)
    table = await client.historical_bars(AAPL, spec, end=end, duration="5 D")
    assert table.num_rows
    assert table["volume"].null_count == table.num_rows


async def test_bars_of_a_time_without_any_are_empty(client: IbClient) -> None:
    """The file begins in 2000: before that IB says that it has no data."""
    end = datetime(1995, 1, 3, tzinfo=UTC)
    table = await client.historical_bars(AAPL, BarSpec(), end=end, duration="1 M")
    assert table.equals(BAR_SCHEMA.empty_table())


async def test_bars_of_an_impossible_duration_are_refused(client: IbClient) -> None:
    """What cannot be asked fails at once, and is not empty."""
    with pytest.raises(LocalProtocolError):
        await client.historical_bars(AAPL, BarSpec(), end=None, duration="99 Q")


async def test_quote_has_an_uncrossed_touch(client: IbClient) -> None:
    """A snapshot in a session has both sides."""
    quote = await client.quote(AAPL)
    assert quote.bid is not None
    assert quote.ask is not None
    assert 0 < quote.bid <= quote.ask
    assert quote.mid


async def test_market_order_is_filled_reported_and_held(client: IbClient) -> None:
    """One order from its id to its position, by every question that tells of it."""
    news: list[object] = []
    async with client.order_events() as events:
        state = await client.place_order(client.next_order_id(), AAPL, order("ref-fill"))
        assert not state.status.is_terminal or state.status is OrderStatus.FILLED
        async with asyncio.timeout(20):
            while sum(isinstance(item, Commission) for item in news) < 1:
                news.append(await anext(events))
    (execution,) = [item for item in news if isinstance(item, Execution)]
    assert (execution.order_ref, execution.quantity) == ("ref-fill", TEN)
    states = [item for item in news if isinstance(item, OrderState)]
    assert all(item.order.order_ref == "ref-fill" for item in states)

    assert await client.open_orders() == ()
    (done,) = await client.completed_orders()
    assert (done.order.order_ref, done.status, done.filled) == ("ref-fill", OrderStatus.FILLED, TEN)
    (fill,) = await client.executions()
    assert fill.execution == execution
    assert fill.commission is not None
    assert fill.commission.commission > 0
    (held,) = await client.positions()
    assert (held.contract.con_id, held.quantity, held.account) == (265598, TEN, ACCOUNT)


async def test_limit_order_rests_is_seen_by_others_and_is_cancelled(
    gateway: SimulatedGateway, client: IbClient
) -> None:
    """A working order is in every client's list, and its own client can take it back."""
    resting = order("ref-rest", order_type=OrderType.LIMIT, limit_price=Decimal("300.25"))
    state = await client.place_order(client.next_order_id(), AAPL, resting)
    async with IbClient(endpoint(gateway, client_id=4)) as other:
        (seen,) = await other.open_orders()
    assert (seen.order, seen.perm_id, seen.client_id) == (resting, state.perm_id, 3)
    assert seen.remaining == 10
    cancelled = await client.cancel_order(state.order_id)
    assert (cancelled.status, cancelled.filled) == (OrderStatus.CANCELLED, Decimal(0))
    assert await client.open_orders() == ()


async def test_order_off_the_tick_is_rejected(client: IbClient) -> None:
    """A price between two ticks is refused with its code."""
    bad = order("ref-tick", order_type=OrderType.LIMIT, limit_price=Decimal("300.253"))
    with pytest.raises(OrderRejected) as caught:
        await client.place_order(client.next_order_id(), AAPL, bad)
    assert caught.value.code == 110


async def test_cancel_of_an_unknown_order_is_refused(client: IbClient) -> None:
    """There is nothing to cancel, and IB says so."""
    with pytest.raises(RequestFailed) as caught:
        await client.cancel_order(4711)
    assert caught.value.code in (135, 10147)


async def test_order_ids_continue_on_the_next_connection(gateway: SimulatedGateway) -> None:
    """The gateway remembers the ids of a client id: a new session begins above them."""
    async with IbClient(endpoint(gateway, client_id=8)) as first:
        used = first.next_order_id()
        await first.place_order(used, AAPL, order("ref-id"))
    async with IbClient(endpoint(gateway, client_id=8)) as second:
        assert second.first_valid_order_id > used
        assert second.next_order_id() > used


async def test_account_summary_has_what_was_asked_for(client: IbClient) -> None:
    """Each tag is a row with its currency; asking again is no third subscription."""
    for _ in range(4):
        rows = await client.account_summary(("NetLiquidation", "TotalCashValue"))
        assert {row.tag for row in rows} == {"NetLiquidation", "TotalCashValue"}
        assert all(Decimal(row.value) == 1_000_000 for row in rows)


async def test_positions_of_an_empty_account_are_none(client: IbClient) -> None:
    """Holding nothing is an answer."""
    assert await client.positions() == ()


async def test_a_second_session_of_one_client_id_is_refused(
    gateway: SimulatedGateway, client: IbClient
) -> None:
    """The second learns why; the first goes on."""
    with pytest.raises(ClientIdInUse):
        await IbClient(endpoint(gateway)).connect()
    assert await client.current_time()


async def test_questions_at_once_each_get_their_own_answer(client: IbClient) -> None:
    """Answers of many requests on one connection do not mix."""
    contracts = [
        Contract(symbol=symbol, exchange="SMART", currency="USD")
        for symbol in ("AAPL", "GOOG", "IBM", "MSFT", "FB")
    ]
    answers = await asyncio.gather(*map(client.contract_details, contracts))
    assert [found.contract.symbol for (found,) in answers] == ["AAPL", "GOOG", "IBM", "MSFT", "FB"]


async def test_a_silent_gateway_is_not_waited_for() -> None:
    """A gateway that accepts and never speaks is not ready, in so many seconds."""
    async with SimulatedGateway(SimulatorOptions(port=0, silent=True)) as gateway:
        with pytest.raises(GatewayNotReady, match=r"waited 0\.\d s"):
            await IbClient(Endpoint(port=gateway.port, connect_timeout_s=0.3)).connect()
