# SPDX-License-Identifier: Apache-2.0
"""Send a plan's orders. Two switches must agree: the run's, and the connection's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_flag

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.domain.portfolio import Limits
    from ib_provider.usecases.submit_plan import SubmitReport

__all__ = ["IbRebalanceSubmitOperator"]


class IbRebalanceSubmitOperator(IbOperator):
    """Send a plan's orders, each exactly once; a retry adopts what the broker has.

    Right before an order's intent is written, the order is noted in the task's state store. Only
    the process Airflow believes to be running can do that: one whose supervisor has died cannot,
    and stops there.

    Args:
        plan_id: The plan (templated).
        limits: A file's stem under ``include/limits`` (templated).
        plan_only: True sends nothing and skips what follows (templated).
        max_plan_age: An older plan is not sent.
        needs_approval: A paper account's plan, too, must be approved (templated); a live one must,
            and one for which limits were loosened.
        max_approval_age: An older approval does not count.
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"plan_id": id, "sent": [order_refs], "adopted": [order_refs]}``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "plan_id",
        "limits",
        "plan_only",
        "needs_approval",
    )

    def __init__(
        self,
        *,
        plan_id: str,
        limits: str,
        plan_only: bool | str = True,
        max_plan_age: timedelta = timedelta(hours=1),
        needs_approval: bool | str = False,
        max_approval_age: timedelta = timedelta(minutes=30),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan_id = plan_id
        self.limits = limits
        self.plan_only = plan_only
        self.max_plan_age = max_plan_age
        self.needs_approval = needs_approval
        self.max_approval_age = max_approval_age

    def execute(self, context: Context) -> dict[str, Any]:
        """Send what of the plan was never sent."""
        with task_outcome():
            if read_flag("rebalance", "plan_only", self.plan_only):
                raise AirflowSkipException("dry run: the plan is shown, nothing is sent")
            limits, is_loosened = self._limits()
            needs_approval = read_flag("rebalance", "needs_approval", self.needs_approval)
        _ = self.hook.gateway
        report = run_use_case(
            self._submit(
                limits, needs_approval=needs_approval or is_loosened, fence=_fence(context)
            )
        )
        self.tell(f"{len(report.sent)} order(s) sent, {len(report.adopted)} known before")
        return {
            "plan_id": report.plan_id,
            "sent": list(report.sent),
            "adopted": list(report.adopted),
        }

    def on_kill(self) -> None:
        """Leave the orders alone: cancelling them is a decision, not a side effect."""
        self.log.warning(
            "Killed while sending plan %s; run this task again to learn what the broker holds",
            self.plan_id,
        )

    def _limits(self) -> tuple[Limits, bool]:
        """Return the limits of this plan, and whether they were loosened, as it was shown."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.usecases.read_yaml import read_limits

        settings = self.hook.settings
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            override = ledger.find_override(self.plan_id)
        if override is None:
            return read_limits(settings.include, self.limits), False
        self.tell(f"limits loosened for this plan: {override}")
        return read_limits(settings.include, self.limits, loosened=override.values), True

    async def _submit(
        self, limits: Limits, *, needs_approval: bool, fence: Callable[[str], None]
    ) -> SubmitReport:
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.kill_switch import KillSwitch
        from ib_provider.usecases.submit_plan import submit_plan
        from ib_provider.usecases.trading_guard import TradingGuard

        settings, gateway = self.hook.settings, self.hook.gateway
        guard = TradingGuard(
            trading_mode=gateway.trading_mode,
            read_only=gateway.read_only,
            max_plan_age=self.max_plan_age,
            needs_approval=needs_approval,
            max_approval_age=self.max_approval_age,
        )
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            async with self.hook.client(ClientRole.ORDERS) as client:
                return await submit_plan(
                    client,
                    ledger=ledger,
                    store=InstrumentStore(settings.market),
                    plan_id=self.plan_id,
                    limits=limits,
                    guard=guard,
                    switch=KillSwitch(ledger, settings.kill_file),
                    fence=fence,
                    progress=self.tell,
                )


def _fence(context: Context) -> Callable[[str], None]:
    """Return what notes an order in the task's state store, which an orphan cannot reach."""
    from airflow.sdk.execution_time.context import NEVER_EXPIRE

    store = context["task_state_store"]

    def note(order_ref: str) -> None:
        at = datetime.now(UTC).isoformat()
        store.set(f"intent:{order_ref}", {"at": at}, retention=NEVER_EXPIRE)

    return note
