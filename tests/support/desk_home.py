# SPDX-License-Identifier: Apache-2.0
"""A small home with bars, findings and a rebalance in it, written by the project's own code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ib_provider.config import Settings
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.domain.finding import Finding, Severity
from ib_provider.domain.order import OrderStatus
from ib_provider.ledger import Ledger
from ib_provider.store import BarStore, InstrumentStore, rebuild_catalog
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key, weekdays
from tests.support.instrument_values import AAPL
from tests.support.plans import AT, a_fill, a_leg, a_plan, a_state

__all__ = [
    "KEY",
    "SESSIONS",
    "a_finding",
    "a_span",
    "bar_file",
    "fill_home",
    "home_settings",
    "open_ledger",
]

KEY = series_key()
#: Ten weekdays over the turn of a year: 2012-12-24 to 2013-01-04.
SESSIONS = weekdays(date(2012, 12, 24), 10)


def home_settings(home: Path) -> Settings:
    """Return the settings of a home on this disk alone."""
    return Settings(home=home, ledger_url=f"sqlite:///{home / 'ledger.db'}", include=home)


def open_ledger(settings: Settings) -> Ledger:
    """Open the home's ledger, making it."""
    return Ledger.open(settings.ledger_url, locks=settings.locks)


def fill_home(home: Path) -> Settings:
    """Make a home: ten bars of Apple, two batches of findings, one order filled."""
    settings = home_settings(home)
    with open_ledger(settings) as ledger:
        _fill_market(settings, ledger)
        ledger.record_findings("monday", [a_finding("sessions", Severity.WARNING)])
        ledger.record_findings("tuesday", [a_finding("ohlc_consistent", Severity.CRITICAL)])
        _fill_rebalance(ledger)
    return settings


def a_finding(check: str, severity: Severity) -> Finding:
    """Build a finding about Apple whose row would be markup, were it not escaped."""
    return Finding(key=KEY, check=check, severity=severity, count=3, rows=("high < low <b>",))


def a_span(start: date, end: date, state: CoverageState) -> Span:
    """Build a span of Apple's daily bars."""
    return Span(
        key=KEY, con_id=265598, start=start, end=end, state=state, rows=0, fetched_at=FETCHED_AT
    )


def bar_file(settings: Settings) -> Path:
    """Return one of the home's bar files."""
    return sorted((settings.market / "bars").rglob("*.parquet"))[0]


def _fill_market(settings: Settings, ledger: Ledger) -> None:
    InstrumentStore(settings.market).upsert([AAPL])
    bars = BarStore(settings.market)
    staged = bars.stage(
        "batch",
        KEY,
        265598,
        daily_bars(SESSIONS),
        start=SESSIONS[0],
        end=date(2013, 1, 5),
        fetched_at=FETCHED_AT,
    )
    bars.publish(staged)
    for span in (
        a_span(date(2012, 12, 17), date(2012, 12, 24), CoverageState.EMPTY),
        # Twice, and once as unknown before that: the best that is known counts, once.
        a_span(date(2012, 12, 24), date(2013, 1, 5), CoverageState.DATA),
        a_span(date(2012, 12, 31), date(2013, 1, 5), CoverageState.DATA),
        a_span(date(2012, 12, 31), date(2013, 1, 12), CoverageState.UNKNOWN),
    ):
        ledger.record_span(span)
    rebuild_catalog(settings.market, ledger.spans())


def _fill_rebalance(ledger: Ledger) -> None:
    leg = a_leg(quantity="100")
    plan = ledger.save_plan(a_plan(leg, a_leg("ibp-demo-AAPL-2")))
    ledger.intend(leg, plan=plan, order_id=5, client_id=1, at=AT)
    ledger.record_fill(a_fill("0001.01", order_ref=leg.order_ref, commission="1.05"))
    ledger.record_state(
        leg.order_ref, a_state(leg, OrderStatus.FILLED, filled="100", price="430.01"), AT
    )
