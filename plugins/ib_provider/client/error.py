# SPDX-License-Identifier: Apache-2.0
"""The gateway's error channel: who a message is for, and the state of what lies behind the socket.

Rules:
    * The id decides: a request's error fails that request, an order's goes to the order mixin,
      -1 is the session's.
    * Three states are three things: the socket, the gateway's link to IB, the data farms. None of
      the latter two ever closes the socket. "No data" while the farm is away is no answer.
    * A question without a request id can only be failed by an error without one. Which of several
      open ones it was, IB does not say: all of them fail, for a wrong "no" is retried, and an
      unanswered question waits.
"""

from __future__ import annotations

import logging
from typing import Final

from ib_provider.client.base import ClientBase
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.error_table import ErrorKind, classify, to_request_error
from ib_provider.client.event import ErrorReceived
from ib_provider.client.pending import PendingAsk, is_request_id
from ib_provider.client.upstream import FarmKind, Farms, FarmState
from ib_provider.errors import DataFarmDown

__all__ = ["ErrorMixin", "FarmKind", "FarmState", "Farms"]

_logger = logging.getLogger(__name__)


#: The gateway drops its clients and listens elsewhere: the only notice that ends the link.
_PORT_RESET: Final = 1300

#: A word of the historical service about a request; with its farm down there is no answer to it.
_HISTORY_MESSAGE: Final = 165

#: Kinds that say nothing against what was asked.
_HARMLESS: Final = frozenset(
    {ErrorKind.NOTICE, ErrorKind.FARM, ErrorKind.CONNECTIVITY, ErrorKind.ORDER_NOTICE}
)


class ErrorMixin(ClientBase):
    """Gives each message of the error channel to whom it concerns."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._listen(ErrorReceived, self._on_error)

    @property
    def farms(self) -> Farms:
        """Return the data farms that the gateway has named, and how each is."""
        return self._session.upstream.farms

    @property
    def is_ib_reached(self) -> bool:
        """Return whether the gateway has its own link to IB (errors 1100, 1101, 1102)."""
        return self._session.upstream.is_ib_reached

    def _on_error(self, event: ErrorReceived) -> None:
        kind = classify(event.code, event.message)
        if kind is ErrorKind.FARM:
            self._note_farm(event)
        elif kind is ErrorKind.CONNECTIVITY:
            self._note_link(event)
        elif is_request_id(event.identifier):
            self._fail_request(event, kind)
        elif event.identifier < 0:
            self._fail_channels(event, kind)

    async def wait_for_farm(self, kind: FarmKind, *, timeout_s: float) -> None:
        """Return when requests of a kind can be served: IB is reached, no farm of it is broken.

        Raises:
            DataFarmDown: Not within the time.
            ConnectionLost: The link ended first.
        """
        await self._session.upstream.wait_until_clear(kind, timeout_s=timeout_s)

    def _note_farm(self, event: ErrorReceived) -> None:
        name = self._session.upstream.note_farm(event.code, event.message)
        _logger.debug("farm %s is %s", name, self.farms[name])

    def _note_link(self, event: ErrorReceived) -> None:
        _logger.warning("gateway %s: %s %s", self._endpoint, event.code, event.message)
        if event.code == _PORT_RESET:
            self._lose(f"the gateway moves to another port: {event.message}")
            return
        self._session.upstream.note_link(event.code)

    def _fail_request(self, event: ErrorReceived, kind: ErrorKind | None) -> None:
        ask = self._pending.find(event.identifier)
        down = self._session.upstream.obstacle(FarmKind.HISTORICAL)
        if ask is not None and down and self._needs_farm(event, kind, ask):
            self._pending.fail(event.identifier, DataFarmDown(ask.request, down, 0.0))
        elif ask is None or kind in _HARMLESS:
            # Nobody waits (it was called off), or nothing is wrong with what is waited for.
            _logger.debug("request %s: %s %s", event.identifier, event.code, event.message)
        elif kind is ErrorKind.NO_DATA and ask.empty_is_answer:
            self._pending.end(event.identifier)
        else:
            error = to_request_error(event.code, event.message, ask.request)
            self._pending.fail(event.identifier, error)

    def _needs_farm(self, event: ErrorReceived, kind: ErrorKind | None, ask: PendingAsk) -> bool:
        """Return whether a word about a request is worth nothing while the farm is down."""
        return event.code == _HISTORY_MESSAGE or (kind is ErrorKind.NO_DATA and ask.empty_is_answer)

    def _fail_channels(self, event: ErrorReceived, kind: ErrorKind | None) -> None:
        if kind is None or kind in _HARMLESS:
            level = logging.WARNING if kind is None else logging.INFO
            _logger.log(level, "gateway %s: %s %s", self._endpoint, event.code, event.message)
            return
        for channel, ask in self._pending.channels():
            self._pending.fail(channel, to_request_error(event.code, event.message, ask.request))
