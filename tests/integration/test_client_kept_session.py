# SPDX-License-Identifier: Apache-2.0
"""A session that survives what a gateway does in a day, and the three states told apart."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest

from ib_provider.client.back_off import BackOff
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.client.kept_session import KeptSession, SessionState
from ib_provider.client.kept_stream import Gap, KeptStream, SubscriptionState
from ib_provider.client.link_state import LinkState
from ib_provider.client.stream import Stream
from ib_provider.client.upstream import FarmKind, FarmState
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.contract import Contract
from ib_provider.domain.live import LiveBar
from ib_provider.domain.reset_window import ResetWindows
from ib_provider.errors import (
    ConnectionLost,
    DataFarmDown,
    NoSecurityDefinition,
    RemoteProtocolError,
)
from ib_provider.simulator import SimulatedGateway
from tests.support.control import carry_out
from tests.support.scripted_gateway import Peer, ScriptedGateway
from tests.support.simulator import quick_options

AAPL = Contract(
    con_id=265598, symbol="AAPL", exchange="SMART", primary_exchange="NASDAQ", currency="USD"
)
SOON = BackOff(first_s=0.02, most_s=0.1)
LIMIT_S = 60.0
DAYS = BarSpec(size=BarSize.DAY_1)


@pytest.fixture
async def gateway() -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway(quick_options(control_port=0, speed=50)) as running:
        yield running


def connect_to(
    port: int, *, heartbeat_s: float = 0.0, silence_s: float = 0.2
) -> Callable[[], AbstractAsyncContextManager[IbClient]]:
    """Return what opens one session."""
    endpoint = Endpoint(
        port=port,
        client_id=3,
        connect_timeout_s=1.0,
        request_timeout_s=20.0,
        heartbeat_s=heartbeat_s,
        silence_s=silence_s,
    )
    return lambda: IbClient(endpoint)


def keep(gateway: SimulatedGateway, **more: float) -> KeptSession:
    return KeptSession(connect_to(gateway.port, **more), timeout_s=LIMIT_S, back_off=SOON)


def bars(client: IbClient, _since: datetime | None) -> Stream[LiveBar]:
    return client.real_time_bars(AAPL)


async def some(stream: KeptStream[LiveBar], count: int) -> list[LiveBar]:
    async with asyncio.timeout(LIMIT_S):
        return [await anext(stream) for _ in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    """Return when a condition holds."""
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 a condition has no event
            await asyncio.sleep(0.01)


async def test_dropped_socket_begins_a_new_session_with_a_new_client(
    gateway: SimulatedGateway,
) -> None:
    """One client is one connection: the next session is another object."""
    async with keep(gateway) as kept:
        first = await kept.client()
        await carry_out(gateway.control_port, "drop")
        await until(lambda: kept.sessions == 2)
        second = await kept.client()
        assert second is not first
        assert (first.link_state, second.link_state) == (LinkState.DOWN, LinkState.UP)
        (loss,) = kept.losses
        assert loss.back_at is not None
        assert loss.lost_at <= loss.back_at
    assert kept.state is SessionState.ENDED


async def test_subscription_is_begun_anew_after_a_dropped_socket_and_its_gap_told(
    gateway: SimulatedGateway,
) -> None:
    """Declared once, restored under a new request, and the consumer knows what to backfill."""
    heard: list[Gap] = []
    asked: list[datetime | None] = []

    def begin(client: IbClient, since: datetime | None) -> Stream[LiveBar]:
        asked.append(since)
        return client.real_time_bars(AAPL)

    async with keep(gateway) as kept, kept.subscribe("AAPL", begin, on_gap=heard.append) as stream:
        before = await some(stream, 3)
        await carry_out(gateway.control_port, "drop")
        after = [await anext(stream)]
        while not stream.gaps:  # what came before the drop is read first
            after += await some(stream, 1)
        assert [bar.start for bar in before] < [bar.start for bar in after]
        (gap,) = stream.gaps
        assert heard == [gap]
        assert gap.start <= gap.end
        assert asked == [None, gap.start]
        assert stream.state is SubscriptionState.LIVE
    assert stream.state is SubscriptionState.ENDED


async def test_farm_blip_ends_neither_session_nor_subscription(gateway: SimulatedGateway) -> None:
    """Bars once died for eight hours of a farm that was away for three seconds."""
    async with keep(gateway) as kept, kept.subscribe("AAPL", bars) as stream:
        await some(stream, 1)
        client = await kept.client()
        await carry_out(gateway.control_port, "farm", farm="usfarm", state="broken")
        await until(lambda: client.farms["usfarm"] is FarmState.BROKEN)
        assert client.is_connected
        assert client.is_ib_reached
        await carry_out(gateway.control_port, "farm", farm="usfarm", state="ok")
        await some(stream, 3)
        assert kept.sessions == 1
        assert stream.gaps == []
        assert await kept.client() is client


async def test_nightly_flaps_leave_the_order_channel_alone(gateway: SimulatedGateway) -> None:
    """2103, 2105, 2110 and 1100 once tore the socket down, and cycled client ids with it."""
    async with keep(gateway) as kept:
        client = await kept.client()
        async with client.order_events() as events:
            waiting = asyncio.ensure_future(anext(events))
            await carry_out(gateway.control_port, "nightly_reset", seconds=0.3)
            await until(lambda: not client.is_ib_reached)
            await until(lambda: client.is_ib_reached and client.farms.is_well(FarmKind.HISTORICAL))
            assert not waiting.done()
            assert await client.open_orders() == ()
            waiting.cancel()
        assert kept.sessions == 1


async def test_subscription_is_restored_after_1101_and_left_alone_after_1102(
    gateway: SimulatedGateway,
) -> None:
    """Restored with data lost is the end of every subscription; with data kept it is not."""
    port = gateway.control_port
    async with keep(gateway) as kept, kept.subscribe("AAPL", bars) as stream:
        await some(stream, 1)
        await carry_out(port, "connectivity", state="lost")
        await carry_out(port, "connectivity", state="restored", data="kept")
        await some(stream, 2)
        assert stream.gaps == []
        await carry_out(port, "connectivity", state="lost")
        await carry_out(port, "connectivity", state="restored", data="lost")
        await some(stream, 2)
        assert "1101" in stream.gaps[0].reason
        assert kept.sessions == 1


async def test_silent_gateway_is_noticed_within_the_bound_and_left(
    gateway: SimulatedGateway,
) -> None:
    """A half-open link looks alive to TCP; a heartbeat that nobody answers ends it."""
    async with keep(gateway, heartbeat_s=0.2, silence_s=0.3) as kept:
        client = await kept.client()
        await carry_out(gateway.control_port, "silence")
        async with asyncio.timeout(LIMIT_S):
            reason = await client.until_lost()
        assert "silent for" in reason
        await carry_out(gateway.control_port, "speak")
        await until(lambda: kept.sessions == 2)


async def test_quiet_gateway_that_answers_heartbeats_stays() -> None:
    """An idle link is not a dead one, and the gateway is asked only when it is idle."""
    asked = asyncio.Event()

    async def answer(peer: Peer) -> None:
        for second in itertools.count(1362409200):
            await peer.expect(49)
            peer.send(49, 1, second)
            if second > 1362409202:
                asked.set()

    async with (
        ScriptedGateway(answer) as gateway,
        connect_to(gateway.port, heartbeat_s=0.05, silence_s=30.0)() as client,
    ):
        async with asyncio.timeout(LIMIT_S):
            await asked.wait()
        assert client.is_connected
        assert client.link_state in (LinkState.UP, LinkState.SILENT)


async def test_gateway_away_is_tried_again_until_the_deadline_then_says_why(
    unused_tcp_port: int,
) -> None:
    """The caller's deadline bounds everything, and the last reason is in the message."""
    kept = KeptSession(connect_to(unused_tcp_port), timeout_s=0.5, back_off=SOON)
    with pytest.raises(ConnectionLost, match=rf"after 0\.5 s; last: .*{unused_tcp_port}"):
        async with kept:
            pytest.fail("nobody listens there")


async def test_error_that_no_retry_mends_ends_the_keeping_at_once() -> None:
    """A web server on the port will not become a gateway."""

    async def answer(peer: Peer) -> None:
        await peer.reader.read(64)
        peer.send_raw(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.sleep(30)

    async with ScriptedGateway(answer, greets=False) as gateway:
        with pytest.raises(RemoteProtocolError):
            async with KeptSession(connect_to(gateway.port), timeout_s=LIMIT_S):
                pytest.fail("no session")


@pytest.mark.parametrize(("windows", "level"), [("00:00-00:00 UTC", "INFO"), ("", "WARNING")])
async def test_loss_in_a_reset_window_is_calm_and_outside_a_warning(
    gateway: SimulatedGateway, caplog: pytest.LogCaptureFixture, windows: str, level: str
) -> None:
    """What happens every night wakes nobody."""
    caplog.set_level(logging.INFO, "ib_provider")
    kept = KeptSession(
        connect_to(gateway.port),
        timeout_s=LIMIT_S,
        back_off=SOON,
        windows=ResetWindows.parse(windows),
        now=lambda: datetime(2026, 3, 4, 12, tzinfo=UTC),
    )
    async with kept:
        await carry_out(gateway.control_port, "drop")
        await until(lambda: kept.sessions == 2)
    (record,) = [one for one in caplog.records if one.message.startswith("no session")]
    assert record.levelname == level
    assert kept.losses[0].is_expected is bool(windows)


async def test_question_is_asked_again_in_the_next_session() -> None:
    """What only reads may be repeated; its asker sees no loss."""
    sessions = itertools.count(1)

    async def answer_the_second(peer: Peer) -> None:
        number = next(sessions)
        await peer.expect(49)
        if number == 1:
            await peer.hang_up()
            return
        peer.send(49, 1, 1362409200)
        await asyncio.sleep(30)

    async with ScriptedGateway(answer_the_second) as gateway:
        kept = KeptSession(connect_to(gateway.port), timeout_s=LIMIT_S, back_off=SOON)
        async with kept:
            time = await kept.read(lambda client: client.current_time())
            assert time == datetime.fromtimestamp(1362409200, tz=UTC)
            assert kept.sessions == 2


@pytest.mark.parametrize("code", [102, 366, 10182, 10189])
async def test_refusal_that_may_pass_is_asked_again_with_a_pause(
    gateway: SimulatedGateway, code: int
) -> None:
    """Asked again, under a new id, a bounded number of times."""
    await carry_out(
        gateway.control_port, "next_request", request="ReqRealTimeBars", code=code, count=2
    )
    async with keep(gateway) as kept, kept.subscribe("AAPL", bars) as stream:
        await some(stream, 2)


async def test_refusal_that_stays_is_the_readers(gateway: SimulatedGateway) -> None:
    """No loop of requests without an end, and no silence."""
    port = gateway.control_port
    await carry_out(port, "next_request", request="ReqRealTimeBars", code=200, count=1)
    async with keep(gateway) as kept, kept.subscribe("AAPL", bars) as stream:
        with pytest.raises(NoSecurityDefinition):
            await some(stream, 1)
        assert stream.state is SubscriptionState.ENDED
    await carry_out(port, "next_request", request="ReqRealTimeBars", code=10189, count=50)
    async with keep(gateway) as kept, kept.subscribe("AAPL", bars) as stream:
        with pytest.raises(Exception, match="10189"):
            await some(stream, 1)


async def test_history_waits_for_its_farm_and_gets_the_bars(gateway: SimulatedGateway) -> None:
    """A farm that is down answers nothing; that is not "no data"."""
    async with connect_to(gateway.port)() as client:
        await carry_out(gateway.control_port, "farm", farm="ushmds", state="broken")
        await until(lambda: client.farms.get("ushmds") is FarmState.BROKEN)
        asking = asyncio.create_task(client.historical_bars(AAPL, DAYS, end=None, duration="5 D"))
        await asyncio.sleep(0.05)
        assert not asking.done()
        await carry_out(gateway.control_port, "farm", farm="ushmds", state="ok")
        async with asyncio.timeout(LIMIT_S):
            assert (await asking).num_rows == 5


async def test_no_data_from_a_broken_farm_is_an_error_worth_a_retry() -> None:
    """Coverage would be marked empty for ever."""

    async def answer(peer: Peer) -> None:
        request = await peer.expect(20)
        peer.error(-1, 2105, "HMDS data farm connection is broken:ushmds")
        text = "Historical Market Data Service error message:HMDS query returned no data: AAPL"
        peer.error(int(request[1]), 162, text)
        await asyncio.sleep(30)

    async with ScriptedGateway(answer) as gateway, connect_to(gateway.port)() as client:
        with pytest.raises(DataFarmDown, match="ushmds") as caught:
            await client.historical_bars(AAPL, DAYS, end=None, duration="5 D")
    assert caught.value.transient


async def test_port_reset_is_the_only_notice_that_ends_the_link() -> None:
    """1300 says that the gateway listens elsewhere from now on."""

    async def tell(peer: Peer) -> None:
        await peer.expect(49)
        peer.error(-1, 1300, "TWS socket port has been reset and this connection is being dropped.")
        await asyncio.sleep(30)

    async with ScriptedGateway(tell) as gateway, connect_to(gateway.port)() as client:
        with pytest.raises(ConnectionLost, match="another port"):
            await client.current_time()
        assert client.link_state is LinkState.DOWN
