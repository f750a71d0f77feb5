# SPDX-License-Identifier: Apache-2.0
"""What a fault can do to the running parts of a gateway."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.desks.bar_desk import BARS
from ib_provider.simulator.faults.market_changes import MarketChange
from ib_provider.simulator.limits.open_requests import KINDS, PAST, STREAMS
from ib_provider.simulator.listener import Listener
from ib_provider.simulator.market_changer import change_market
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.session import Session
from ib_provider.wire import messages
from ib_provider.wire.messages import CancelHistoricalData, TickGeneric

__all__ = ["GatewayStage"]

log = logging.getLogger(__name__)

#: IB's tick type of the halted flag, and its values: 1 is a general halt.
_HALTED: Final = 49


class GatewayStage:
    """The ``Stage`` of a ``FaultDirector``.

    Args:
        sessions: By client id; changes while it is used.
        serve: Hands a request to its desk, past faults and limits.
    """

    def __init__(
        self,
        *,
        sessions: Mapping[int, Session],
        listener: Listener,
        brokerage: Brokerage,
        serve: Callable[[Session, Any], None],
    ) -> None:
        self._sessions = sessions
        self._listener = listener
        self._brokerage = brokerage
        self._serve = serve

    async def listen(self) -> None:
        """Begin to accept connections; nothing where it does."""
        await self._listener.open()

    def stop_listening(self) -> None:
        """Refuse connections; those that are open stay."""
        self._listener.shut()

    def cut(self, client: int | None) -> None:
        """Drop the connection of a client, or all."""
        if client is None:
            self._listener.cut()
        elif session := self._sessions.get(client):
            session.cut()

    def tell(self, notice: Refusal, client: int | None) -> None:
        """Send a notice to a client, or all."""
        for session in list(self._sessions.values()):
            if client in (None, session.client_id):
                session.fail(-1, notice)

    def end_streams(self) -> None:
        """End every stream of market data, without a word."""
        for session in list(self._sessions.values()):
            for kind in STREAMS:
                cancel = getattr(messages, KINDS[kind].cancelled_by)
                for request_id in session.gate.open.ids(kind):
                    withdrawal = cancel(request_id=request_id)
                    session.gate.open.asked(withdrawal)
                    self._serve(session, withdrawal)
            for request in session.gate.open.requests(PAST):
                if getattr(request, "keep_up_to_date", False):
                    # not by its withdrawal, which would be answered
                    session.gate.open.asked(CancelHistoricalData(request_id=request.request_id))
                    session.end(BARS, request.request_id)

    def halt(self, symbol: str, *, halted: bool) -> None:
        """Halt a symbol, or let it trade, and tell whoever watches it."""
        self._brokerage.halt(symbol, halted=halted)
        for session, request_id in self._watchers(symbol):
            flag = TickGeneric(request_id=request_id, tick_type=_HALTED, value=Decimal(int(halted)))
            session.send(flag)

    def advance(self, seconds: float) -> None:
        """Move the simulated clock forward, and let the market work up to then."""
        self._brokerage.clock.advance(seconds)
        self._brokerage.advance()

    def change(self, change: MarketChange) -> None:
        """Change the market's history."""
        try:
            change_market(self._brokerage, change)
        except KeyError as error:
            log.warning("not changed: %r: %r is unknown", change, error.args[0])

    def _watchers(self, symbol: str) -> Iterator[tuple[Session, int]]:
        for session in list(self._sessions.values()):
            for request in session.gate.open.requests("lines"):
                listing = self._brokerage.resolve(request.contract)
                if not isinstance(listing, Refusal) and listing.contract.symbol == symbol:
                    yield session, request.request_id
