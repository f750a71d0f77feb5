# SPDX-License-Identifier: Apache-2.0
"""Keep what accounts are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_names
from ib_provider.operators.sessions import batch_name

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.usecases.snapshot_account import AccountSnapshot

__all__ = ["IbAccountSnapshotOperator"]


class IbAccountSnapshotOperator(IbOperator):
    """Keep the values, positions and profit of accounts in the account tables.

    A retry replaces what the failed try had kept.

    Args:
        accounts: The connection's account, else every account of the login, where none is said
            (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"snapshot": name, "accounts": {account: {"taken_at", "net_liquidation", "currency",
        "positions", "pnl"}}}``; a number that IB did not give is null, numbers are text.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "accounts")

    def __init__(self, *, accounts: Sequence[str] | str = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.accounts = accounts

    def execute(self, context: Context) -> dict[str, Any]:
        """Keep the accounts and publish their totals."""
        from ib_provider.usecases.refresh_views import refresh_views

        account = self.hook.gateway.account
        wanted = read_names(self.accounts) or ((account,) if account else ())
        run = context["dag_run"]
        name = batch_name(run.dag_id, run.run_id)
        taken = run_use_case(self._snapshot(wanted, name))
        with task_outcome():
            refresh_views(self.hook.settings)
        return {"snapshot": name, "accounts": {one.book.account: _totals(one) for one in taken}}

    async def _snapshot(self, accounts: Sequence[str], name: str) -> tuple[AccountSnapshot, ...]:
        from ib_provider.store.part_store import PartStore
        from ib_provider.usecases.snapshot_account import snapshot_accounts

        async with self.hook.client(ClientRole.DATA) as client:
            return await snapshot_accounts(
                client,
                store=PartStore(self.hook.settings.market),
                snapshot=name,
                accounts=accounts,
                progress=self.tell,
            )


def _totals(one: AccountSnapshot) -> dict[str, Any]:
    """Return the figures a person looks for first."""
    rows = [
        row for row in one.book.values if row.tag == "NetLiquidation" and row.amount is not None
    ]
    net = next((row for row in rows if row.currency != "BASE"), None)
    return {
        "taken_at": one.taken_at.isoformat(),
        "net_liquidation": None if net is None else str(net.amount),
        "currency": None if net is None else net.currency,
        "positions": sum(1 for item in one.book.portfolio if item.quantity),
        "pnl": None
        if one.pnl is None
        else {
            name: None if value is None else str(value)
            for name, value in (
                ("daily", one.pnl.daily),
                ("unrealized", one.pnl.unrealized),
                ("realized", one.pnl.realized),
            )
        },
    }
