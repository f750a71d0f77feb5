# SPDX-License-Identifier: Apache-2.0
"""The past of a contract: bars, ticks, sessions, volume by price, and how far back it goes.

Three outcomes are three things: an empty result where IB said in so many words that there is
nothing, ``RequestTimeout`` where it said nothing, ``NoMarketDataPermission`` where it may not say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict, TypeVar, Unpack

import pyarrow as pa
from ibapi.server_versions import MIN_SERVER_VER_CANCEL_CONTRACT_DATA

from ib_provider.client.bar_frame import BarFrame
from ib_provider.client.base import ClientBase
from ib_provider.client.decode_bars import decode_bars
from ib_provider.client.decode_contract import encode_contract
from ib_provider.client.decode_history import decode_bid_asks, decode_midpoints, decode_trades
from ib_provider.client.decode_time import render_instant
from ib_provider.client.history_check import MOST_TICKS, check_bar_request, check_tick_request
from ib_provider.client.history_demand import history_demand
from ib_provider.client.question import Call, Question
from ib_provider.client.upstream import FarmKind
from ib_provider.domain.bar import BarSpec, WhatToShow
from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.history import HistogramRow, Schedule
from ib_provider.domain.tick import BidAskTick, MidpointTick, TradeTick
from ib_provider.errors import DataFarmDown, RemoteProtocolError
from ib_provider.symbology.home_venue import zone_of

__all__ = ["HistoricalData", "TickRange"]

Tick = TypeVar("Tick")

#: Asks for seconds since 1970, whatever the zone of the instrument or of the gateway's machine.
_EPOCH_DATES: Final = 2


class TickRange(TypedDict, total=False):
    """Which ticks a page has: from ``start`` on, or up to ``end``, at most ``limit`` of them.

    One of the two ends is given. All hours unless ``rth``.
    """

    start: datetime | None
    end: datetime | None
    limit: int
    rth: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Which page of ticks is wanted."""

    contract: Contract
    what: str
    start: datetime | None = None
    end: datetime | None = None
    limit: int = MOST_TICKS
    rth: bool = False
    sizes: bool = True


class HistoricalData(ClientBase):
    """Asks for what has been. Nothing is kept between two questions."""

    async def historical_bars(
        self,
        contract: Contract,
        spec: BarSpec,
        *,
        end: datetime | None,
        duration: str,
        time_zone: str | None = None,
    ) -> pa.Table:
        """Return the bars of one request, as IB answers it.

        Args:
            end: The last instant wanted, None for now.
            duration: IB's text: ``1 Y``, ``20 D``, ``3600 S``.
            time_zone: IANA name of the exchange's zone, which gives an intraday bar its session;
                that of the contract's venue where None.

        Returns:
            A table of ``BAR_SCHEMA``, ascending. Units: prices in the contract's currency. Empty
            only where IB said in so many words that it has no data.

        Raises:
            LocalProtocolError: IB never answers such a request; nothing was sent.
            PacingViolation, NoMarketDataPermission, RequestFailed: As IB's error says.
            DataFarmDown: IB's historical farm is away: nothing is known of the data.
            RequestTimeout: No answer; the request was cancelled at the gateway.
            UnknownVenue: Intraday bars of a venue whose zone is not known, and none was given.
        """
        check_bar_request(contract, spec, end=end, duration=duration)
        zone = time_zone or (zone_of(contract) if spec.size.is_intraday else "UTC")
        until, outages = render_instant(end), self._outages()
        request = f"{duration} of {spec} bars of {contract} to {until or 'now'}"
        detail = f"{duration} {until} {spec.rth}"
        frames = await self.ask(
            Question(
                request=request,
                row=BarFrame,
                send=_history(contract, until, duration, str(spec.size), spec.what, rth=spec.rth),
                cancel=lambda ib, i: ib.cancelHistoricalData(i),
                empty_is_answer=True,
                farm=FarmKind.HISTORICAL,
                history=history_demand("bars", contract, spec.what, detail, size=str(spec.size)),
            )
        )
        bars = decode_bars(frames, size=spec.size, time_zone=zone)
        self._check_emptiness(request, bars.num_rows, outages)
        return bars

    async def schedule(
        self,
        contract: Contract,
        *,
        end: datetime | None = None,
        duration: str = "1 M",
        rth: bool = True,
    ) -> Schedule:
        """Return when a contract was and will be traded, by IB's own calendar.

        Args:
            end: The last instant wanted, None for now.
            rth: Regular trading hours only.

        Raises:
            RequestFailed: IB has no schedule of the contract.
        """
        until = render_instant(end)
        rows = await self.ask(
            Question(
                request=f"{duration} of sessions of {contract} to {until or 'now'}",
                row=Schedule,
                send=_history(contract, until, duration, "1 day", "SCHEDULE", rth=rth),
                cancel=lambda ib, i: ib.cancelHistoricalData(i),
                farm=FarmKind.HISTORICAL,
                history=history_demand(
                    "bars", contract, "SCHEDULE", f"{duration} {until} {rth}", size="1 day"
                ),
            )
        )
        return _only(rows, f"sessions of {contract}")

    async def head_timestamp(
        self,
        contract: Contract,
        *,
        what: WhatToShow = WhatToShow.TRADES,
        rth: bool = True,
        timeout_s: float | None = None,
    ) -> datetime | None:
        """Return since when IB has data of a kind, UTC; None where it says that it has none.

        A hint: bars may begin later than it says. It counts against the budget of small bars.

        Args:
            timeout_s: Bound on the answer, not on its turn; the endpoint's where None.
        """
        wanted, outages = _encoded(contract), self._outages()
        request = f"head of {what} of {contract}"
        rows = await self.ask(
            Question(
                request=request,
                row=datetime,
                send=lambda ib, i: ib.reqHeadTimeStamp(
                    i, wanted, str(what), int(rth), _EPOCH_DATES
                ),
                cancel=lambda ib, i: ib.cancelHeadTimeStamp(i),
                is_subscription=True,  # the gateway keeps it open, answered or not
                empty_is_answer=True,
                farm=FarmKind.HISTORICAL,
                history=history_demand("head", contract, what, str(rth)),
                timeout_s=timeout_s,
            )
        )
        self._check_emptiness(request, len(rows), outages)
        return rows[0] if rows else None

    async def histogram(
        self, contract: Contract, *, period: str = "1 week", rth: bool = True
    ) -> list[HistogramRow]:
        """Return how much was traded at each price, ascending.

        Args:
            period: IB's text: ``3 days``, ``1 week``.
        """
        wanted, outages = _encoded(contract), self._outages()
        request = f"histogram of {period} of {contract}"
        rows = await self.ask(
            Question(
                request=request,
                row=list,
                send=lambda ib, i: ib.reqHistogramData(i, wanted, rth, period),
                cancel=lambda ib, i: ib.cancelHistogramData(i),
                empty_is_answer=True,
                farm=FarmKind.HISTORICAL,
            )
        )
        found = [row for answer in rows for row in answer]
        self._check_emptiness(request, len(found), outages)
        return found

    async def historical_trades(
        self, contract: Contract, **within: Unpack[TickRange]
    ) -> list[TradeTick]:
        """Return one page of trades, ascending.

        IB's times are whole seconds and a page ends with a whole second, so it may be longer than
        its limit. Begin the next one a second after the last tick.

        Raises:
            LocalProtocolError: Neither or both of ``start`` and ``end``, or a limit beyond 1000.
        """
        return await self._ticks(_Page(contract=contract, what="TRADES", **within), decode_trades)

    async def historical_bid_asks(
        self, contract: Contract, *, sizes: bool = True, **within: Unpack[TickRange]
    ) -> list[BidAskTick]:
        """Return one page of changes of the touch; pages are those of ``historical_trades``.

        Args:
            sizes: Whether a change of a size alone is one.
        """
        page = _Page(contract=contract, what="BID_ASK", sizes=sizes, **within)
        return await self._ticks(page, decode_bid_asks)

    async def historical_midpoints(
        self, contract: Contract, **within: Unpack[TickRange]
    ) -> list[MidpointTick]:
        """Return one page of middles; pages are those of ``historical_trades``."""
        page = _Page(contract=contract, what="MIDPOINT", **within)
        return await self._ticks(page, decode_midpoints)

    async def _ticks(self, page: _Page, decode: Callable[..., list[Tick]]) -> list[Tick]:
        contract = page.contract
        check_tick_request(
            contract, start=page.start, end=page.end, limit=page.limit, trades=page.what == "TRADES"
        )
        wanted = _encoded(contract)
        start, end = render_instant(page.start), render_instant(page.end)
        request = f"{page.limit} {page.what} ticks of {contract} {start}..{end}"
        detail, outages = f"{start}..{end} {page.limit} {page.rth} {page.sizes}", self._outages()
        parts = await self.ask(
            Question(
                request=request,
                row=list,
                send=lambda ib, i: ib.reqHistoricalTicks(
                    i, wanted, start, end, page.limit, page.what, int(page.rth), not page.sizes, []
                ),
                cancel=self._tick_cancel(),
                empty_is_answer=True,
                farm=FarmKind.HISTORICAL,
                history=history_demand("ticks", contract, page.what, detail),
            )
        )
        ticks = [tick for part in parts for tick in part]
        self._check_emptiness(request, len(ticks), outages)
        try:
            found = decode(ticks, con_id=contract.con_id)
        except (ValueError, OverflowError, OSError) as error:
            raise RemoteProtocolError(f"a tick that cannot be read: {error}") from error
        return sorted(found, key=lambda tick: tick.ts)  # type: ignore[attr-defined] # each kind has it

    def _outages(self) -> int:
        return self._session.upstream.outages(FarmKind.HISTORICAL)

    def _check_emptiness(self, request: str, count: int, outages: int) -> None:
        """Refuse an empty answer that was made while its farm was away."""
        if not count and self._outages() != outages:
            raise DataFarmDown(request, "went away meanwhile, and the answer is empty", 0.0)

    def _tick_cancel(self) -> Call | None:
        if self.server_version < int(MIN_SERVER_VER_CANCEL_CONTRACT_DATA):
            return None
        return lambda ib, i: ib.cancelHistoricalTicks(i)


def _encoded(contract: Contract) -> Any:
    """Return a contract to ask the past of: a future may have expired since it was described."""
    return encode_contract(contract, include_expired=contract.sec_type is SecType.FUT)


def _history(
    contract: Contract, until: str, duration: str, size: str, what: str, *, rth: bool
) -> Call:
    wanted = _encoded(contract)
    return lambda ib, i: ib.reqHistoricalData(
        i,
        wanted,
        until,
        duration,
        size,
        str(what),
        int(rth),
        _EPOCH_DATES,
        keepUpToDate=False,
        chartOptions=[],
    )


def _only(rows: list[Schedule], what: str) -> Schedule:
    if len(rows) != 1:
        raise RemoteProtocolError(f"{what}: {len(rows)} answers to one question")
    return rows[0]
