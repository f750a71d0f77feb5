# SPDX-License-Identifier: Apache-2.0
"""What the desks of the gateway see of a connected client."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import Answer

__all__ = ["ClientLink", "Handlers"]


class ClientLink(Protocol):
    """One client: where answers go, and what it is subscribed to."""

    @property
    def client_id(self) -> int:
        """Return the id the client gave itself."""

    @property
    def server_version(self) -> int:
        """Return the version both speak."""

    def send(self, answer: Answer) -> None:
        """Queue an answer; nothing happens where the client has gone."""

    def fail(self, request_id: int, refusal: Refusal) -> None:
        """Queue an error about a request."""

    async def drain(self) -> None:
        """Wait until the client has taken most of what is queued."""

    def begin(self, name: str, request_id: int, work: Coroutine[Any, Any, None]) -> None:
        """Run work for a request until it ends, is withdrawn, or the client goes."""

    def running(self, name: str) -> int:
        """Return how many works of one kind are under way."""

    def is_running(self, name: str, request_id: int) -> bool:
        """Return whether the work of a request is under way."""

    def end(self, name: str, request_id: int) -> bool:
        """Stop the work of a request; False where there was none."""

    def subscriptions(self, name: str) -> set[int]:
        """Return the request ids of one kind of subscription, to change in place."""


Handlers = Mapping[type[Any], Callable[[ClientLink, Any], None]]
"""Request type → what a desk does with it."""
