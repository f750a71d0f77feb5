# SPDX-License-Identifier: Apache-2.0
"""Report what became of a plan: each leg with its fills and costs, kept, shown, judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.errors import IbProviderError
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator

if TYPE_CHECKING:
    from decimal import Decimal

    from airflow.sdk import Context

    from ib_provider.domain.leg_market import LegMarket
    from ib_provider.domain.rebalance_report import RebalanceReport
    from ib_provider.ledger.ledger import Ledger

__all__ = ["IbRebalanceReportOperator", "report_summary"]


class IbRebalanceReportOperator(IbOperator):
    """Report what became of a plan, and fail when a leg is not filled.

    The gateway is asked for fills and commissions that came late, as far back as it keeps them, and
    for what the market did meanwhile. One that does not answer is no reason to have no report:
    what it would have said is then not known, and the report says so.

    Fills that came late go into the ledger. A failed task cannot tell anybody of them, so an
    ``IbFillsOperator`` after this one takes them to the view ``fills``, and wakes who waits.

    Args:
        plan_id: The plan (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"plan_id": id, "fills": count, "page": path, "legs": [...], …}``, numbers as text.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "plan_id")

    def __init__(self, *, plan_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan_id = plan_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask, write the report, publish it, judge it."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.usecases.report_rebalance import report_rebalance

        settings = self.hook.settings
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            _ = self.hook.gateway
            ledger.plan(self.plan_id)
            markets = run_use_case(self._ask(ledger))
            written = report_rebalance(
                settings, ledger, self.plan_id, markets=markets, with_fills=False
            )
        report = written.report
        published = {**report_summary(report), "page": str(written.page)}
        for leg in published["legs"]:
            self.tell(_line(leg))
        self.tell(f"report: {written.page}")
        context["ti"].xcom_push(key="report", value=published)
        if report.short:
            lines = "".join(
                f"\n  - {leg.leg.instrument_id}: {leg.state}, {leg.filled} of {leg.leg.quantity}"
                f"{f': {leg.message}' if leg.message else ''}"
                for leg in report.short
            )
            raise AirflowFailException(f"{len(report.short)} leg(s) not filled{lines}")
        return published

    async def _ask(self, ledger: Ledger) -> dict[str, LegMarket] | None:
        """Return what the market did, the ledger up to date; None where the gateway is away."""
        from ib_provider.usecases.broker_truth import read_broker_truth, settle
        from ib_provider.usecases.report_rebalance import measure_plan

        sent = [order.order_ref for order in ledger.intents(self.plan_id)]
        try:
            # A gateway may tell a client id of its own executions only, so the orders' id asks.
            async with self.hook.client(ClientRole.ORDERS) as client:
                truth = await read_broker_truth(client, whole_log=True)
            settle(ledger, sent, truth)
            # That id is wanted by whoever sends next; the market can be asked under another.
            async with self.hook.client(ClientRole.DATA) as client:
                return await measure_plan(
                    client,
                    settings=self.hook.settings,
                    ledger=ledger,
                    plan_id=self.plan_id,
                    progress=self.tell,
                )
        except IbProviderError as error:
            if not error.transient:
                raise
            self.log.warning("The report is made of what is known here: %s", error)
            return None


def report_summary(report: RebalanceReport) -> dict[str, Any]:
    """Return what became of each leg and what it cost, as plain JSON with numbers as text."""
    total = report.total_shortfall
    return {
        "plan_id": report.plan.plan_id,
        "fills": report.fills,
        "currency": report.plan.currency,
        "loosened": None if report.override is None else str(report.override),
        "shortfall": None if total.unknown else f"{total.known:.2f}",
        "shortfall_bp": _points(report.shortfall_bp),
        "legs": [
            {
                "order_ref": leg.leg.order_ref,
                "role": leg.leg.role.value,
                "instrument_id": leg.leg.instrument_id,
                "side": leg.leg.side.value,
                "quantity": str(leg.leg.quantity),
                "state": leg.state,
                "filled": str(leg.filled),
                "avg_price": _price(leg.avg_price),
                "arrival_price": _price(leg.arrival_price),
                "vwap": _price(leg.market.vwap),
                "slippage_bp": _points(leg.slippage_bp),
                "vwap_slippage_bp": _points(leg.vwap_slippage_bp),
                "shortfall": _points(leg.shortfall),
                "shortfall_bp": _points(leg.costs.total_bp),
                "commission": str(leg.commission),
                "uncharged": leg.uncharged,
                "message": leg.message,
            }
            for leg in report.legs
        ],
    }


def _line(leg: dict[str, Any]) -> str:
    said = f"{leg['side']} {leg['quantity']} {leg['instrument_id']}: {leg['state']}, "
    if leg["avg_price"] is None:
        return f"{said}nothing filled"
    cost = "not known yet" if leg["shortfall_bp"] is None else f"{leg['shortfall_bp']} bp"
    return (
        f"{said}filled {leg['filled']} at {leg['avg_price']}, "
        f"slippage {leg['slippage_bp']} bp, shortfall {cost}"
    )


def _points(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _price(value: Decimal | None) -> str | None:
    """Return an average without the digits that a division leaves behind."""
    return None if value is None else f"{round(value, 8).normalize():f}"
