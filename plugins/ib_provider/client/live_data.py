# SPDX-License-Identifier: Apache-2.0
"""Subscriptions to live data. Each is one stream of one kind, begun and ended by itself.

    async with client.trades(contract) as ticks:
        async for tick in ticks:
            ...

One kind a stream: what was begun as one request is cancelled as that request, so two kinds on one
contract do not disturb each other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from ib_provider.client.bar_assembler import BarAssembler, BarWish, FiveSecondsAssembler
from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.depth_assembler import DepthAssembler
from ib_provider.client.live_window import window_duration
from ib_provider.client.question import Call, Channel, Question
from ib_provider.client.quote_assembler import (
    GreeksAssembler,
    IndexAssembler,
    OpenInterestAssembler,
    QuoteAssembler,
)
from ib_provider.client.stream import DEFAULT_BUFFER, Assemble, Overflow, Stream
from ib_provider.client.streaming import StreamingClient
from ib_provider.client.tick_assembler import BidAskAssembler, MidpointAssembler, TradeAssembler
from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.live import DepthBook, IndexPrice, LiveBar, OpenInterest, OptionGreeks
from ib_provider.domain.quote import Quote
from ib_provider.domain.tick import BidAskTick, MidpointTick, TradeTick
from ib_provider.errors import LocalProtocolError
from ib_provider.symbology.home_venue import zone_of

__all__ = ["LiveData"]

Value = TypeVar("Value")

_EPOCH_DATES: Final = 2
#: The generic tick of a future's open interest. Source: TWS API, "Available tick types".
_OPEN_INTEREST: Final = "588"


class LiveData(StreamingClient):
    """Begins subscriptions. Of their values it keeps nothing."""

    def quotes(
        self,
        contract: Contract,
        *,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[Quote]:
        """Return whole quotes as the gateway's four updates a second make them.

        Delayed and frozen data make quotes as well, marked in ``data_type``; which are sent is
        asked for with ``use_market_data``.
        """
        assemble = partial(QuoteAssembler, con_id=contract.con_id)
        return self._level_1("quotes", contract, assemble, buffer, overflow)

    def index_prices(
        self,
        contract: Contract,
        *,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[IndexPrice]:
        """Return the values of an index, which has no bid and no ask."""
        assemble = partial(IndexAssembler, con_id=contract.con_id)
        return self._level_1("index prices", contract, assemble, buffer, overflow)

    def greeks(
        self,
        contract: Contract,
        *,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[OptionGreeks]:
        """Return what IB computes of an option from its bid, ask, last and model price.

        Raises:
            LocalProtocolError: The contract is no option.
        """
        if contract.sec_type not in (SecType.OPT, SecType.FOP, SecType.WAR, SecType.UNSAID):
            raise LocalProtocolError(f"greeks of {contract}: it is no option")
        assemble = partial(GreeksAssembler, con_id=contract.con_id)
        return self._level_1("greeks", contract, assemble, buffer, overflow)

    def trades(
        self,
        contract: Contract,
        *,
        unreported: bool = False,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[TradeTick]:
        """Return every trade as it is made.

        Args:
            unreported: Also those that are no part of the consolidated tape (``AllLast``).

        Raises:
            LocalProtocolError: A currency pair has no trades; ask for ``bid_asks``.
        """
        if contract.sec_type is SecType.CASH:
            raise LocalProtocolError(f"trades of {contract}: a currency pair has none")
        kind = "AllLast" if unreported else "Last"
        assemble = partial(TradeAssembler, con_id=contract.con_id)
        return self._tick_by_tick(kind, contract, assemble, buffer, overflow)

    def bid_asks(
        self,
        contract: Contract,
        *,
        sizes: bool = True,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[BidAskTick]:
        """Return every change of the best bid and ask.

        Args:
            sizes: Also changes of the sizes alone.
        """
        assemble = partial(BidAskAssembler, con_id=contract.con_id)
        return self._tick_by_tick(
            "BidAsk", contract, assemble, buffer, overflow, ignore_size=not sizes
        )

    def midpoints(
        self,
        contract: Contract,
        *,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[MidpointTick]:
        """Return every change of the middle between bid and ask."""
        assemble = partial(MidpointAssembler, con_id=contract.con_id)
        return self._tick_by_tick("MidPoint", contract, assemble, buffer, overflow)

    def depth(
        self,
        contract: Contract,
        *,
        rows: int = 10,
        smart: bool = False,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[DepthBook]:
        """Return the book as it stands after each change.

        Args:
            smart: The rows of every venue that ``SMART`` routes to, each with its name.

        Raises:
            LocalProtocolError: No rows.
        """
        if rows < 1:
            raise LocalProtocolError(f"depth of {contract}: {rows} rows are none")

        def send_for(there: Contract) -> Call:
            wanted = encode_contract(there)
            return lambda ib, i: ib.reqMktDepth(i, wanted, rows, smart, [])

        return self._stream(
            f"depth of {contract}",
            partial(DepthAssembler, con_id=contract.con_id, rows=rows),
            send=send_for(contract),
            send_for=send_for,
            cancel=lambda ib, i: ib.cancelMktDepth(i, smart),
            buffer=buffer,
            overflow=overflow,
        )

    def real_time_bars(
        self,
        contract: Contract,
        *,
        what: WhatToShow = WhatToShow.TRADES,
        rth: bool = True,
        time_zone: str | None = None,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[LiveBar]:
        """Return bars of five seconds, each when it is over.

        Args:
            rth: Regular trading hours only.
            time_zone: IANA name of the exchange's zone; that of the contract's venue where None.
        """
        spec = BarSpec(size=BarSize.SEC_5, what=what, rth=rth)
        zone = time_zone or zone_of(contract)
        wish = BarWish(con_id=contract.con_id, spec=spec, time_zone=zone)
        wanted = encode_contract(contract)
        return self._stream(
            f"{spec} real-time bars of {contract}",
            partial(FiveSecondsAssembler, wish=wish),
            send=lambda ib, i: ib.reqRealTimeBars(i, wanted, 5, str(what), rth, []),
            cancel=lambda ib, i: ib.cancelRealTimeBars(i),
            buffer=buffer,
            overflow=overflow,
        )

    async def bars(
        self,
        contract: Contract,
        spec: BarSpec,
        *,
        since: datetime | None = None,
        revisions: bool = False,
        time_zone: str | None = None,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[LiveBar]:
        """Return bars of any size, each when it is over: ``async with await client.bars(…)``.

        Args:
            since: Finished bars of the past from this instant on come first; None for none
                that began before now.
            revisions: Also what is known of a bar so far, at every change, and IB's corrections.
            time_zone: IANA name of the exchange's zone; that of the contract's venue where None.
        """
        zone = time_zone or (zone_of(contract) if spec.size.is_intraday else "UTC")
        now = await self._gateway_now()
        wish = BarWish(
            con_id=contract.con_id,
            spec=spec,
            time_zone=zone,
            since=since or _begin_of_bar(now, spec),
            revisions=revisions,
            behind_s=(datetime.now(UTC) - now).total_seconds(),
        )
        wanted = encode_contract(contract)
        duration = window_duration(spec.size, now - (since or now))
        return self._stream(
            f"{spec} bars of {contract}",
            partial(BarAssembler, wish=wish),
            send=lambda ib, i: ib.reqHistoricalData(
                i,
                wanted,
                "",
                duration,
                str(spec.size),
                str(spec.what),
                int(spec.rth),
                _EPOCH_DATES,
                keepUpToDate=True,
                chartOptions=[],
            ),
            cancel=lambda ib, i: ib.cancelHistoricalData(i),
            buffer=buffer,
            overflow=overflow,
        )

    async def open_interest(
        self,
        contract: Contract,
        *,
        time_zone: str | None = None,
        buffer: int = DEFAULT_BUFFER,
        overflow: Overflow = Overflow.FAIL,
    ) -> Stream[OpenInterest]:
        """Return how much of a future is open: ``async with await client.open_interest(…)``.

        A gateway that has no such number says nothing: bound the wait.

        Args:
            time_zone: IANA name of the exchange's zone; that of the contract's venue where None.

        Raises:
            LocalProtocolError: The contract is no future.
        """
        if contract.sec_type not in (SecType.FUT, SecType.UNSAID):
            raise LocalProtocolError(f"open interest of {contract}: it is no future")
        assemble = partial(
            OpenInterestAssembler,
            con_id=contract.con_id,
            zone=time_zone or zone_of(contract),
            behind=datetime.now(UTC) - await self._gateway_now(),
        )
        return self._level_1(
            "open interest", contract, assemble, buffer, overflow, generic=_OPEN_INTEREST
        )

    async def _gateway_now(self) -> datetime:
        rows = await self.ask(
            Question(
                request="current time",
                row=datetime,
                key=Channel.TIME,
                send=lambda ib, _: ib.reqCurrentTime(),
            )
        )
        return rows[0]

    def _level_1(
        self,
        what: str,
        contract: Contract,
        assemble: Assemble[Value],
        buffer: int,
        overflow: Overflow,
        *,
        generic: str = "",
    ) -> Stream[Value]:
        def send_for(there: Contract) -> Call:
            wanted = encode_contract(there)
            return lambda ib, i: ib.reqMktData(
                i, wanted, generic, snapshot=False, regulatorySnapshot=False, mktDataOptions=[]
            )

        return self._stream(
            f"{what} of {contract}",
            assemble,
            send=send_for(contract),
            send_for=send_for,
            cancel=lambda ib, i: ib.cancelMktData(i),
            buffer=buffer,
            overflow=overflow,
        )

    def _tick_by_tick(
        self,
        kind: str,
        contract: Contract,
        assemble: Assemble[Value],
        buffer: int,
        overflow: Overflow,
        *,
        ignore_size: bool = False,
    ) -> Stream[Value]:
        wanted = encode_contract(contract)
        return self._stream(
            f"{kind} ticks of {contract}",
            assemble,
            send=lambda ib, i: ib.reqTickByTickData(i, wanted, kind, 0, ignore_size),
            cancel=lambda ib, i: ib.cancelTickByTickData(i),
            buffer=buffer,
            overflow=overflow,
        )


def _begin_of_bar(now: datetime, spec: BarSpec) -> datetime:
    """Return the beginning of the bar that grows at an instant, or the instant for a day."""
    if not spec.size.is_intraday:
        return now
    length_s = int(spec.size.length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // length_s * length_s, UTC)
