# SPDX-License-Identifier: Apache-2.0
"""Make a rebalance's report: ask the market, keep the numbers, write the page.

The page in the UI is made of the same values; the file is for who has no UI, and for the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings
from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.rebalance_report import RebalanceReport
from ib_provider.ledger.ledger import Ledger
from ib_provider.pages.rebalance_page import rebalance_page
from ib_provider.store.atomic_file import replacing
from ib_provider.store.catalog import ensure_catalog
from ib_provider.store.report_store import ReportStore
from ib_provider.usecases.keep_fills import keep_fills
from ib_provider.usecases.measure_market import measure_market
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.rebalance_report import rebalance_report

__all__ = ["WrittenReport", "kept_report", "measure_plan", "report_rebalance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """A report, and the file that shows it."""

    report: RebalanceReport
    page: Path


def kept_report(settings: Settings, ledger: Ledger, plan_id: str) -> RebalanceReport:
    """Return the report of a plan from what is kept here; asks nobody.

    Raises:
        LedgerError: There is no such plan.
        CorruptFile: What was kept of the market is damaged.
    """
    kept = ReportStore(settings.market).markets(plan_id)
    return rebalance_report(
        ledger,
        plan_id,
        markets=kept.markets if kept else None,
        reported_at=kept.reported_at if kept else None,
    )


async def measure_plan(
    client: IbClient,
    *,
    settings: Settings,
    ledger: Ledger,
    plan_id: str,
    progress: Progress = silent,
) -> dict[str, LegMarket]:
    """Return what the market did around a plan's orders; see ``measure_market``.

    Raises:
        LedgerError: There is no such plan.
        ConnectionLost: The link ended.
    """
    report = kept_report(settings, ledger, plan_id)
    known = {leg.leg.order_ref: leg.market for leg in report.legs}
    return await measure_market(client, report.entries, known=known, progress=progress)


def report_rebalance(
    settings: Settings,
    ledger: Ledger,
    plan_id: str,
    *,
    markets: Mapping[str, LegMarket] | None,
    with_fills: bool = True,
) -> WrittenReport:
    """Keep a plan's report and its fills in the store, write its page, and return report and page.

    Args:
        markets: What ``measure_plan`` returned; None keeps what an earlier report has.
        with_fills: False leaves the fills to whoever tells of them: what is kept is not new again.

    Raises:
        LedgerError: There is no such plan.
        WriteConflict: Another process has been writing reports for long.
        CorruptFile: What is kept of the plan's report is damaged.
    """
    if markets is None:
        report = kept_report(settings, ledger, plan_id)
    else:
        now = datetime.now(UTC)
        report = rebalance_report(ledger, plan_id, markets=markets, reported_at=now)
    ReportStore(settings.market).keep(report)
    ensure_catalog(settings.market)
    if with_fills:
        keep_fills(settings, ledger, [plan_id])
    page = settings.home / "reports" / _file_name(report)
    with replacing(page) as temporary:
        temporary.write_text(rebalance_page(report, is_file=True), encoding="utf-8")
    return WrittenReport(report=report, page=page)


def _file_name(report: RebalanceReport) -> str:
    plan = report.plan
    key = plan.key.removeprefix(f"{plan.strategy}-")
    name = quote(f"{plan.strategy}-{key}", safe="")[:150]
    return f"{name}-{plan.plan_id[:12]}.html"
