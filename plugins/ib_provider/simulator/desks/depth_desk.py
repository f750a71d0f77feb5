# SPDX-License-Identifier: Apache-2.0
"""Requests for order books: rows by price, by exchange, and over all exchanges (smart depth).

Rules:
    * A book begins with an insertion for each row and is then changed by steps.
    * After a time without data it is emptied with code 317 and begun anew.
    * A client that reads slowly skips states of the book, never a step of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts.listing import SMART
from ib_provider.simulator.desks.depth_rows import Row, Step, spread_over, steps
from ib_provider.simulator.desks.exchange_desk import BY_MAKER, DEPTH_EXCHANGES
from ib_provider.simulator.desks.live_market import DataLine, LiveMarket, Traded
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.market import Level
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    Answer,
    CancelMktDepth,
    MarketDepth,
    MarketDepthL2,
    ReqMktDepth,
    RerouteMktDepth,
)

__all__ = ["DepthDesk"]

_DEPTH: Final = "market depth"
_MOST_ROWS: Final = 60
_ASK, _BID = 0, 1

_SERVICE: Final = {(row.exchange, row.sec_type): row.service_data_type for row in DEPTH_EXCHANGES}
_UNSUPPORTED: Final = Refusal(
    code=10092,
    message="Deep market data is not supported for this combination of security type/exchange",
)
_RESET: Final = Refusal(
    code=317,
    message=(
        "Market depth data has been RESET. Please empty deep book contents before applying any "
        "new entries."
    ),
)


@dataclass(slots=True)
class _Book:
    """What one client holds: side → rows. ``makers`` is empty where rows name nobody."""

    request: ReqMktDepth
    traded: Traded
    makers: tuple[str, ...]
    held: dict[int, list[Row]]
    line: DataLine


class DepthDesk:
    """Answers requests for order books."""

    def __init__(self, live: LiveMarket) -> None:
        self._live = live
        self.handlers: Handlers = {
            ReqMktDepth: self._begin,
            CancelMktDepth: self._cancel,
        }

    def _begin(self, client: ClientLink, request: ReqMktDepth) -> None:
        request_id = request.request_id
        if client.is_running(_DEPTH, request_id):
            client.fail(request_id, Refusal(code=102, message="Duplicate ticker ID."))
            return
        if request.rows < 1:
            client.fail(request_id, invalid("Market depth rows must be above zero."))
            return
        found = self._live.find(request.contract)
        if isinstance(found, Refusal):
            client.fail(request_id, found)
            return
        if stock := found.rerouted_to:
            client.send(RerouteMktDepth(request_id=request_id, con_id=stock, exchange=SMART))
            return
        makers = _makers(request, found)
        refusal = self._live.entitlements.book_refusal(found.listing.contract.symbol)
        if makers is None or refusal is not None:
            client.fail(request_id, refusal or _UNSUPPORTED)
            return
        if request.smart_depth:
            text = f"Exchanges - Depth: {'; '.join(makers)}; "
            client.fail(request_id, Refusal(code=2152, message=text))
        book = _Book(request, found, makers, {_ASK: [], _BID: []}, DataLine(self._live))
        client.begin(_DEPTH, request_id, self._run(client, book))

    def _cancel(self, client: ClientLink, request: CancelMktDepth) -> None:
        if not client.end(_DEPTH, request.request_id):
            text = f"Can't find the subscribed market depth with tickerId:{request.request_id}"
            client.fail(request.request_id, Refusal(code=310, message=text))

    async def _run(self, client: ClientLink, book: _Book) -> None:
        second = self._live.beat.second
        while True:
            self._tell(client, book, second)
            await client.drain()
            second = await self._live.beat.after(second)

    def _tell(self, client: ClientLink, book: _Book, second: int) -> None:
        if self._live.halted(book.traded.listing.contract.symbol) or not book.line.flows():
            return
        if book.line.missed:
            book.held = {_ASK: [], _BID: []}
            client.fail(book.request.request_id, _RESET)
        for side, rows in self._rows(book, second).items():
            for step in steps(book.held[side], rows):
                client.send(_answer(book, side, step))
            book.held[side] = rows

    def _rows(self, book: _Book, second: int) -> dict[int, list[Row]]:
        count = min(book.request.rows, _MOST_ROWS)
        at = datetime.fromtimestamp(second, UTC)
        bids, asks = self._live.market.book(book.traded.key, at, rows=count)
        return {_ASK: _side(book, asks, count, "ask"), _BID: _side(book, bids, count, "bid")}


def _side(book: _Book, levels: Sequence[Level], count: int, name: str) -> list[Row]:
    if not book.makers:
        return [Row(level.price, level.size) for level in levels]
    return spread_over(levels, book.makers, count, f"{book.traded.key}/{name}")


def _makers(request: ReqMktDepth, traded: Traded) -> tuple[str, ...] | None:
    """Return who is named in the rows; nobody where rows are prices; None where no book is."""
    kind, routed = str(traded.sec_type), request.contract.exchange or traded.listing.venue
    if request.smart_depth:
        if routed != SMART or traded.sec_type is not SecType.STK:
            return None
        return tuple(name for name in traded.venues if (name, kind) in _SERVICE) or None
    service = _SERVICE.get((routed, kind))
    if service is None:
        return None
    return (routed,) if service == BY_MAKER else ()


def _answer(book: _Book, side: int, step: Step) -> Answer:
    row, request = step.row, book.request
    price, size = money(row.price), Decimal(row.size)
    if not book.makers:
        return MarketDepth(
            request_id=request.request_id,
            position=step.position,
            operation=step.operation,
            side=side,
            price=price,
            size=size,
        )
    return MarketDepthL2(
        request_id=request.request_id,
        position=step.position,
        market_maker=row.maker,
        operation=step.operation,
        side=side,
        price=price,
        size=size,
        smart_depth=request.smart_depth,
    )
