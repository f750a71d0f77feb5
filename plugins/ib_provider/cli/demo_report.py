# SPDX-License-Identifier: Apache-2.0
"""What the demo shows at its end, read from the catalog and the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table

from ib_provider.cli.demo_portfolio import DemoPortfolio
from ib_provider.config import Settings
from ib_provider.domain.finding import Finding, Severity
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.domain.rebalance_report import RebalanceReport
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.checks import CHECKS
from ib_provider.store import open_catalog
from ib_provider.usecases.report_rebalance import report_rebalance

__all__ = ["Holdings", "Tally", "last_line", "print_report", "read_tally", "rebalance_id"]

#: What is known of findings in the demo's data: instrument, check, session → the story.
_KNOWN: Final = {
    ("AAPL.NASDAQ", "price_jumps", "2000-09-29"): (
        "the price is right: Apple lost half of its value that day, after a profit warning"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is of everything."""

    instruments: int
    bars: int
    findings: int
    orders: int
    fills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What an account holds: units by symbol, and account values as text."""

    quantities: dict[str, Decimal]
    values: dict[str, str]


def read_tally(settings: Settings) -> Tally:
    """Return what the catalog and the ledger hold; zeros before the first run."""
    instruments = bars = 0
    if settings.catalog.exists():
        with open_catalog(settings.market) as catalog:
            query = "SELECT (SELECT count(*) FROM instruments), (SELECT count(*) FROM bars)"
            instruments, bars = catalog.sql(query).fetchall()[0]
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        totals = ledger.totals()
    return Tally(
        instruments=instruments,
        bars=bars,
        findings=totals.findings,
        orders=totals.intents,
        fills=totals.fills,
    )


def rebalance_id(portfolio: DemoPortfolio) -> str:
    """Return what the demo's rebalance of a portfolio is for: its clock's day."""
    return f"{portfolio.name}-2013-03-04"


def last_line(portfolio: DemoPortfolio, before: Tally, after: Tally) -> str:
    """Return the demo's last line: how much there is of everything, and how much of it is new."""
    bars = f"{after.bars} bars ({after.bars - before.bars} new), " if portfolio.with_bars else ""
    found = f"{_counted(after.findings, 'finding')}, " if portfolio.with_bars else ""
    return (
        f"{portfolio.name}: {_counted(after.instruments, 'instrument')}, {bars}{found}"
        f"{_counted(after.orders, 'order')} ({after.orders - before.orders} new), "
        f"{_counted(after.fills, 'fill')}"
    )


def print_report(
    console: Console,
    settings: Settings,
    portfolio: DemoPortfolio,
    *,
    account: str,
    before: Holdings,
    after: Holdings,
) -> None:
    """Print instruments, bars, findings, the plan, its fills, and holdings before and after."""
    console.print()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        if portfolio.with_bars:
            _print_bars(console, settings)
            _print_findings(console, ledger.findings())
        plan = ledger.find_plan(account, portfolio.name, rebalance_id(portfolio))
        if plan is not None:
            _print_plan(console, plan)
            written = report_rebalance(settings, ledger, plan.plan_id, markets=None)
            _print_fills(console, written.report)
            _print_costs(console, written.report)
    _print_holdings(console, before, after)
    console.print(f"look around: duckdb -readonly {settings.catalog}", soft_wrap=True)
    if plan is not None:
        console.print(f"the rebalance as a page: {written.page.as_uri()}", soft_wrap=True)


def _print_bars(console: Console, settings: Settings) -> None:
    table = _table(
        "instruments and their daily bars",
        "instrument",
        "name",
        "bars>",
        "first",
        "last",
        "last close>",
    )
    query = """
        SELECT i.instrument_id, i.long_name, count(b.session), min(b.session), max(b.session),
               max_by(b.close, b.session)
        FROM instruments i LEFT JOIN bars b USING (instrument_id)
        GROUP BY ALL ORDER BY ALL
    """
    with open_catalog(settings.market) as catalog:
        for name, long_name, bars, first, last, close in catalog.sql(query).fetchall():
            table.add_row(name, long_name, f"{bars:,}", str(first), str(last), f"{close:,.2f}")
    console.print(table)


def _print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Say what was found, and whether its bars were published all the same."""
    if not findings:
        console.print("validation: nothing found")
    for finding in findings:
        console.print(f"finding: {finding}", soft_wrap=True, markup=False)
        check = CHECKS.get(finding.check)
        if check is not None:
            console.print(f"    the check: {check.demand}", soft_wrap=True, markup=False)
        console.print(f"    {_fate(finding)}", soft_wrap=True, markup=False)
        for known, why in _KNOWN.items():
            if known == (finding.key.instrument_id, finding.check, finding.rows[0][:10]):
                console.print(f"    {why}", soft_wrap=True, markup=False)


def _fate(finding: Finding) -> str:
    if finding.severity is Severity.CRITICAL:
        return "critical: the bars were not published, they wait in quarantine"
    return f"{finding.severity}: the bars were published; only a critical finding holds them back"


def _print_plan(console: Console, plan: OrderPlan) -> None:
    title = (
        f"plan {plan.plan_id[:12]} of {plan.key}, account {plan.account}, "
        f"{plan.net_liquidation:,.0f} {plan.currency}"
    )
    columns = ("instrument", "held>", "price>", "weight>", "target>", "wanted>", "trade>", "note")
    table = _table(title, *columns)
    for row in plan.rows:
        table.add_row(
            row.instrument_id,
            f"{row.held:,f}",
            _number(row.price),
            _percent(row.weight),
            _percent(row.target_weight),
            _number(row.target_quantity, places=0),
            f"{row.trade:+,f}" if row.trade else "",
            row.note,
        )
    console.print(table)


def _print_fills(console: Console, report: RebalanceReport) -> None:
    columns = ("order", "limit>", "filled>", "average>", "bp>", "VWAP>", "fees>", "state")
    table = _table("orders and their fills; bp: slippage against the arrival price", *columns)
    for row in report.legs:
        leg = row.leg
        table.add_row(
            f"{leg.side} {leg.quantity:,f} {leg.contract.local_symbol or leg.contract.symbol}",
            _number(leg.limit_price),
            f"{row.filled:,f}",
            _number(row.avg_price, places=3),
            f"{row.slippage_bp:+.1f}" if row.slippage_bp is not None else "",
            _number(row.market.vwap, places=3),
            _number(row.commission),
            row.state,
        )
    console.print(table)


def _print_costs(console: Console, report: RebalanceReport) -> None:
    total = report.total_shortfall
    if total.unknown:
        said = f"not known of {_counted(total.unknown, 'order')}"
    else:
        points = report.shortfall_bp
        said = f"{total.known:+,.2f} {report.plan.currency}"
        said += "" if points is None else f", {points:+.1f} bp of what was wanted"
    console.print(f"implementation shortfall: {said}", soft_wrap=True)


def _print_holdings(console: Console, before: Holdings, after: Holdings) -> None:
    table = _table("the account at the gateway", "", "before>", "after>")
    for symbol in sorted(before.quantities | after.quantities):
        table.add_row(
            symbol,
            f"{before.quantities.get(symbol, Decimal(0)):,f}",
            f"{after.quantities.get(symbol, Decimal(0)):,f}",
        )
    for tag in sorted(before.values | after.values):
        table.add_row(tag, before.values.get(tag, ""), after.values.get(tag, ""))
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    """Return an empty table; a column whose name ends in ``>`` is right-aligned."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(name.rstrip(">"), justify="right" if name.endswith(">") else "left")
    return table


def _counted(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _number(value: Decimal | None, *, places: int = 2) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2%}"
