# SPDX-License-Identifier: Apache-2.0
"""A rebalance as HTML: what was decided, what came of it, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from ib_provider.domain.gate_record import GateRecord
from ib_provider.domain.order import Fill
from ib_provider.domain.rebalance_report import RebalanceReport, Sum
from ib_provider.pages.template import render
from ib_provider.rebalance.drift_picture import drift_picture
from ib_provider.rebalance.plan_table import plan_table
from ib_provider.rebalance.shortfall_picture import shortfall_picture

__all__ = ["rebalance_page"]

#: More rows than these are for SQL.
_MOST_FILLS: Final = 200
#: Two clocks further apart are not about the same time: one is simulated, or wrong.
_SAME_CLOCK: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of the shortfall, summed over the orders; ``unknown`` counts those it leaves out."""

    name: str
    meaning: str
    amount: Sum


def rebalance_page(report: RebalanceReport, *, is_file: bool = False) -> str:
    """Return the page of a rebalance.

    Args:
        is_file: It is written to a file and carries all that it needs.
    """
    heads, rows = plan_table(report.plan)
    # Pictures escape what others wrote themselves.
    shortfall = Markup(shortfall_picture(report, inline=True))  # noqa: S704
    drift = Markup(drift_picture(report.plan, inline=True))  # noqa: S704
    return render(
        "rebalance.html",
        is_file=is_file,
        title=f"Rebalance {report.plan.key}",
        report=report,
        plan=report.plan,
        parts=_parts(report),
        shortfall=shortfall,
        drift=drift,
        plan_heads=heads,
        plan_rows=rows,
        fill_rate=_fill_rate(report),
        last_fill_s=_last_fill_s(report),
        fills=_fills(report),
        uncharged=sum(leg.uncharged for leg in report.legs),
        far_clock=_far_clock(report),
        is_sent=any(leg.state != "not sent" for leg in report.legs),
    )


def _last_fill_s(report: RebalanceReport) -> float | None:
    """Return how long the last fill of all took, None where no time is known."""
    known = [leg.last_fill_s for leg in report.entries if leg.last_fill_s is not None]
    return max(known, default=None)


def _fills(report: RebalanceReport) -> list[tuple[str, Fill]]:
    """Return the first of the fills by time, each with its instrument's id."""
    found = [(leg.leg.instrument_id, fill) for leg in report.legs for fill in leg.executions]
    return sorted(found, key=lambda item: item[1].execution.ts)[:_MOST_FILLS]


def _far_clock(report: RebalanceReport) -> GateRecord | None:
    """Return a record of the gates of a gateway that lives at another time than we do."""
    for record in report.gates:
        lead = record.clock_lead
        if lead is not None and abs(lead) > _SAME_CLOCK:
            return record
    return None


def _parts(report: RebalanceReport) -> tuple[_Part, ...]:
    return (
        _Part(
            name="Delay",
            meaning="the market moved between the decision and sending",
            amount=report.total(lambda leg: leg.costs.delay),
        ),
        _Part(
            name="Trading",
            meaning="spread, impact and drift while the orders worked",
            amount=report.total(lambda leg: leg.costs.trading),
        ),
        _Part(
            name="Opportunity",
            meaning="what was wanted, was not had, and moved on",
            amount=report.total(lambda leg: leg.costs.opportunity),
        ),
        _Part(
            name="Fees",
            meaning="commissions",
            amount=report.total(lambda leg: leg.costs.fees),
        ),
    )


def _fill_rate(report: RebalanceReport) -> Decimal | None:
    """Return how much of the orders' value was had, at the decision's prices."""
    wanted = had = Decimal(0)
    for leg in report.entries:
        if leg.costs.value is None or not leg.leg.quantity:
            return None
        wanted += leg.costs.value
        had += leg.costs.value * leg.filled / leg.leg.quantity
    return had / wanted if wanted else None
