# SPDX-License-Identifier: Apache-2.0
"""Ask a person to approve a plan, and write the answer down beside that plan's hash.

Rules:
    - A live account's plan is always asked for, and so is one for which limits were loosened. A
      paper account's other plans only where the DAG says so.
    - The answer is bound to the plan that was shown: it is kept in the ledger under that plan's id,
      and the function that sends orders looks there, not at the state of this task.
    - Nobody's silence is an approval: an answer that does not come in time fails the task.
    - A try that was lost after the answer had come does not ask again; a cleared task does. (The
      scheduler of Airflow 3.3 fails a task that is answered within seconds of its question: the
      process that asked is still being wound up when the one that reads the answer runs.)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ib_provider.hooks.ib import IbHook
from ib_provider.hooks.outcome import task_outcome
from ib_provider.operators.parameters import read_flag

if TYPE_CHECKING:
    from airflow.sdk import Context
    from pydantic import JsonValue

    from ib_provider.domain.approval import Approval
    from ib_provider.domain.limits_override import LimitsOverride
    from ib_provider.domain.plan_preview import PlanPreview
    from ib_provider.domain.portfolio import OrderPlan

__all__ = ["IbRebalanceApproveOperator", "approval_request"]

_ASKED = "asked_for_plan"
_ANSWERS = "answers_before"


class IbRebalanceApproveOperator(HITLOperator):
    """Wait for a person's word on a plan, without a worker or a triggerer.

    Approve and reject are Airflow's own; what follows a rejected plan is skipped.

    Args:
        plan_id: The plan (templated).
        plan_only: True asks nobody and skips what follows (templated).
        always: True asks for paper accounts too (templated).
        ib_conn_id: The gateway's connection (templated).
        response_timeout: How long to wait for the answer.
        kwargs: Airflow's own.

    Returns:
        ``{"plan_id": id, "approved_by": name}``; ``approved_by`` is null where nobody was asked.
    """

    template_fields: Sequence[str] = (
        *HITLOperator.template_fields,
        "ib_conn_id",
        "plan_id",
        "plan_only",
        "always",
    )

    def __init__(
        self,
        *,
        plan_id: str,
        plan_only: bool | str = True,
        always: bool | str = False,
        ib_conn_id: str = IbHook.default_conn_name,
        response_timeout: timedelta = timedelta(minutes=30),
        **kwargs: Any,
    ) -> None:
        super().__init__(
            subject="Approve the rebalance",
            options=[ApprovalOperator.APPROVE, ApprovalOperator.REJECT],
            response_timeout=response_timeout,
            **kwargs,
        )
        self.ib_conn_id = ib_conn_id
        self.plan_id = plan_id
        self.plan_only = plan_only
        self.always = always

    @cached_property
    def hook(self) -> IbHook:
        """Return the hook of the connection, once templates are rendered."""
        return IbHook(self.ib_conn_id)

    def execute(self, context: Context) -> Any:
        """Show the plan and wait, or return at once where nobody has to be asked."""
        from ib_provider.domain.account import TradingMode
        from ib_provider.ledger.ledger import Ledger

        settings, store = self.hook.settings, context["task_state_store"]
        with task_outcome():
            if read_flag("rebalance", "plan_only", self.plan_only):
                raise AirflowSkipException("dry run: nothing is to be approved")
            always = read_flag("rebalance", "always", self.always)
            is_live = self.hook.gateway.trading_mode is TradingMode.LIVE
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            plan, preview = ledger.plan(self.plan_id), ledger.find_preview(self.plan_id)
            override = ledger.find_override(self.plan_id)
            said = ledger.approvals(self.plan_id)
        if not (is_live or always or override):
            self.log.info("A paper account's plan needs no approval")
            return {"plan_id": self.plan_id, "approved_by": None}
        question = self._question(context)
        answered = [word for word in said if word.via == _via(context)]
        if store.get(_ASKED) == question and len(answered) > int(str(store.get(_ANSWERS, 0))):
            self.log.info("The last try of this task was answered already")
            return self._act_on(answered[-1])
        self.subject, self.body = approval_request(plan, preview, override)
        store.set(_ANSWERS, len(answered))
        store.set(_ASKED, question)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Write the answer down, and go on or stop as it says."""
        from ib_provider.domain.approval import Approval
        from ib_provider.ledger.ledger import Ledger

        answer = super().execute_complete(context, event)
        question = context["task_state_store"].get(_ASKED)
        asked = question.get("plan_id") if isinstance(question, dict) else None
        if asked != self.plan_id:
            raise AirflowFailException(
                f"plan {asked} was shown, and the run is now about plan {self.plan_id}"
            )
        user = answer["responded_by_user"] or {}
        approval = Approval(
            plan_id=self.plan_id,
            is_approved=answer["chosen_options"] == [ApprovalOperator.APPROVE],
            who=str(user.get("name") or user.get("id") or "somebody"),
            at=_instant(answer["responded_at"]),
            via=_via(context),
        )
        settings = self.hook.settings
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            ledger.record_approval(approval)
        return self._act_on(approval)

    def _question(self, context: Context) -> dict[str, JsonValue]:
        """Return what tells one question from another: a clear asks anew, a retry does not."""
        # Clearing a task raises how often it may be tried; a retry leaves that alone.
        return {
            "plan_id": self.plan_id,
            "via": _via(context),
            "max_tries": context["ti"].max_tries,
        }

    def _act_on(self, approval: Approval) -> dict[str, Any]:
        if not approval.is_approved:
            raise AirflowSkipException(f"{approval.who} rejected plan {self.plan_id[:12]}")
        return {"plan_id": self.plan_id, "approved_by": approval.who}

    def process_trigger_event_error(self, event: dict[str, Any]) -> NoReturn:
        """Fail for good: a retry would ask about a plan that is older still."""
        raise AirflowFailException(f"plan {self.plan_id}: not approved in time: {event}")


def approval_request(
    plan: OrderPlan, preview: PlanPreview | None, override: LimitsOverride | None = None
) -> tuple[str, str]:
    """Return the headline and the body, in Markdown, of what a person is asked to approve."""
    from ib_provider.rebalance.plan_table import exit_text

    subject = (
        f"Rebalance {plan.strategy} of {plan.account} ({plan.key}): {len(plan.entries)} order(s), "
        f"plan {plan.plan_id[:12]}"
    )
    told = {leg.order_ref: leg for leg in preview.legs} if preview else {}
    lines = [
        f"Plan `{plan.plan_id}` of {plan.as_of:%F %T} UTC",
        f"on {plan.net_liquidation:,.2f} {plan.currency}.",
        "",
        *([f"**Limits loosened for this plan**: {override}", ""] if override else []),
        "| order | quantity | limit | commission | initial margin | the broker says |",
        "|:--|--:|--:|--:|--:|:--|",
    ]
    for leg in plan.entries:
        seen = told.get(leg.order_ref)
        commission = seen.commission if seen and seen.commission is not None else "?"
        margin = seen.margin_change if seen and seen.margin_change is not None else "?"
        words = (seen.problem or seen.warning) if seen else "was not asked"
        lines.append(
            f"| {leg.side.value} {leg.instrument_id} | {leg.quantity} | {leg.limit_price} "
            f"| {commission} | {margin} | {' '.join(words.split())} |"
        )
    if plan.exits:
        lines += ["", "When they are done, for what is held then:", ""]
        lines += [f"- {exit_text(leg)}" for leg in plan.exits]
    if preview is not None and preview.margin_use is not None:
        lines += [
            "",
            f"All of it: initial margin {preview.margin_after:,.2f},",
            f"equity with loan {preview.equity_after:,.2f}, margin use {preview.margin_use:.1%}.",
        ]
    return subject, "\n".join(lines)


def _via(context: Context) -> str:
    run = context["dag_run"]
    return f"{run.dag_id} {run.run_id}"


def _instant(value: datetime | str) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC)
