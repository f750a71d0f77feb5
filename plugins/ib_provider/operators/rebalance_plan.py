# SPDX-License-Identifier: Apache-2.0
"""Decide a rebalance: the table of trades, kept under its key, or shown and forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import read_flag, read_loosened, read_text

if TYPE_CHECKING:
    from decimal import Decimal

    from airflow.sdk import Context

    from ib_provider.domain.limits_override import LimitsOverride
    from ib_provider.domain.plan_preview import PlanPreview
    from ib_provider.domain.portfolio import Limits, OrderPlan, Portfolio

__all__ = ["IbRebalancePlanOperator", "plan_summary", "preview_summary"]


class IbRebalancePlanOperator(IbOperator):
    """Decide a rebalance, once a key, and refuse it when it breaks a limit.

    Args:
        portfolio: A file's stem under ``include/portfolios`` (templated).
        limits: A file's stem under ``include/limits`` (templated).
        key: What this rebalance is: a session date or an ad-hoc id (templated).
        account: Empty takes the connection's, or the login's only one (templated).
        plan_only: True shows the plan and keeps nothing: the key stays free (templated).
        loosen: Limits to loosen for this plan alone, ``{name: number}``, as far as the file of
            limits lets anybody; a mapping, or JSON text (templated).
        reason: Why, for the audit; needed with ``loosen`` (templated).
        what_if: Ask the broker what each order would bind and cost. A kept plan of which it would
            refuse an order fails the task.
        targets: What an upstream task found, ``{"as_of": time, "targets": [rows]}``, for a file
            with ``targets: given``; its output, or JSON text (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"plan_id", "key", "account", "currency", "net_liquidation", "rows": [...],
        "legs": [...], "preview": {...}, "loosened": text}``, numbers as text; each also under a
        key of its own.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "portfolio",
        "limits",
        "key",
        "account",
        "plan_only",
        "targets",
        "loosen",
        "reason",
    )

    def __init__(
        self,
        *,
        portfolio: str,
        limits: str,
        key: str,
        account: str | None = None,
        plan_only: bool | str = True,
        what_if: bool = True,
        targets: Mapping[str, Any] | str | None = None,
        loosen: Mapping[str, Any] | str | None = None,
        reason: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, **kwargs)
        self.portfolio = portfolio
        self.limits = limits
        self.key = key
        self.account = account
        self.plan_only = plan_only
        self.what_if = what_if
        self.targets = targets
        self.loosen = loosen
        self.reason = reason

    def execute(self, context: Context) -> dict[str, Any]:
        """Make or find the plan, log its table, publish it."""
        from ib_provider.usecases.read_yaml import read_limits
        from ib_provider.usecases.resolve_portfolio import read_given, resolve_portfolio

        settings = self.hook.settings
        with task_outcome():
            plan_only = read_flag("rebalance", "plan_only", self.plan_only)
            given = read_given("rebalance", self.targets)
            portfolio = resolve_portfolio(settings, self.portfolio, targets=given)
            loosened = read_loosened("rebalance", self.loosen, self.reason)
            limits = read_limits(settings.include, self.limits, loosened=loosened)
            override = self._override(context, loosened)
        _ = self.hook.gateway
        if override is not None:
            self.tell(f"limits loosened for this plan: {override}")
        plan, preview = run_use_case(
            self._plan(portfolio, limits, override=override, plan_only=plan_only)
        )
        for row in plan.rows:
            self.tell(
                f"{row.instrument_id}: held {row.held}, target {row.target_quantity}, "
                f"trade {row.trade}: {row.note}"
            )
        published = plan_summary(plan) | {
            "preview": preview and preview_summary(preview),
            "loosened": None if override is None else str(override),
        }
        context["ti"].xcom_push(key="plan", value=published)
        if preview is not None and preview.refused and not plan_only:
            lines = "".join(f"\n  - {leg.instrument_id}: {leg.problem}" for leg in preview.refused)
            raise AirflowFailException(
                f"plan {plan.plan_id[:12]}: the broker would refuse of it{lines}\n"
                "nothing was sent; make a new plan under a new key"
            )
        return published

    def _override(self, context: Context, loosened: Mapping[str, Decimal]) -> LimitsOverride | None:
        from ib_provider.domain.limits_override import LimitsOverride, LoosenedLimit

        if not loosened:
            return None
        run = context["dag_run"]
        return LimitsOverride(
            loosened=tuple(
                LoosenedLimit(name=name, value=value) for name, value in sorted(loosened.items())
            ),
            who=getattr(run, "triggering_user_name", None) or f"{run.dag_id} {run.run_id}",
            why=" ".join(str(read_text(self.reason)).split()),
            at=datetime.now(UTC),
            via=f"{run.dag_id} {run.run_id}",
        )

    async def _plan(
        self,
        portfolio: Portfolio,
        limits: Limits,
        *,
        override: LimitsOverride | None,
        plan_only: bool,
    ) -> tuple[OrderPlan, PlanPreview | None]:
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.plan_rebalance import plan_rebalance
        from ib_provider.usecases.preview_plan import preview_plan

        settings = self.hook.settings
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            async with self.hook.client(ClientRole.PLAN) as client:
                plan = await plan_rebalance(
                    client,
                    ledger=ledger,
                    store=InstrumentStore(settings.market),
                    portfolio=portfolio,
                    limits=limits,
                    account=self.hook.account(client, read_text(self.account)),
                    key=self.key,
                    keep=not plan_only,
                    override=override,
                    progress=self.tell,
                )
                # Once orders are out, the question would be about doing it all a second time.
                if not self.what_if or ledger.intents(plan.plan_id):
                    return plan, ledger.find_preview(plan.plan_id)
                preview = await preview_plan(client, plan, progress=self.tell)
                if not plan_only:
                    ledger.save_preview(preview)
                return plan, preview


def plan_summary(plan: OrderPlan) -> dict[str, Any]:
    """Return what a person reads of a plan, as plain JSON with numbers as text."""
    return {
        "plan_id": plan.plan_id,
        "key": plan.key,
        "account": plan.account,
        "currency": plan.currency,
        "net_liquidation": str(plan.net_liquidation),
        "rows": [
            {
                "instrument_id": row.instrument_id,
                "held": str(row.held),
                "price": _text(row.price),
                "weight": _text(row.weight),
                "target_weight": str(row.target_weight),
                "trade": str(row.trade),
                "note": row.note,
            }
            for row in plan.rows
        ],
        "legs": [leg.order_ref for leg in plan.entries],
        "exits": [
            {
                "order_ref": leg.order_ref,
                "instrument_id": leg.instrument_id,
                "role": leg.role.value,
                "side": leg.side.value,
                "quantity": str(leg.quantity),
                "trigger": _text(leg.stop_price),
                "limit": str(leg.limit_price),
            }
            for leg in plan.exits
        ],
    }


def preview_summary(preview: PlanPreview) -> dict[str, Any]:
    """Return what the broker said of a plan, as plain JSON with numbers as text."""
    return {
        "margin_after": _text(preview.margin_after),
        "equity_after": _text(preview.equity_after),
        "commissions": {name: str(sum_) for name, sum_ in preview.commissions.items()},
        "legs": [
            {
                "instrument_id": leg.instrument_id,
                "commission": _text(leg.commission),
                "margin_change": _text(leg.margin_change),
                "warning": leg.warning,
                "problem": leg.problem,
            }
            for leg in preview.legs
        ],
    }


def _text(number: object) -> str | None:
    return None if number is None else str(number)
