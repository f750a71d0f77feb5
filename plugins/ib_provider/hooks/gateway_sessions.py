# SPDX-License-Identifier: Apache-2.0
"""Sessions at one gateway for one role: leased, paced, and opened again where they were lost.

Rules:
    * A client id that the gateway refuses (326) is held by somebody who shares no lock with us:
      the role's next id is tried, and the refused one comes last for a while.
    * The role that sends orders has one id and no next one: who cannot have it does not trade.
    * The pacing budget is the login's, so it is shared by every process of this installation.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ib_provider.errors import ClientIdInUse, WrongAccount
from ib_provider.hooks.client_ids import ClientRole, client_ids, lease_client_id

if TYPE_CHECKING:
    from ib_provider.client.endpoint import Endpoint
    from ib_provider.client.ib_client import IbClient
    from ib_provider.client.kept_session import KeptSession
    from ib_provider.config import Settings
    from ib_provider.hooks.gateway_connection import GatewayConnection

__all__ = ["GatewaySessions"]

#: How long a refused client id is tried last, in seconds.
_REFUSED_S: Final = 300.0

#: (address, client id) → until when it is tried last. Of this process.
_REFUSED: dict[tuple[str, int], float] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySessions:
    """Opens the sessions of one role at one gateway."""

    gateway: GatewayConnection
    settings: Settings
    role: ClientRole

    def endpoint(self) -> Endpoint:
        """Return the endpoint under the role's first client id."""
        from ib_provider.client.endpoint import Endpoint

        gateway = self.gateway
        return Endpoint(
            host=gateway.host,
            port=gateway.port,
            client_id=client_ids(gateway.client_id, self.role)[0],
            connect_timeout_s=gateway.connect_timeout_s,
            request_timeout_s=gateway.request_timeout_s,
            messages_per_s=gateway.messages_per_s,
            heartbeat_s=gateway.heartbeat_s,
            silence_s=gateway.silence_s,
        )

    @asynccontextmanager
    async def open(self, *, lease_wait_s: float) -> AsyncIterator[IbClient]:
        """Yield one open session; errors are those of ``IbHook.client``."""
        async with AsyncExitStack() as stack:
            client = await self._open(stack, lease_wait_s)
            managed, account = client.managed_accounts, self.gateway.account
            if account and account not in managed:
                raise WrongAccount(account, managed)
            yield client

    def keep(self, *, timeout_s: float | None, lease_wait_s: float) -> KeptSession:
        """Return a session that is opened again whenever it was lost, until the time is over."""
        from ib_provider.client.kept_session import KeptSession

        return KeptSession(
            lambda: self.open(lease_wait_s=lease_wait_s),
            timeout_s=timeout_s,
            windows=self.gateway.reset_windows,
        )

    async def _open(self, stack: AsyncExitStack, lease_wait_s: float) -> IbClient:
        from ib_provider.client.ib_client import IbClient
        from ib_provider.ledger.locks import open_locks

        address, settings = self.gateway.address, self.settings
        locks = stack.enter_context(open_locks(settings.ledger_url, folder=settings.locks))
        ids = self._ids()
        while True:
            held = AsyncExitStack()
            try:
                lease = lease_client_id(address, ids, locks=locks, wait_s=lease_wait_s)
                client_id = await held.enter_async_context(lease)
                client = IbClient(replace(self.endpoint(), client_id=client_id))
                await self._share_budget(held, client)
                await held.enter_async_context(client)
            except ClientIdInUse:
                await held.aclose()
                _REFUSED[address, client_id] = time.monotonic() + _REFUSED_S
                ids = tuple(other for other in ids if other != client_id)
                if not ids:
                    raise
            except BaseException:
                await held.aclose()
                raise
            else:
                _REFUSED.pop((address, client_id), None)
                stack.push_async_exit(held)
                return client

    def _ids(self) -> Sequence[int]:
        now, address = time.monotonic(), self.gateway.address
        ids = client_ids(self.gateway.client_id, self.role)
        return sorted(ids, key=lambda one: _REFUSED.get((address, one), 0.0) > now)

    async def _share_budget(self, held: AsyncExitStack, client: IbClient) -> None:
        if not self.settings.shares_pacing:
            return
        from ib_provider.domain.pacing import PacingRules
        from ib_provider.ledger.pacing_book import PacingBook
        from ib_provider.ledger.shared_budget import SharedBudget

        rate = self.gateway.messages_per_s
        book = PacingBook.open(
            self.settings.ledger_url,
            locks=self.settings.locks,
            login=self.gateway.address,
            rules=PacingRules(messages_per_s=rate, limit_per_s=rate * 50 / 45),
        )
        held.callback(book.close)
        budget = SharedBudget(book)
        held.push_async_callback(budget.close)
        client.use_budget(budget)
