# SPDX-License-Identifier: Apache-2.0
"""What an Airflow connection says about the container of its gateway, and who logs in there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from airflow.sdk.log import mask_secret

from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from ib_provider.gateway.container_settings import ContainerSettings
    from ib_provider.gateway.credentials import Credentials
    from ib_provider.hooks.gateway_connection import GatewayConnection

__all__ = ["GatewayLogin", "parse_login"]

#: Settings of the container that the connection says elsewhere.
_ELSEWHERE: Final = frozenset({"port", "trading_mode"})
#: Hosts whose containers have their ports on this machine's loopback.
_HERE: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLogin:
    """A container's settings and the secrets of its start; its ``repr`` shows no secret."""

    settings: ContainerSettings
    credentials: Credentials | None = field(repr=False)
    vnc_password: str | None = field(repr=False)


class _AirflowConnection(Protocol):
    conn_id: Any
    login: Any
    password: Any

    @property
    def extra_dejson(self) -> Any: ...


def parse_login(
    connection: _AirflowConnection,
    gateway: GatewayConnection,
    *,
    environ: Mapping[str, str] | None = None,
) -> GatewayLogin:
    """Return the container that a connection means. Every secret is masked in Airflow's logs.

    The login and the password of the connection win over ``TWS_USERNAME`` and ``TWS_PASSWORD`` of
    the environment. Without either the credentials are None: looking at a container needs none.

    Args:
        connection: Its extra ``container`` holds settings, and ``vnc_password``.
        gateway: What the connection says otherwise: port, mode, read only.
        environ: The variables of the process; its own by default.

    Raises:
        ConfigError: With every problem of the extra at once.
    """
    from ib_provider.gateway.container_settings import parse_container_settings

    source = f"connection {connection.conn_id!r}, container"
    said = _said(connection.extra_dejson, source)
    vnc_password = said.pop("vnc_password", None) or None
    settings = parse_container_settings(
        {
            "read_only_api": gateway.read_only,
            **said,
            "port": gateway.port,
            "trading_mode": gateway.trading_mode,
        },
        source=source,
    )
    if gateway.host not in _HERE:
        text = f"host: {gateway.host} is not this machine, where a container would be started"
        raise ConfigError(source, [text])
    credentials = _credentials(connection, os.environ if environ is None else environ)
    for secret in (*(credentials.secrets() if credentials else ()), vnc_password):
        if secret:
            mask_secret(secret)
    return GatewayLogin(settings=settings, credentials=credentials, vnc_password=vnc_password)


def _said(extra: Any, source: str) -> dict[str, Any]:
    container = extra.get("container") if isinstance(extra, Mapping) else None
    if isinstance(container, str) and container.strip():
        try:
            container = json.loads(container)
        except ValueError:
            raise ConfigError(source, ["not a JSON object"]) from None
    if not container:
        return {}
    if not isinstance(container, Mapping):
        raise ConfigError(source, ["not a JSON object"])
    twice = sorted(_ELSEWHERE & container.keys())
    if twice:
        raise ConfigError(source, [f"{name}: the connection itself says it" for name in twice])
    return dict(container)


def _credentials(connection: _AirflowConnection, environ: Mapping[str, str]) -> Credentials | None:
    from ib_provider.gateway.credentials import read_credentials

    user, password = connection.login or None, connection.password or None
    if not (user and password) and not any(name.startswith("TWS_") for name in environ):
        return None
    return read_credentials(user=user, password=password, environ=environ)
