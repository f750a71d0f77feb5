# SPDX-License-Identifier: Apache-2.0
"""Send a plan's orders. Two switches must agree: the run's, and the connection's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_flag

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.domain.portfolio import Limits
    from ib_provider.usecases.submit_plan import SubmitReport

__all__ = ["IbRebalanceSubmitOperator"]

#: Airflow's own deadline stands this far behind the trigger's, which tells what happened.
_GRACE = timedelta(minutes=1)

#: Under what the task keeps, while it waits, what it sent and until when it may wait.
_WAIT = "wait_between_orders"


class IbRebalanceSubmitOperator(IbOperator):
    """Send a plan's orders, each exactly once; a retry adopts what the broker has.

    Sells go first, and buys when those are done; an order whose time is over is called off, and
    what is left of it sent again where the plan says so. Between them the task waits in the
    triggerer, without a worker. It ends when nothing more is to be sent; orders may work on then.

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
        max_wait: How long, in all, orders may be waited for before the next are sent.
        poll_interval: The broker is asked at least this often, in seconds.
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
        max_wait: timedelta = timedelta(hours=7),
        poll_interval: float = 10.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan_id = plan_id
        self.limits = limits
        self.plan_only = plan_only
        self.max_plan_age = max_plan_age
        self.needs_approval = needs_approval
        self.max_approval_age = max_approval_age
        self.max_wait = max_wait
        self.poll_interval = poll_interval

    def execute(self, context: Context) -> dict[str, Any]:
        """Send what of the plan was never sent, and may go now; wait for the rest."""
        with task_outcome():
            if read_flag("rebalance", "plan_only", self.plan_only):
                raise AirflowSkipException("dry run: the plan is shown, nothing is sent")
        return self._go_on(context, sent=[], until=datetime.now(UTC) + self.max_wait)

    def execute_complete(self, context: Context, event: Any) -> dict[str, Any]:
        """Go on from what the broker says; the event alone proves nothing.

        Raises:
            AirflowFailException: The event does not read, or going on is of no use.
            AirflowException: The wait broke off; a retry goes on.
        """
        from ib_provider.triggers.fills_event import FillsEvent, InvalidFillsEvent, WaitOutcome

        try:
            ended = FillsEvent.from_payload(event, plan_id=self.plan_id)
        except InvalidFillsEvent as error:
            raise AirflowFailException(f"plan {self.plan_id}: {error}") from error
        if ended.outcome is WaitOutcome.FINAL_ERROR:
            raise AirflowFailException(f"plan {self.plan_id}: {ended.message}")
        if ended.outcome is WaitOutcome.TRANSIENT_ERROR:
            raise AirflowException(f"plan {self.plan_id}: {ended.message}")
        kept: Any = context["task_state_store"].get(_WAIT)
        return self._go_on(context, sent=kept["sent"], until=datetime.fromisoformat(kept["until"]))

    def _go_on(self, context: Context, *, sent: list[str], until: datetime) -> dict[str, Any]:
        """Send what is due; then wait for the next thing to do, or end."""
        with task_outcome():
            limits, is_loosened = self._limits()
            needs_approval = read_flag("rebalance", "needs_approval", self.needs_approval)
        _ = self.hook.gateway
        report = run_use_case(
            self._submit(
                limits, needs_approval=needs_approval or is_loosened, fence=_fence(context)
            )
        )
        sent = [*sent, *report.sent]
        self.tell(f"{len(report.sent)} order(s) sent, {len(report.adopted)} known before")
        if not report.is_sent:
            if datetime.now(UTC) >= until:
                raise AirflowFailException(
                    f"plan {self.plan_id}: {len(report.working)} order(s) work, and "
                    f"{len(report.later)} wait for them, after {self.max_wait}; "
                    "run this task again to wait on"
                )
            # Not as arguments of the deferral: Airflow's own test runner loses those.
            kept: Any = {"sent": sent, "until": until.isoformat()}
            context["task_state_store"].set(_WAIT, kept)
            self._wait(report, until=until)
        return {
            "plan_id": report.plan_id,
            "sent": sent,
            "adopted": [ref for ref in report.adopted if ref not in sent],
        }

    def _wait(self, report: SubmitReport, *, until: datetime) -> None:
        from ib_provider.triggers.fills import IbFillsTrigger

        deadline = min(report.call_at or until, until)
        self.log.info("Waiting for %d order(s) until %s", len(report.working), deadline)
        self.defer(
            trigger=IbFillsTrigger(
                ib_conn_id=self.ib_conn_id,
                plan_id=self.plan_id,
                order_refs=report.working,
                deadline=deadline.isoformat(),
                poll_s=self.poll_interval,
            ),
            method_name="execute_complete",
            timeout=max(deadline - datetime.now(UTC), timedelta(0)) + _GRACE,
        )

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
