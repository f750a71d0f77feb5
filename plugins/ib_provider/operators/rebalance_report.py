# SPDX-License-Identifier: Apache-2.0
"""Report what became of a plan: each leg with its fills and slippage, judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.hooks.outcome import task_outcome
from ib_provider.operators.ib_operator import IbOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.usecases.rebalance_report import RebalanceReport

__all__ = ["IbRebalanceReportOperator", "report_summary"]


class IbRebalanceReportOperator(IbOperator):
    """Report what became of a plan, and fail when a leg is not filled.

    Args:
        plan_id: The plan (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"plan_id": id, "fills": count, "legs": [...]}``, numbers as text.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "plan_id")

    def __init__(self, *, plan_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan_id = plan_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Read the ledger, publish the report, judge it."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.usecases.rebalance_report import rebalance_report

        settings = self.hook.settings
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            report = rebalance_report(ledger, self.plan_id)
        published = report_summary(report)
        for leg in published["legs"]:
            self.tell(
                f"{leg['side']} {leg['quantity']} {leg['instrument_id']}: {leg['state']}, "
                f"filled {leg['filled']} at {leg['avg_price']}, slippage {leg['slippage_bp']} bp"
            )
        context["ti"].xcom_push(key="report", value=published)
        short = [leg for leg in report.legs if leg.filled != leg.leg.quantity]
        if short:
            lines = "".join(
                f"\n  - {leg.leg.instrument_id}: {leg.state}, {leg.filled} of {leg.leg.quantity}"
                for leg in short
            )
            raise AirflowFailException(f"{len(short)} leg(s) not filled{lines}")
        return published


def report_summary(report: RebalanceReport) -> dict[str, Any]:
    """Return what became of each leg, as plain JSON with numbers as text."""
    return {
        "plan_id": report.plan.plan_id,
        "fills": report.fills,
        "legs": [
            {
                "order_ref": leg.leg.order_ref,
                "instrument_id": leg.leg.instrument_id,
                "side": leg.leg.side.value,
                "quantity": str(leg.leg.quantity),
                "state": leg.state,
                "filled": str(leg.filled),
                "avg_price": _text(leg.avg_price),
                "slippage_bp": None if leg.slippage_bp is None else f"{leg.slippage_bp:.2f}",
                "shortfall": _text(leg.shortfall),
                "commission": str(leg.commission),
                "uncharged": leg.uncharged,
                "message": leg.message,
            }
            for leg in report.legs
        ],
    }


def _text(number: object) -> str | None:
    return None if number is None else str(number)
