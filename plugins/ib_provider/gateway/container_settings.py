# SPDX-License-Identifier: Apache-2.0
"""How a gateway's container is to run: the published image and what its variables say.

Source of the variables: gnzsnz/ib-gateway-docker, README, "Configuration" (2026); those of IBC are
in its user guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from typing import Any, Final
from zoneinfo import available_timezones

from ib_provider.domain.account import TradingMode
from ib_provider.errors import ConfigError

__all__ = ["ContainerSettings", "parse_container_settings"]

#: The port of IB Gateway that clients know, and the one inside the image that leads to it.
_HOST_PORT: Final = {TradingMode.LIVE: 4001, TradingMode.PAPER: 4002}
_IMAGE_PORT: Final = {TradingMode.LIVE: 4003, TradingMode.PAPER: 4004}

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_RESTART_POLICIES: Final = ("no", "on-failure", "unless-stopped", "always")
_SESSION_ACTIONS: Final = ("primary", "primaryoverride", "secondary", "manual")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettings:
    """How a container runs. It holds no secret.

    Attributes:
        image: Repository and tag.
        digest: ``sha256:…``; pins the image whatever its tag points to.
        name: Of the container; empty: ``ib-gateway-paper`` or ``ib-gateway-live``.
        port: On 127.0.0.1; None is IB Gateway's own, 4002 paper and 4001 live.
        read_only_api: The gateway refuses orders. The default.
        auto_restart_time: When the gateway restarts itself each day, in ``time_zone``; with it the
            second factor is asked for once a week instead of once a day.
        twofa_timeout_action: ``restart`` asks again when nobody confirmed, ``exit`` ends.
        twofa_device: The device to choose where the login has several.
        relogin_after_twofa_timeout: Log in again when nobody confirmed.
        existing_session_action: What happens when the user is logged in elsewhere. ``primary``
            ends the other session.
        time_zone: Of the gateway, from the tz database.
        java_heap_mb: Of the gateway; option chains need more than the default 768.
        memory_mb: Of the container; None is no limit.
        cpus: Of the container; None is no limit.
        restart_policy: Of the engine.
        vnc_port: On 127.0.0.1; None: no VNC server. Needs a password of its own.
    """

    trading_mode: TradingMode = TradingMode.PAPER
    image: str = "ghcr.io/gnzsnz/ib-gateway:stable"
    digest: str = ""
    name: str = ""
    port: int | None = None
    read_only_api: bool = True
    auto_restart_time: time | None = time(23, 59)
    twofa_timeout_action: str = "restart"
    twofa_device: str = ""
    relogin_after_twofa_timeout: bool = True
    existing_session_action: str = "primary"
    time_zone: str = "America/New_York"
    java_heap_mb: int = 1024
    memory_mb: int | None = 2048
    cpus: float | None = 2.0
    restart_policy: str = "unless-stopped"
    vnc_port: int | None = None

    def __post_init__(self) -> None:
        problems = _problems(self)
        if problems:
            raise ConfigError("gateway container", problems)

    @property
    def container_name(self) -> str:
        """Return the name of the container."""
        return self.name or f"ib-gateway-{self.trading_mode}"

    @property
    def image_reference(self) -> str:
        """Return the image to run: by digest where one is pinned."""
        if not self.digest:
            return self.image
        last_slash = self.image.rfind("/")
        tag = self.image.find(":", last_slash + 1)
        return f"{self.image if tag < 0 else self.image[:tag]}@{self.digest}"

    @property
    def host_port(self) -> int:
        """Return the port on 127.0.0.1 where clients find the API."""
        return _HOST_PORT[self.trading_mode] if self.port is None else self.port

    @property
    def image_port(self) -> int:
        """Return the port of the API inside the container."""
        return _IMAGE_PORT[self.trading_mode]

    def environment(self) -> dict[str, str]:
        """Return the variables of the image that these settings mean; no secret is among them."""
        restart = self.auto_restart_time
        said = {
            "TRADING_MODE": str(self.trading_mode),
            "READ_ONLY_API": _yes_no(value=self.read_only_api),
            "TWOFA_TIMEOUT_ACTION": self.twofa_timeout_action,
            "TWOFA_DEVICE": self.twofa_device,
            "RELOGIN_AFTER_TWOFA_TIMEOUT": _yes_no(value=self.relogin_after_twofa_timeout),
            "EXISTING_SESSION_DETECTED_ACTION": self.existing_session_action,
            "AUTO_RESTART_TIME": restart.strftime("%I:%M %p") if restart else "",
            "TIME_ZONE": self.time_zone,
            "TZ": self.time_zone,
            "JAVA_HEAP_SIZE": str(self.java_heap_mb),
            # The only client is the forwarder inside the container: nobody is there to say yes.
            "TWS_ACCEPT_INCOMING": "accept",
        }
        return {name: value for name, value in said.items() if value}

    def as_text(self) -> dict[str, str]:
        """Return every setting as text, to compare with those of a container that exists."""
        return {field.name: _text(getattr(self, field.name)) for field in fields(self)}


def parse_container_settings(
    said: Mapping[str, Any], *, source: str, base: ContainerSettings | None = None
) -> ContainerSettings:
    """Return the settings that a mapping of names and values, or of their texts, describes.

    Args:
        said: Setting → value; None and the empty text leave the base's.
        source: Where they come from, for the error.
        base: What is not said; the defaults by themselves.

    Raises:
        ConfigError: With every problem at once.
    """
    known = {field.name: field.type for field in fields(ContainerSettings)}
    changes: dict[str, Any] = {}
    problems = [
        f"{name}: unknown; known are {', '.join(sorted(known))}" for name in said.keys() - known
    ]
    for name, value in said.items():
        if name not in known or value is None or value == "":
            continue
        try:
            changes[name] = _PARSERS.get(name, str)(value)
        except (TypeError, ValueError) as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise ConfigError(source, sorted(problems))
    try:
        return replace(base or ContainerSettings(), **changes)
    except ConfigError as error:
        raise ConfigError(source, error.problems) from None


def _problems(settings: ContainerSettings) -> list[str]:
    problems = [
        f"{name}: {port} is not a port number"
        for name, port in (("port", settings.port), ("vnc_port", settings.vnc_port))
        if port is not None and not 0 < port < 65536
    ]
    if settings.vnc_port is not None and settings.vnc_port == settings.host_port:
        problems.append(f"vnc_port: {settings.vnc_port} is the API's")
    if settings.digest and not _DIGEST.fullmatch(settings.digest):
        problems.append("digest: not sha256: and 64 hexadecimal digits")
    if not settings.image or "@" in settings.image:
        problems.append("image: not a repository and a tag; a digest has a setting of its own")
    if settings.name and not _NAME.fullmatch(settings.name):
        problems.append(f"name: {settings.name!r} is not a container's name")
    if settings.time_zone not in available_timezones():
        problems.append(f"time_zone: {settings.time_zone!r} is not in the tz database")
    for name, value, legal in (
        ("twofa_timeout_action", settings.twofa_timeout_action, ("exit", "restart")),
        ("existing_session_action", settings.existing_session_action, _SESSION_ACTIONS),
        ("restart_policy", settings.restart_policy, _RESTART_POLICIES),
    ):
        if value not in legal:
            problems.append(f"{name}: {value!r} is not one of {', '.join(legal)}")
    if not 256 <= settings.java_heap_mb <= 65536:
        problems.append(f"java_heap_mb: {settings.java_heap_mb} is not from 256 to 65536")
    elif settings.memory_mb is not None and settings.memory_mb < settings.java_heap_mb + 256:
        problems.append(
            f"memory_mb: {settings.memory_mb} leaves no room beside a heap of "
            f"{settings.java_heap_mb}; 256 more is the least"
        )
    if settings.cpus is not None and not 0 < settings.cpus <= 1024:
        problems.append(f"cpus: {settings.cpus} is not above zero")
    return problems


def _yes_no(*, value: bool) -> str:
    return "yes" if value else "no"


def _text(value: object) -> str:
    return (
        "" if value is None else value.strftime("%H:%M") if isinstance(value, time) else str(value)
    )


def _boolean(value: object) -> bool:
    legal = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    parsed = legal.get(str(value).strip().lower())
    if parsed is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return parsed


def _trading_mode(value: object) -> TradingMode:
    try:
        return TradingMode(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is neither paper nor live") from None


def _whole(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a whole number") from None


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a number") from None


def _time_of_day(value: object) -> time | None:
    if isinstance(value, time) or str(value).lower() == "never":
        return value if isinstance(value, time) else None
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a time such as 23:59, nor never") from None


_PARSERS: Final = {
    "trading_mode": _trading_mode,
    "port": _whole,
    "read_only_api": _boolean,
    "auto_restart_time": _time_of_day,
    "relogin_after_twofa_timeout": _boolean,
    "java_heap_mb": _whole,
    "memory_mb": _whole,
    "cpus": _number,
    "vnc_port": _whole,
}
