# SPDX-License-Identifier: Apache-2.0
"""Positions and account values."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from ib_provider.client.base import ClientBase
from ib_provider.client.endpoint import Endpoint
from ib_provider.client.question import Channel, Question
from ib_provider.domain.account import AccountValue, Position

__all__ = ["AccountMixin"]


@dataclass(slots=True, kw_only=True)
class _AccountState:
    """One summary at a time: a gateway serves two subscriptions a client, and refuses a third."""

    summary: asyncio.Lock = field(default_factory=asyncio.Lock)


class AccountMixin(ClientBase):
    """Asks what the login holds."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._account = _AccountState()

    async def positions(self) -> tuple[Position, ...]:
        """Return what every account of the login holds; nothing where it holds nothing.

        A row of zero, which IB sends for what was closed today, is no position.

        Raises:
            RequestTimeout: The end of the list never came: what did come is not the list.
        """
        rows = await self.ask(
            Question(
                request="positions",
                row=Position,
                key=Channel.POSITIONS,
                send=lambda ib, _: ib.reqPositions(),
                cancel=lambda ib, _: ib.cancelPositions(),
                is_subscription=True,
            )
        )
        latest = {(row.account, row.contract.con_id or str(row.contract)): row for row in rows}
        return tuple(row for row in latest.values() if row.quantity)

    async def account_summary(self, tags: Sequence[str]) -> tuple[AccountValue, ...]:
        """Return the values of these tags for every account of the login.

        Args:
            tags: IB's names: ``NetLiquidation``, ``TotalCashValue`` …

        Returns:
            One row an account, tag and currency. A tag that IB does not know has no row.
        """
        async with self._account.summary:
            rows = await self.ask(
                Question(
                    request=f"account summary {','.join(tags)}",
                    row=AccountValue,
                    send=lambda ib, i: ib.reqAccountSummary(i, "All", ",".join(tags)),
                    cancel=lambda ib, i: ib.cancelAccountSummary(i),
                    is_subscription=True,
                )
            )
        return tuple({(row.account, row.tag, row.currency): row for row in rows}.values())
