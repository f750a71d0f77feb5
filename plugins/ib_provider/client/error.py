# SPDX-License-Identifier: Apache-2.0
"""The gateway's error channel: who a message is for, and the state of what lies behind the socket.

Rules:
    * The id decides: a request's error fails that request, an order's goes to the order mixin,
      -1 is the session's.
    * Three states are three things: the socket, the gateway's link to IB, the data farms. None of
      the latter two ever closes the socket.
    * A question without a request id can only be failed by an error without one. Which of several
      open ones it was, IB does not say: all of them fail, for a wrong "no" is retried, and an
      unanswered question waits.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ib_provider.client.base import ClientBase
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.error_table import ErrorKind, classify, to_request_error
from ib_provider.client.event import ErrorReceived
from ib_provider.client.pending import is_request_id

__all__ = ["ErrorMixin", "FarmState"]

_logger = logging.getLogger(__name__)


class FarmState(StrEnum):
    """How one data farm is, by the gateway's last word."""

    WELL = "well"
    ASLEEP = "asleep"
    CONNECTING = "connecting"
    BROKEN = "broken"


_FARM_STATES: Final = {
    2103: FarmState.BROKEN,
    2104: FarmState.WELL,
    2105: FarmState.BROKEN,
    2106: FarmState.WELL,
    2107: FarmState.ASLEEP,
    2108: FarmState.ASLEEP,
    2119: FarmState.CONNECTING,
    2157: FarmState.BROKEN,
    2158: FarmState.WELL,
}
_IB_REACHED: Final = {1100: False, 2110: False, 1300: False, 1101: True, 1102: True}

#: The farm's name ends the text, behind a colon or a full stop.
_FARM_NAME: Final = re.compile(r"[:.]\s*([\w.-]+?)\.?\s*$")

#: Kinds that say nothing against what was asked.
_HARMLESS: Final = frozenset(
    {ErrorKind.NOTICE, ErrorKind.FARM, ErrorKind.CONNECTIVITY, ErrorKind.ORDER_NOTICE}
)


@dataclass(slots=True, kw_only=True)
class _ErrorState:
    """What lies behind the socket."""

    farms: dict[str, FarmState] = field(default_factory=dict)
    is_ib_reached: bool = True


class ErrorMixin(ClientBase):
    """Gives each message of the error channel to whom it concerns."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._errors = _ErrorState()
        self._listen(ErrorReceived, self._on_error)

    @property
    def farms(self) -> Mapping[str, FarmState]:
        """Return the data farms that the gateway has named, and how each is."""
        return MappingProxyType(self._errors.farms)

    @property
    def is_ib_reached(self) -> bool:
        """Return whether the gateway has its own link to IB (errors 1100, 1101, 1102)."""
        return self._errors.is_ib_reached

    def _on_error(self, event: ErrorReceived) -> None:
        kind = classify(event.code, event.message)
        if kind is ErrorKind.FARM:
            self._note_farm(event)
        elif kind is ErrorKind.CONNECTIVITY:
            self._errors.is_ib_reached = _IB_REACHED.get(event.code, self._errors.is_ib_reached)
            _logger.warning("gateway %s: %s %s", self._endpoint, event.code, event.message)
        elif is_request_id(event.identifier):
            self._fail_request(event, kind)
        elif event.identifier < 0:
            self._fail_channels(event, kind)

    def _note_farm(self, event: ErrorReceived) -> None:
        found = _FARM_NAME.search(event.message)
        name = found.group(1) if found else event.message
        self._errors.farms[name] = _FARM_STATES[event.code]
        _logger.debug("farm %s is %s", name, self._errors.farms[name])

    def _fail_request(self, event: ErrorReceived, kind: ErrorKind | None) -> None:
        ask = self._pending.find(event.identifier)
        if ask is None or kind in _HARMLESS:
            # Nobody waits (it was called off), or nothing is wrong with what is waited for.
            _logger.debug("request %s: %s %s", event.identifier, event.code, event.message)
        elif kind is ErrorKind.NO_DATA and ask.empty_is_answer:
            self._pending.end(event.identifier)
        else:
            error = to_request_error(event.code, event.message, ask.request)
            self._pending.fail(event.identifier, error)

    def _fail_channels(self, event: ErrorReceived, kind: ErrorKind | None) -> None:
        if kind is None or kind in _HARMLESS:
            level = logging.WARNING if kind is None else logging.INFO
            _logger.log(level, "gateway %s: %s %s", self._endpoint, event.code, event.message)
            return
        for channel, ask in self._pending.channels():
            self._pending.fail(channel, to_request_error(event.code, event.message, ask.request))
