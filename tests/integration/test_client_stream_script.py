# SPDX-License-Identifier: Apache-2.0
"""What a subscription makes of exact messages, and how it ends: each written down by hand."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.client.stream import Overflow
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.live import DepthRow, GreeksSource
from ib_provider.domain.quote import MarketDataType
from ib_provider.errors import (
    ConnectionLost,
    LocalProtocolError,
    NoMarketDataPermission,
    RemoteProtocolError,
    RequestFailed,
    StreamOverflow,
)
from tests.support.scripted_gateway import Peer, Script, ScriptedGateway

CONTRACT = Contract(
    con_id=8314, symbol="IBM", exchange="SMART", primary_exchange="NYSE", currency="USD"
)
OPTION = Contract(con_id=77, symbol="IBM", sec_type=SecType.OPT, exchange="SMART", currency="USD")
BEGIN_QUOTES, END_QUOTES = 1, 2
BEGIN_DEPTH, END_DEPTH = 10, 11
BEGIN_BARS, END_BARS = 20, 25
BEGIN_TICKS, END_TICKS = 97, 98
TIME = 49


class Talk:
    """A scripted gateway with a client that is connected to it."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> IbClient:
        gateway = await self._stack.enter_async_context(ScriptedGateway(self._script))
        endpoint = Endpoint(port=gateway.port, client_id=0, request_timeout_s=20.0)
        return await self._stack.enter_async_context(IbClient(endpoint))

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()


async def hold(peer: Peer) -> None:
    """Take what comes and say nothing, until the client goes."""
    while True:
        await peer.receive()


async def test_delayed_ticks_make_a_quote_that_says_so() -> None:
    """Types 66 to 76 are quotes like any other, marked as delayed; sizes keep their fractions."""

    async def script(peer: Peer) -> None:
        fields = await peer.expect(BEGIN_QUOTES)
        stream = fields[2]
        peer.send(58, 1, stream, 3)
        peer.send(1, 6, stream, 66, "100.25", "0.5", 0)
        peer.send(1, 6, stream, 67, "100.5", "7", 0)
        peer.send(1, 6, stream, 68, "100.3", "3", 0)
        for kind, size in ((69, "0.5"), (70, "7"), (71, "3"), (74, "123456")):
            peer.send(2, 6, stream, kind, size)
        for kind, price in ((72, "101"), (73, "99"), (75, "98.5"), (76, "99.5")):
            peer.send(1, 6, stream, kind, price, "0", 0)
        await hold(peer)

    async with Talk(script) as client, client.quotes(CONTRACT) as stream:
        quote = await anext(stream)
        assert (quote.bid, quote.ask, quote.last) == (
            Decimal("100.25"),
            Decimal("100.5"),
            Decimal("100.3"),
        )
        assert (quote.bid_size, quote.ask_size, quote.last_size) == (
            Decimal("0.5"),
            Decimal(7),
            Decimal(3),
        )
        assert (quote.high, quote.low, quote.close, quote.open) == (
            Decimal(101),
            Decimal(99),
            Decimal("98.5"),
            Decimal("99.5"),
        )
        assert quote.volume == 123456
        assert quote.data_type is MarketDataType.DELAYED


async def test_frozen_quote_says_so_and_an_empty_side_has_no_price() -> None:
    """Type 58 names what the fields are; -1 and a zero without a size are no prices."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(BEGIN_QUOTES))[2]
        peer.send(58, 1, stream, 2)
        peer.send(1, 6, stream, 1, "-1", "0", 0)
        peer.send(1, 6, stream, 2, "0", "0", 0)
        peer.send(45, 6, stream, 49, "0")
        await hold(peer)

    async with Talk(script) as client, client.quotes(CONTRACT) as stream:
        quote = await anext(stream)
        assert (quote.bid, quote.ask, quote.halted) == (None, None, False)
        assert quote.data_type is MarketDataType.FROZEN


async def test_each_kind_is_cancelled_as_it_was_begun() -> None:
    """Quotes end as quotes and ticks as ticks: the wrong cancel would leave a line ticking."""
    told: list[tuple[str, str]] = []
    done = asyncio.Event()

    async def script(peer: Peer) -> None:
        while len(told) < 4:
            fields = await peer.receive()
            told.append((fields[0], fields[2] if fields[0] in ("1", "2") else fields[1]))
        done.set()

    async with Talk(script) as client:
        async with client.quotes(CONTRACT), client.bid_asks(CONTRACT):
            pass
        async with asyncio.timeout(10):
            await done.wait()
    begun_quotes, begun_ticks, ended_ticks, ended_quotes = told
    assert [kind for kind, _ in told] == ["1", "97", "98", "2"]
    assert begun_quotes[1] == ended_quotes[1]
    assert begun_ticks[1] == ended_ticks[1]


async def test_cancelled_reader_ends_the_subscription_at_the_gateway() -> None:
    """Whoever gives up, however, takes no line with them."""
    ended = asyncio.Event()

    async def script(peer: Peer) -> None:
        begun = await peer.expect(BEGIN_TICKS)
        assert (await peer.expect(END_TICKS))[1] == begun[1]
        ended.set()

    async def read(client: IbClient) -> None:
        async with client.trades(CONTRACT) as stream:
            await anext(stream)

    async with Talk(script) as client:
        task = asyncio.create_task(read(client))
        await asyncio.sleep(0.05)
        task.cancel()
        async with asyncio.timeout(10):
            await ended.wait()


async def test_error_ends_the_stream_behind_what_came_before_and_nothing_is_cancelled() -> None:
    """The gateway has ended it: a cancel would only earn another error."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(BEGIN_TICKS))[1]
        peer.send(99, stream, 1, 1362409200, "200.5", "3", 0, "NYSE", "")
        peer.error(int(stream), 10225, "Bust event occurred, current subscription is deactivated.")
        assert (await peer.receive())[0] == str(TIME)
        peer.send(TIME, 1, 1362409200)

    async with Talk(script) as client:
        async with client.trades(CONTRACT) as stream:
            assert (await anext(stream)).price == 200.5
            with pytest.raises(RequestFailed, match="10225"):
                await anext(stream)
        assert await client.current_time()


async def test_missing_permission_is_its_own_error() -> None:
    """Not emptiness, and not a time limit."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(BEGIN_QUOTES))[2]
        peer.error(int(stream), 354, "Requested market data is not subscribed.")
        await hold(peer)

    began = time.monotonic()
    async with Talk(script) as client:
        with pytest.raises(NoMarketDataPermission):
            async with client.quotes(CONTRACT) as stream:
                await anext(stream)
    assert time.monotonic() - began < 15


async def test_notices_and_farms_end_nothing_and_1101_ends_all() -> None:
    """A broken farm and "delayed data follow" end nothing; "data lost" ends every stream."""

    async def script(peer: Peer) -> None:
        quotes = (await peer.expect(BEGIN_QUOTES))[2]
        ticks = (await peer.expect(BEGIN_TICKS))[1]
        peer.error(int(quotes), 10167, "Displaying delayed market data.")
        peer.error(-1, 2103, "Market data farm connection is broken:usfarm")
        peer.error(-1, 1100, "Connectivity between IB and TWS has been lost.")
        peer.send(1, 6, quotes, 1, "10", "1", 0)
        peer.send(99, ticks, 4, 1362409200, "10.5")
        peer.error(-1, 1102, "Connectivity restored - data maintained.")
        peer.error(-1, 1101, "Connectivity restored - data lost.")
        await hold(peer)

    async with (
        Talk(script) as client,
        client.quotes(CONTRACT) as quotes,
        client.midpoints(CONTRACT) as middles,
    ):
        assert (await anext(middles)).price == 10.5
        assert (await anext(quotes)).bid == 10
        for stream in (quotes, middles):
            with pytest.raises(ConnectionLost, match="1101"):
                await anext(stream)


async def test_lost_socket_ends_every_stream() -> None:
    """A reader learns that the link is gone, not that the market is quiet."""

    async def script(peer: Peer) -> None:
        await peer.expect(BEGIN_TICKS)
        await peer.hang_up()

    async with Talk(script) as client, client.trades(CONTRACT) as stream:
        with pytest.raises(ConnectionLost, match="closed"):
            await anext(stream)


async def test_slow_reader_is_told_and_loses_nothing_that_was_kept() -> None:
    """The default: a full buffer is an error behind the values that fitted, never a silent gap."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(BEGIN_TICKS))[1]
        for number in range(20):
            peer.send(99, stream, 4, 1362409200 + number, "10.5")
        await peer.expect(TIME)
        peer.send(TIME, 1, 1)

    async with Talk(script) as client, client.midpoints(CONTRACT, buffer=5) as stream:
        await client.current_time()
        kept = await stream.read()
        assert [int(tick.ts.timestamp()) - 1362409200 for tick in kept] == [0, 1, 2, 3, 4]
        with pytest.raises(StreamOverflow, match="5 values"):
            await anext(stream)


async def test_dropping_is_asked_for_and_counted() -> None:
    """The oldest go first."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(BEGIN_TICKS))[1]
        for number in range(20):
            peer.send(99, stream, 4, 1362409200 + number, "10.5")
        await peer.expect(TIME)
        peer.send(TIME, 1, 1)

    policy = Overflow.DROP_OLDEST
    async with (
        Talk(script) as client,
        client.midpoints(CONTRACT, buffer=5, overflow=policy) as stream,
    ):
        await client.current_time()
        assert stream.dropped == 15
        kept = await stream.read()
        assert [int(tick.ts.timestamp()) - 1362409200 for tick in kept] == [15, 16, 17, 18, 19]


async def test_stream_must_be_entered_once_and_has_one_reader() -> None:
    """Misuse is named at once."""
    async with Talk(hold) as client:
        stream = client.trades(CONTRACT)
        with pytest.raises(LocalProtocolError, match="async with"):
            await anext(stream)
        async with stream:
            waiting = asyncio.create_task(stream.read())
            await asyncio.sleep(0)
            with pytest.raises(LocalProtocolError, match="one reader"):
                await anext(stream)
            waiting.cancel()
        with pytest.raises(LocalProtocolError, match="begins once"):
            async with stream:
                pass


async def test_book_is_emptied_by_317_and_begun_anew() -> None:
    """Rows of before the reset are in no book after it."""

    async def script(peer: Peer) -> None:
        fields = await peer.expect(BEGIN_DEPTH)
        stream = fields[2]
        peer.send(12, 1, stream, 0, 0, 1, "10.1", "5")
        peer.send(12, 1, stream, 0, 0, 0, "10.3", "6")
        await asyncio.sleep(0.2)
        peer.error(int(stream), 317, "Market depth data has been RESET.")
        peer.send(12, 1, stream, 0, 0, 1, "10.2", "7.5")
        assert (await peer.expect(END_DEPTH))[2] == stream

    async with Talk(script) as client, client.depth(CONTRACT, rows=5) as stream:
        book = await anext(stream)
        assert (book.bids, book.asks) == ((DepthRow(10.1, 5.0),), (DepthRow(10.3, 6.0),))
        async with asyncio.timeout(10):
            while book.asks:
                book = await anext(stream)
            while not book.bids:
                book = await anext(stream)
        assert (book.bids, book.asks) == ((DepthRow(10.2, 7.5),), ())


async def test_book_with_a_hole_is_an_error() -> None:
    """A row that cannot be placed was missed: the book would be wrong from then on."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(BEGIN_DEPTH))[2]
        peer.send(13, 1, stream, 3, "NSDQ", 0, 1, "10.1", "5", 1)
        await hold(peer)

    async with Talk(script) as client, client.depth(CONTRACT, smart=True) as stream:
        with pytest.raises(RemoteProtocolError, match="row 3 of 0"):
            await anext(stream)


async def test_stream_follows_where_the_gateway_points_to() -> None:
    """A CFD's quotes are its underlying's: asked for there, told under the CFD, ended there."""

    async def script(peer: Peer) -> None:
        first = (await peer.expect(BEGIN_QUOTES))[2]
        peer.send(91, first, 4242, "SMART")
        fields = await peer.expect(BEGIN_QUOTES)
        again = fields[2]
        assert again != first
        assert (fields[3], fields[10]) == ("4242", "SMART")
        peer.send(1, 6, again, 1, "10", "1", 0)
        assert (await peer.expect(END_QUOTES))[2] == again
        peer.send(TIME, 1, 1)

    async with Talk(script) as client, client.quotes(CONTRACT) as stream:
        quote = await anext(stream)
        assert (quote.con_id, quote.bid) == (CONTRACT.con_id, 10)


async def test_snapshot_that_is_pointed_elsewhere_fails_at_once() -> None:
    """Nobody waits out the time limit; the message says where to ask."""

    async def script(peer: Peer) -> None:
        snapshot = (await peer.expect(BEGIN_QUOTES))[2]
        peer.send(91, snapshot, 4242, "SMART")
        await hold(peer)

    async with Talk(script) as client:
        with pytest.raises(RequestFailed, match="conId 4242"):
            await client.quote(CONTRACT)


async def test_greeks_that_are_not_computed_are_none() -> None:
    """-1 and -2 are IB's "not computed"; delayed ones say that they are."""

    async def script(peer: Peer) -> None:
        stream = (await peer.expect(BEGIN_QUOTES))[2]
        peer.send(21, stream, 10, 0, "-1", "-2", "-1", "-1", "-2", "-2", "-2", "-1")
        peer.send(21, stream, 83, 0, "0.2", "0.5", "3.1", "0", "0.01", "0.3", "-0.1", "100")
        await hold(peer)

    async with Talk(script) as client, client.greeks(OPTION) as stream:
        bid, model = await anext(stream), await anext(stream)
        assert (bid.source, bid.implied_volatility, bid.delta, bid.theta) == (
            GreeksSource.BID,
            None,
            None,
            None,
        )
        assert bid.underlying_price is None
        assert (model.source, model.is_delayed, model.delta) == (GreeksSource.MODEL, True, 0.5)
        assert (model.pv_dividend, model.theta) == (0.0, -0.1)


def bar(start: int, close: float, volume: int = 10) -> tuple[object, ...]:
    """Return the fields of one bar of a historical answer."""
    return (start, 10, 12, 9, close, volume, 10.5, 4)


def update(stream: str, start: int, close: float, volume: int = 10) -> tuple[object, ...]:
    """Return an update's fields, in the wire's own order."""
    return (90, stream, 4, start, 10, close, 12, 9, 10.5, volume)


async def bars_script(peer: Peer, now: int, *past: tuple[object, ...]) -> str:
    """Answer the clock and the past of an updating answer; return its request id."""
    await peer.expect(TIME)
    peer.send(TIME, 1, now)
    fields = await peer.expect(BEGIN_BARS)
    stream = fields[1]
    assert fields[-2] == "1"  # keepUpToDate
    flat = [value for row in past for value in row]
    peer.send(17, stream, len(past), *flat)
    peer.send(108, stream, "", "")
    return stream


def at_instant(second: int) -> datetime:
    """Return an instant, UTC."""
    return datetime.fromtimestamp(second, UTC)


MINUTE = BarSpec(size=BarSize.MIN_1)
AT = 1362409200


async def test_bar_is_put_when_the_next_one_begins() -> None:
    """Its updates before that are not bars; the past is not asked for and does not come."""

    async def script(peer: Peer) -> None:
        stream = await bars_script(peer, AT + 90, bar(AT - 60, 9), bar(AT, 9.5), bar(AT + 60, 10))
        peer.send(*update(stream, AT + 60, 10.5, 20))
        peer.send(*update(stream, AT + 60, 11, 30))
        peer.send(*update(stream, AT + 120, 11.5, 1))
        await peer.expect(END_BARS)

    async with Talk(script) as client, await client.bars(CONTRACT, MINUTE) as stream:
        first = await anext(stream)
        assert first.start is not None
        assert (int(first.start.timestamp()), first.close, first.volume) == (AT + 60, 11.0, 30.0)
        assert (first.is_final, first.is_revision, first.wap, first.bar_count) == (
            True,
            False,
            10.5,
            4,
        )
        assert first.session.isoformat() == "2013-03-04"


async def test_last_bar_is_put_by_the_clock() -> None:
    """Nothing follows the last bar of a session; the gateway's clock ends it."""

    async def script(peer: Peer) -> None:
        stream = await bars_script(peer, AT + 60, bar(AT, 9.5))
        peer.send(*update(stream, AT, 9.75))
        await peer.expect(END_BARS)

    async with (
        Talk(script) as client,
        await client.bars(CONTRACT, MINUTE, since=at_instant(AT)) as stream,
    ):
        async with asyncio.timeout(15):
            last = await anext(stream)
        assert last.close == 9.75


async def test_past_bars_come_first_from_where_the_reader_left_off() -> None:
    """A subscription that begins again with ``since`` leaves no gap and repeats nothing."""

    async def script(peer: Peer) -> None:
        past = [bar(AT + 60 * n, 10 + n / 4) for n in range(6)]
        stream = await bars_script(peer, AT + 330, *past)
        peer.send(*update(stream, AT + 360, 20))
        await peer.expect(END_BARS)

    async with (
        Talk(script) as client,
        await client.bars(CONTRACT, MINUTE, since=at_instant(AT + 120)) as stream,
    ):
        found = [await anext(stream) for _ in range(4)]
        starts = [int(item.start.timestamp()) - AT for item in found if item.start]
        assert starts == [120, 180, 240, 300]
        assert [item.close for item in found] == [10.5, 10.75, 11.0, 11.25]


async def test_revisions_on_request_show_the_growing_bar_and_its_end() -> None:
    """Each update is put with what it is: not final, a revision of itself, then final."""

    async def script(peer: Peer) -> None:
        stream = await bars_script(peer, AT + 10, bar(AT, 9.5))
        peer.send(*update(stream, AT, 10))
        peer.send(*update(stream, AT + 60, 11))
        await peer.expect(END_BARS)

    async with (
        Talk(script) as client,
        await client.bars(CONTRACT, MINUTE, revisions=True) as stream,
    ):
        seen = [await anext(stream) for _ in range(3)]
        assert [(b.close, b.is_final, b.is_revision) for b in seen] == [
            (10.0, False, True),
            (10.0, True, False),
            (11.0, False, False),
        ]
