# SPDX-License-Identifier: Apache-2.0
"""The rebalances as a person at the desk wants to see them. Only reads."""

from __future__ import annotations

from ib_provider.config import Settings
from ib_provider.domain.rebalance_report import RebalanceReport
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.report_rebalance import kept_report
from ib_provider.usecases.view_section import Section, ledger_section

__all__ = ["find_report", "latest_reports", "rebalances_view"]


def rebalances_view(settings: Settings, *, limit: int = 200) -> Section[RebalanceReport]:
    """Return the latest rebalances, newest first; what cannot be read is its error."""
    return ledger_section(settings, lambda ledger: latest_reports(settings, ledger, limit=limit))


def latest_reports(settings: Settings, ledger: Ledger, *, limit: int) -> Section[RebalanceReport]:
    """Return the latest rebalances, newest first, and how many there are where that is more.

    Raises:
        LedgerError, CorruptFile: What is kept cannot be read.
    """
    plans = ledger.latest_plans(limit)
    total = ledger.count_plans()
    return Section(
        rows=tuple(kept_report(settings, ledger, plan.plan_id) for plan in plans),
        total=total if total > len(plans) else None,
    )


def find_report(settings: Settings, plan_id: str) -> Section[RebalanceReport]:
    """Return the report of one plan; no row where there is no such plan."""

    def read(ledger: Ledger) -> Section[RebalanceReport]:
        if not ledger.has_plan(plan_id):
            return Section()
        return Section(rows=(kept_report(settings, ledger, plan_id),))

    return ledger_section(settings, read)
