# SPDX-License-Identifier: Apache-2.0
"""An Airflow connection of type ``ib_gateway``, read once into a named value.

Rules:
    - Airflow's form saves an explicit ``null`` for every field left empty: ``None`` and the empty
      text are "not said".
    - A connection URI turns every extra into text, so ``"false"`` and ``"7"`` are read as well.
    - An unknown extra is a problem: a misspelt ``read_only`` must not pass unnoticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ib_provider.domain.account import TradingMode
from ib_provider.domain.reset_window import DEFAULT_RESET_WINDOWS, ResetWindows
from ib_provider.errors import ConfigError

__all__ = ["GatewayConnection", "parse_connection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConnection:
    """Where a gateway is and what may be done there.

    Attributes:
        account: The account that is meant; None takes the only one the login holds.
        client_id: First of the ids this connection uses; see ``hooks.client_ids``.
        read_only: No order may be sent. The default: trading is switched on, never forgotten on.
        messages_per_s: Of the whole login; IB allows half of its market-data lines.
        heartbeat_s: After so long without a word the gateway is asked for the time; 0 never asks.
        silence_s: A gateway silent for so long after that is taken for gone.
        reset_windows: When the gateway is expected to go away.
    """

    host: str
    port: int
    account: str | None
    client_id: int
    trading_mode: TradingMode
    read_only: bool
    connect_timeout_s: float
    request_timeout_s: float
    messages_per_s: float
    heartbeat_s: float
    silence_s: float
    reset_windows: ResetWindows

    @property
    def address(self) -> str:
        """Return host and port as one text."""
        return f"{self.host}:{self.port}"


class _AirflowConnection(Protocol):
    conn_id: Any
    host: Any
    port: Any

    @property
    def extra_dejson(self) -> Any: ...


#: The API port IB Gateway opens in each mode. Source: IB, "TWS API initial setup".
_DEFAULT_PORT = {TradingMode.PAPER: 4002, TradingMode.LIVE: 4001}
_FIELDS = frozenset(
    {
        "account",
        "client_id",
        "trading_mode",
        "read_only",
        "connect_timeout_s",
        "request_timeout_s",
        "messages_per_s",
        "heartbeat_s",
        "silence_s",
        "reset_windows",
        "container",  # read by hooks.gateway_login
    }
)
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def parse_connection(connection: _AirflowConnection) -> GatewayConnection:
    """Return what an Airflow connection says about a gateway.

    Raises:
        ConfigError: With every problem of the connection at once.
    """
    extra = connection.extra_dejson
    reader = _Reader(extra if isinstance(extra, Mapping) else {})
    if not isinstance(extra, Mapping):
        reader.problems.append("extra: not a JSON object")
    reader.refuse_unknown()
    mode = reader.trading_mode()
    parsed = GatewayConnection(
        host=str(connection.host or "127.0.0.1"),
        port=reader.port(connection.port, default=_DEFAULT_PORT[mode]),
        account=reader.text("account"),
        client_id=int(reader.number("client_id", default=1, low=0, high=2**30, whole=True)),
        trading_mode=mode,
        read_only=reader.boolean("read_only", default=True),
        connect_timeout_s=reader.number("connect_timeout_s", default=10, low=0.1, high=600),
        request_timeout_s=reader.number("request_timeout_s", default=60, low=0.1, high=3600),
        messages_per_s=reader.number("messages_per_s", default=45, low=1, high=1000),
        heartbeat_s=reader.number("heartbeat_s", default=20, low=0, high=3600),
        silence_s=reader.number("silence_s", default=10, low=0.1, high=3600),
        reset_windows=reader.windows("reset_windows", default=DEFAULT_RESET_WINDOWS),
    )
    if reader.problems:
        raise ConfigError(f"connection {connection.conn_id!r}", reader.problems)
    return parsed


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads extras one by one and collects what is wrong with them."""

    extra: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)

    def refuse_unknown(self) -> None:
        for key in sorted(set(self.extra) - _FIELDS):
            self.problems.append(f"{key}: unknown; known are {', '.join(sorted(_FIELDS))}")

    def text(self, key: str) -> str | None:
        value = self.extra.get(key)
        return str(value).strip() or None if value is not None else None

    def trading_mode(self) -> TradingMode:
        value = self.text("trading_mode") or TradingMode.PAPER.value
        try:
            return TradingMode(value)
        except ValueError:
            self.problems.append(f"trading_mode: {value!r} is neither paper nor live")
            return TradingMode.PAPER

    def boolean(self, key: str, *, default: bool) -> bool:
        value = self.text(key)
        if value is None:
            return default
        parsed = _BOOLEANS.get(value.lower())
        if parsed is None:
            self.problems.append(f"{key}: {value!r} is neither true nor false")
            return default
        return parsed

    def number(
        self, key: str, *, default: float, low: float, high: float, whole: bool = False
    ) -> float:
        value = self.text(key)
        if value is None:
            return default
        try:
            parsed = int(value) if whole else float(value)
        except ValueError:
            parsed = None
        if parsed is None or not low <= parsed <= high:
            kind = "a whole number" if whole else "a number"
            self.problems.append(f"{key}: {value!r} is not {kind} from {low:g} to {high:g}")
            return default
        return parsed

    def windows(self, key: str, *, default: str) -> ResetWindows:
        value = self.text(key)
        try:
            return ResetWindows.parse(default if value is None else value.replace("never", ""))
        except ConfigError as error:
            self.problems.extend(f"{key}: {problem}" for problem in error.problems)
            return ResetWindows()

    def port(self, value: object, *, default: int) -> int:
        if value is None or value == "":
            return default
        try:
            parsed = int(str(value))
        except ValueError:
            parsed = 0
        if not 0 < parsed < 65536:
            self.problems.append(f"port: {value!r} is not a port number")
            return default
        return parsed
