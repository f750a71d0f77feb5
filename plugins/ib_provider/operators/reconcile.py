# SPDX-License-Identifier: Apache-2.0
"""Compare an account with the ledger, and lock what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_text

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.usecases.reconcile_positions import ReconcileReport

__all__ = ["IbReconcileOperator"]


class IbReconcileOperator(IbOperator):
    """Write down fills that were missed, compare positions, and say when one is not explained.

    What differs is locked: no order of it is sent until a later reconciliation explains it, or a
    person unlocks it. The orders' own client id asks, so that nothing is sent meanwhile.

    Args:
        account: Empty takes the connection's, or the login's only one (templated).
        fail_on_difference: False goes on beside what is locked: for the start of a rebalance, whose
            plan refuses to trade it.
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"account", "since", "positions", "new_fills", "differences": [...], "unlocked": [ids]}``,
        numbers of units as text.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "account")

    def __init__(
        self, *, account: str | None = None, fail_on_difference: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.account = account
        self.fail_on_difference = fail_on_difference

    def execute(self, context: Context) -> dict[str, Any]:
        """Reconcile, publish what was found, fail on a difference where that is wanted."""
        _ = self.hook.gateway
        report = run_use_case(self._reconcile())
        published = {
            "account": report.account,
            "since": report.since and report.since.isoformat(),
            "positions": report.instruments,
            "new_fills": report.new_fills,
            "differences": [
                {
                    "instrument_id": item.instrument_id,
                    "expected": str(item.expected),
                    "held": str(item.held),
                }
                for item in report.differences
            ],
            "unlocked": list(report.unlocked),
        }
        if report.differences:
            context["ti"].xcom_push(key="report", value=published)
            lines = "".join(f"\n  - {item}" for item in report.differences)
            said = (
                f"{report.account}: {len(report.differences)} position(s) nobody can explain, "
                f"now locked{lines}"
            )
            if self.fail_on_difference:
                raise AirflowFailException(said)
            self.log.warning("%s", said)
        return published

    async def _reconcile(self) -> ReconcileReport:
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.usecases.reconcile_positions import reconcile_positions

        settings = self.hook.settings
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            async with self.hook.client(ClientRole.ORDERS) as client:
                return await reconcile_positions(
                    client,
                    ledger=ledger,
                    account=self.hook.account(client, read_text(self.account)),
                    progress=self.tell,
                )
