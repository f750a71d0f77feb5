# SPDX-License-Identifier: Apache-2.0
"""Requests about the session itself: ids, accounts, time."""

from __future__ import annotations

import logging

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import (
    CurrentTime,
    CurrentTimeMillis,
    ManagedAccounts,
    NextValidId,
    ReqCurrentTime,
    ReqCurrentTimeMillis,
    ReqIds,
    ReqManagedAccounts,
    SetServerLogLevel,
    UnknownRequest,
)

__all__ = ["SessionDesk"]

log = logging.getLogger(__name__)

_FARMS = (
    Refusal(code=2104, message="Market data farm connection is OK:usfarm"),
    Refusal(code=2106, message="HMDS data farm connection is OK:ushmds"),
    Refusal(code=2158, message="Sec-def data farm connection is OK:secdefnj"),
)


class SessionDesk:
    """Greets a client and answers what concerns no contract, order or account."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self.handlers: Handlers = {
            ReqIds: self._next_id,
            ReqManagedAccounts: self._accounts,
            ReqCurrentTime: self._time,
            ReqCurrentTimeMillis: self._time_millis,
            SetServerLogLevel: self._ignore,
            UnknownRequest: self._unknown,
        }

    def welcome(self, client: ClientLink) -> None:
        """Send what a gateway pushes after START_API."""
        self._accounts(client, ReqManagedAccounts())
        self._next_id(client, ReqIds())
        for notice in _FARMS:
            client.fail(-1, notice)

    def _next_id(self, client: ClientLink, _: ReqIds) -> None:
        client.send(NextValidId(order_id=self._brokerage.book.next_order_id(client.client_id)))

    def _accounts(self, client: ClientLink, _: ReqManagedAccounts) -> None:
        client.send(ManagedAccounts(accounts=tuple(self._brokerage.accounts)))

    def _time(self, client: ClientLink, _: ReqCurrentTime) -> None:
        client.send(CurrentTime(seconds=int(self._brokerage.clock.now().timestamp())))

    def _time_millis(self, client: ClientLink, _: ReqCurrentTimeMillis) -> None:
        millis = int(self._brokerage.clock.now().timestamp() * 1000)
        client.send(CurrentTimeMillis(milliseconds=millis))

    def _ignore(self, client: ClientLink, _: SetServerLogLevel) -> None:
        """Take a log level and do nothing with it, as far as a client can see."""

    def _unknown(self, client: ClientLink, request: UnknownRequest) -> None:
        log.warning("client %d: message id %d is not simulated", client.client_id, request.msg_id)
        text = f"Error reading request. Message id {request.msg_id} is not simulated."
        client.fail(-1, Refusal(code=320, message=text))
