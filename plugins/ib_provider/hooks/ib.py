# SPDX-License-Identifier: Apache-2.0
"""The hook: an Airflow connection of type ``ib_gateway`` becomes sessions at a gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from ib_provider.config import Settings, load_settings
from ib_provider.domain.account import TradingMode
from ib_provider.errors import (
    ConfigError,
    GatewayNotReady,
    IbProviderError,
    ProtocolError,
    WrongAccount,
)
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.gateway_connection import (
    GatewayConnection,
    parse_connection,
)
from ib_provider.hooks.gateway_sessions import GatewaySessions
from ib_provider.hooks.shared_sessions import share_session

if TYPE_CHECKING:
    from ib_provider.client.endpoint import Endpoint
    from ib_provider.client.ib_client import IbClient
    from ib_provider.client.kept_session import KeptSession
    from ib_provider.gateway.container import GatewayContainer
    from ib_provider.gateway.container_status import ContainerStatus
    from ib_provider.hooks.gateway_login import GatewayLogin

__all__ = ["IbHook"]

#: How long a task waits for a client id that another task holds, in seconds.
_LEASE_WAIT_S = 60.0


class IbHook(BaseHook):
    """Open sessions at an IB Gateway. Building a hook does no I/O.

    Args:
        ib_conn_id: An Airflow connection of type ``ib_gateway``.
    """

    conn_name_attr = "ib_conn_id"
    default_conn_name = "ib_default"
    conn_type = "ib_gateway"
    hook_name = "Interactive Brokers Gateway"

    def __init__(self, ib_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.ib_conn_id = ib_conn_id
        self._gateway: GatewayConnection | None = None

    @property
    def settings(self) -> Settings:
        """Return where this installation keeps its state."""
        return load_settings()

    @property
    def gateway(self) -> GatewayConnection:
        """Return what the connection says, from Airflow's secrets and connections.

        In a coroutine use ``agateway``: the blocking read would dead-lock a trigger.

        Raises:
            ConfigError: With every problem of the connection at once.
        """
        if self._gateway is None:
            self._gateway = _parse(self.get_connection(self.ib_conn_id))
        return self._gateway

    async def agateway(self) -> GatewayConnection:
        """Return what the connection says; ``gateway`` for coroutines."""
        if self._gateway is None:
            self._gateway = _parse(await self.aget_connection(self.ib_conn_id))
        return self._gateway

    def endpoint(self, role: ClientRole) -> Endpoint:
        """Return the endpoint of a role, under the role's first client id."""
        return self._sessions_of(self.gateway, role).endpoint()

    @asynccontextmanager
    async def client(
        self, role: ClientRole, *, lease_wait_s: float = _LEASE_WAIT_S
    ) -> AsyncIterator[IbClient]:
        """Yield an open session for a role, under a client id nobody else here holds.

        Raises:
            ConfigError: The connection cannot be used.
            WriteConflict: Other tasks held the role's ids for ``lease_wait_s`` seconds.
            GatewayNotReady: The gateway is unreachable or silent.
            ClientIdInUse: A session from another machine holds the id.
            WrongAccount: The connection's account is not at this gateway.
        """
        sessions = await self._sessions(role)
        async with sessions.open(lease_wait_s=lease_wait_s) as client:
            self.log.info(
                "Session at %s, client id %s, server version %s",
                sessions.gateway.address,
                client.client_id,
                client.server_version,
            )
            yield client

    async def keep(
        self, role: ClientRole, *, timeout_s: float | None, lease_wait_s: float = _LEASE_WAIT_S
    ) -> KeptSession:
        """Return a session for a role that is opened again whenever it is lost, until a deadline.

        ``async with await hook.keep(ClientRole.CAPTURE, timeout_s=...) as kept``.

        Args:
            timeout_s: Bound on the whole, in seconds from entering it.
        """
        sessions = await self._sessions(role)
        return sessions.keep(timeout_s=timeout_s, lease_wait_s=lease_wait_s)

    @asynccontextmanager
    async def shared(
        self, role: ClientRole, *, lease_wait_s: float = _LEASE_WAIT_S
    ) -> AsyncIterator[KeptSession]:
        """Yield the session that everybody on this loop shares for a role; it may not be up yet.

        For triggers: a thousand of them are one client of the gateway.
        """
        sessions = await self._sessions(role)
        async with share_session(sessions, lease_wait_s=lease_wait_s) as kept:
            yield kept

    def gateway_container(
        self, *, progress: Callable[[str], None] | None = None
    ) -> GatewayContainer:
        """Return the container this connection means. A gateway that runs by itself needs none.

        Raises:
            ConfigError: With every problem of the connection at once.
        """
        from ib_provider.gateway.container import GatewayContainer

        return GatewayContainer(
            settings=self._gateway_login().settings,
            locks=self.settings.locks,
            progress=progress or (lambda line: self.log.info("%s", line)),
        )

    def start_gateway(
        self, *, timeout_s: float = 300.0, progress: Callable[[str], None] | None = None
    ) -> ContainerStatus:
        """Start the container, or take the one that runs, until its API answers.

        Raises:
            ConfigError: No credentials in the connection, nor in ``TWS_USERNAME`` and
                ``TWS_PASSWORD``.
            GatewayLoginFailed, GatewayNotReady, GatewayConflict: See ``GatewayContainer.start``.
        """
        login = self._gateway_login()
        if login.credentials is None:
            text = "login and password: both are empty, and so are TWS_USERNAME and TWS_PASSWORD"
            raise ConfigError(f"connection {self.ib_conn_id!r}", [text])
        return self.gateway_container(progress=progress).start(
            login.credentials, vnc_password=login.vnc_password, timeout_s=timeout_s
        )

    def is_logged_in(self) -> bool:
        """Return whether a gateway answers at the connection's address, container or not."""
        from ib_provider.gateway.probe import probe

        try:
            asyncio.run(probe(self.gateway.host, self.gateway.port))
        except (GatewayNotReady, ProtocolError):
            return False
        return True

    def _gateway_login(self) -> GatewayLogin:
        from ib_provider.hooks.gateway_login import parse_login

        return parse_login(self.get_connection(self.ib_conn_id), self.gateway)

    def account(self, client: IbClient, asked: str | None = None) -> str:
        """Return the account to work on: the asked one, the connection's, or the only one.

        Raises:
            WrongAccount: The gateway does not hold it, or the connection names another.
            ConfigError: The login holds several accounts and nobody said which.
        """
        configured = self.gateway.account
        if asked and configured and asked != configured:
            raise WrongAccount(
                asked,
                client.managed_accounts,
                f"account {asked!r} was asked for, connection {self.ib_conn_id!r} is for "
                f"{configured!r}",
            )
        account = asked or configured
        if account is None:
            if len(client.managed_accounts) != 1:
                held = ", ".join(client.managed_accounts)
                raise ConfigError(
                    f"connection {self.ib_conn_id!r}",
                    [f"account: the login holds {held}; say which one is meant"],
                )
            return client.managed_accounts[0]
        if account not in client.managed_accounts:
            raise WrongAccount(account, client.managed_accounts)
        return account

    def test_connection(self) -> tuple[bool, str]:
        """Return whether the gateway answers, and what it says. Never raises a provider error.

        Uses a client id of its own, so a test cannot end the session of a task.
        """
        try:
            return True, asyncio.run(self._probe())
        except (IbProviderError, OSError) as error:
            return False, str(error)

    async def _sessions(self, role: ClientRole) -> GatewaySessions:
        return self._sessions_of(await self.agateway(), role)

    def _sessions_of(self, gateway: GatewayConnection, role: ClientRole) -> GatewaySessions:
        return GatewaySessions(gateway=gateway, settings=self.settings, role=role)

    async def _probe(self) -> str:
        async with self.client(ClientRole.TEST, lease_wait_s=5.0) as client:
            clock = await client.current_time()
            accounts = ", ".join(client.managed_accounts)
            return (
                f"server version {client.server_version}, account(s) {accounts}, "
                f"clock {clock:%Y-%m-%d %H:%M:%S} UTC"
            )


def _parse(connection: object) -> GatewayConnection:
    gateway = parse_connection(connection)  # type: ignore[arg-type] # duck-typed: SDK or core
    if gateway.account and gateway.trading_mode is TradingMode.LIVE:
        mask_secret(gateway.account)
    return gateway
