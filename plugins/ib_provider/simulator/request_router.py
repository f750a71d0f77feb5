# SPDX-License-Identifier: Apache-2.0
"""The way of a request: what faults do to it, what limits say of it, then the desk's part."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, get_args

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import Handlers
from ib_provider.simulator.faults.fault_state import FaultState
from ib_provider.simulator.limits.request_gate import Hold
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.session import Session
from ib_provider.wire.messages import PlaceOrder, Request, UnknownRequest

__all__ = ["RequestRouter", "id_of"]

log = logging.getLogger(__name__)

_HELD: Final = "held"
_SERVED_BEFORE: Final = frozenset({"StartApi"})  # by the session itself


class RequestRouter:
    """Hands requests to desks, unless something is in the way."""

    def __init__(self, handlers: Handlers, *, brokerage: Brokerage, faults: FaultState) -> None:
        self._handlers = handlers
        self._brokerage = brokerage
        self._faults = faults

    @property
    def unserved(self) -> frozenset[str]:
        """Return the requests that no desk takes: whoever sends one is told "not simulated"."""
        known = {kind.__name__ for kind in get_args(Request)}
        return frozenset(known - _SERVED_BEFORE - {kind.__name__ for kind in self._handlers})

    def route(self, session: Session, request: Request) -> None:
        """Serve a request, refuse it, or let it wait."""
        upset = self._faults.upset(request, new_order=self._is_new_order(session, request))
        if upset is not None:
            if upset.refusal is not None:
                session.fail(id_of(request), upset.refusal)
            if not upset.serve:
                return
            if upset.quiet_after is not None:
                session.outbox.screen.silence.begin(id_of(request), after_fills=upset.quiet_after)
        verdict = session.gate.judge(request, asyncio.get_running_loop().time())
        if isinstance(verdict, Refusal):
            session.fail(id_of(request), verdict)
        elif isinstance(verdict, Hold):
            session.begin(_HELD, id_of(request), self._serve_later(session, request, verdict))
        else:
            self.serve(session, request)

    def serve(self, session: Session, request: Any) -> None:
        """Hand a request to its desk, past faults and limits."""
        handler = self._handlers.get(type(request))
        if handler is None:
            name = type(request).__name__
            text = f"Error reading request. {name} is not simulated."
            session.fail(id_of(request), Refusal(code=320, message=text))
            return
        try:
            handler(session, request)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # What nobody thought of must not end the session, let alone the gateway.
            log.error("client %d: %r", session.client_id, request, exc_info=error)
            text = f"Error processing request.-'sim' : cause - {error!r}"
            session.fail(id_of(request), Refusal(code=322, message=text))

    async def _serve_later(self, session: Session, request: Request, hold: Hold) -> None:
        await asyncio.sleep(hold.seconds)
        self.serve(session, request)

    def _is_new_order(self, session: Session, request: Request) -> bool:
        if not isinstance(request, PlaceOrder) or request.order.what_if:
            return False
        return self._brokerage.book.find((session.client_id, request.order_id)) is None


def id_of(request: Any) -> int:
    """Return the request id or order id that an error about a request carries; -1 without one."""
    if isinstance(request, UnknownRequest):
        return -1
    return int(getattr(request, "request_id", getattr(request, "order_id", -1)))
