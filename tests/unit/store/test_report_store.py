# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.approval import Approval
from ib_provider.domain.leg_market import LegMarket
from ib_provider.errors import CorruptFile
from ib_provider.store import open_catalog, rebuild_catalog
from ib_provider.store.report_store import ReportStore
from tests.support.plans import AT, a_leg
from tests.support.reports import GATEWAY_AT, a_leg_report, a_report, late_fill

NOW = datetime(2013, 3, 4, 21, tzinfo=UTC)


def test_report_is_read_by_sql(tmp_path: Path) -> None:
    """One order of 100 at a decision of 430.025: sent at 430.05, had at 430.25, a dollar of fees.

    2.50 of delay, 20.00 of trading and 1.00 are 23.50, of 43,002.50 that is 5.4648 basis points.
    """
    rebuild_catalog(tmp_path, ())
    leg = a_leg_report(a_leg(quantity="100"), late_fill("1.01", 2, price="430.25"))
    report = a_report(leg, reported_at=NOW)
    word = Approval(plan_id=report.plan.plan_id, is_approved=True, who="Ann", at=AT)
    ReportStore(tmp_path).keep(replace(report, approvals=(word,)))
    with open_catalog(tmp_path) as catalog:
        whole = catalog.sql(
            "SELECT rebalance_key, approved_by, orders, filled, fills, delay, trading, "
            "opportunity, fees, shortfall, round(shortfall_bp, 4), unknown FROM rebalance_reports"
        ).fetchall()
        legs = catalog.sql(
            "SELECT instrument_id, arrival_price, avg_price, vwap, first_fill_s, shortfall, message"
            " FROM rebalance_legs"
        ).fetchall()
    assert whole == [("2013-03-04", "Ann", 1, 1, 1, 2.5, 20.0, 0.0, 1.0, 23.5, 5.4648, 0)]
    assert legs == [("AAPL.NASDAQ", 430.05, 430.25, None, 2.0, 23.5, "")]


def test_report_again_replaces_the_one_before(tmp_path: Path) -> None:
    """A plan has one row, whatever was reported of it before."""
    rebuild_catalog(tmp_path, ())
    store, report = ReportStore(tmp_path), a_report(reported_at=NOW)
    store.keep(report)
    store.keep(report)
    store.keep(a_report(key="2013-03-11", reported_at=NOW))
    with open_catalog(tmp_path) as catalog:
        counts = catalog.sql(
            "SELECT (SELECT count(*) FROM rebalance_reports), (SELECT count(*) FROM rebalance_legs)"
        ).fetchall()
    assert counts == [(2, 4)]


def test_report_of_what_is_not_known_has_no_number(tmp_path: Path) -> None:
    """Neither zero nor NaN: NULL, and how many orders it is about."""
    rebuild_catalog(tmp_path, ())
    ReportStore(tmp_path).keep(a_report(reported_at=NOW))
    with open_catalog(tmp_path) as catalog:
        found = catalog.sql(
            "SELECT opportunity, shortfall, shortfall_bp, rejected, unknown FROM rebalance_reports"
        ).fetchall()
        nans = catalog.sql(
            "SELECT count(*) FROM rebalance_legs WHERE isnan(shortfall) OR isnan(vwap)"
        ).fetchall()
    assert found == [(None, None, None, 1, 1)]
    assert nans == [(0,)]


def test_markets_come_back_as_they_were_kept(tmp_path: Path) -> None:
    """What the market did is known nowhere else."""
    market = LegMarket(
        start=GATEWAY_AT,
        end=late_fill("1.01", 2).execution.ts,
        vwap=Decimal("430.12345678"),
        volume=Decimal(1200),
        source="trades",
    )
    open_end = LegMarket(
        vwap_problem="nothing was filled", end_price=Decimal("430.5"), end_at=NOW, end_problem=""
    )
    whole = a_leg_report(a_leg(quantity="100"), late_fill("1.01", 2), market=market)
    empty = a_leg_report(a_leg("ref-2"), state="cancelled", market=open_end)
    report = a_report(whole, empty, reported_at=NOW)
    store = ReportStore(tmp_path)
    store.keep(report)
    kept = store.markets(report.plan.plan_id)
    assert kept is not None
    assert kept.reported_at == NOW
    assert kept.markets == {whole.leg.order_ref: market, "ref-2": open_end}


def test_markets_of_a_plan_without_a_report_are_none(tmp_path: Path) -> None:
    """None is not an empty report."""
    assert ReportStore(tmp_path).markets("0" * 64) is None


def test_markets_of_a_damaged_report_are_an_error(tmp_path: Path) -> None:
    """The file is named."""
    report = a_report(reported_at=NOW)
    store = ReportStore(tmp_path)
    store.keep(report)
    (path,) = tmp_path.glob("reports/table=legs/*.parquet")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(CorruptFile, match=path.name):
        store.markets(report.plan.plan_id)
