# SPDX-License-Identifier: Apache-2.0
"""Where a gateway listens, and how long to wait for it."""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.errors import ConfigError

__all__ = ["Endpoint"]

#: Messages a second. A login with 100 market-data lines may send 50; the rest is slack.
_DEFAULT_RATE = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One gateway as one client id sees it.

    Attributes:
        client_id: 0 also sees orders made by hand; every other id sees its own.
        connect_timeout_s: Bound on the whole way to a usable session, in seconds.
        request_timeout_s: Bound on the answer to one request, in seconds.
        messages_per_s: Most messages sent in a second, over all requests.
        heartbeat_s: After so long without a byte the gateway is asked for the time; 0 never asks.
        silence_s: A gateway that says nothing for so long after that is taken for gone.

    Raises:
        ConfigError: With every unusable field at once.
    """

    host: str = "127.0.0.1"
    port: int = 4002
    client_id: int = 0
    connect_timeout_s: float = 10.0
    request_timeout_s: float = 60.0
    messages_per_s: float = _DEFAULT_RATE
    heartbeat_s: float = 20.0
    silence_s: float = 10.0

    def __post_init__(self) -> None:
        problems = []
        if not self.host:
            problems.append("host: must not be empty")
        if not 0 < self.port < 65536:
            problems.append(f"port: {self.port} is not a TCP port")
        if not 0 <= self.client_id < 2**31:
            problems.append(f"client_id: {self.client_id} is not between 0 and 2147483647")
        for name in ("connect_timeout_s", "request_timeout_s", "messages_per_s", "silence_s"):
            if not getattr(self, name) > 0:
                problems.append(f"{name}: must be above zero")
        if not self.heartbeat_s >= 0:
            problems.append("heartbeat_s: must not be below zero")
        if problems:
            raise ConfigError(f"endpoint {self.host}:{self.port}", problems)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
