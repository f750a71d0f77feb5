# SPDX-License-Identifier: Apache-2.0
"""Fills of the ledger are rows of the view ``fills``, as last corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowSkipException

from ib_provider.config import load_settings
from ib_provider.ledger.ledger import Ledger
from ib_provider.operators.fills import IbFillsOperator
from ib_provider.store.catalog import open_catalog
from ib_provider.usecases.keep_fills import KeptFills, keep_fills
from tests.support.airflow_home import gateway_connection
from tests.support.plans import a_fill, a_plan

PLAN = a_plan()
(LEG,) = PLAN.legs


def test_fills_of_a_plan_are_seen_by_sql_as_last_corrected(state: Path) -> None:
    """Bought 465 in two, one of them corrected a day later: SQL sums what the account holds."""
    settings = load_settings()
    query = "SELECT instrument_id, sum(quantity), sum(quantity * price), max(plan_id) FROM fills"
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        ledger.save_plan(PLAN)
        at = datetime(2013, 3, 4, 15, tzinfo=UTC)
        ledger.intend(LEG, plan=PLAN, order_id=1, client_id=1, at=at)
        assert keep_fills(settings, ledger, [PLAN.plan_id]) == KeptFills(fills=0, new=0)
        for name, units, price in (("0001.01.01", 400, "430"), ("0002.01.01", 65, "431")):
            fill = a_fill(name, order_ref=LEG.order_ref)
            execution = replace(
                fill.execution, quantity=Decimal(units), price=Decimal(price), ts=at
            )
            ledger.record_fill(replace(fill, execution=execution))
        assert keep_fills(settings, ledger, [PLAN.plan_id]) == KeptFills(
            fills=2, new=2, accounts=(PLAN.account,), sessions=(date(2013, 3, 4),)
        )
        with open_catalog(settings.market) as catalog:
            found = catalog.execute(f"{query} GROUP BY ALL").fetchall()
        assert found == [("AAPL.NASDAQ", 465.0, 400 * 430.0 + 65 * 431.0, PLAN.plan_id)]

        fill = a_fill("0002.01.02", order_ref=LEG.order_ref)
        half = replace(fill.execution, quantity=Decimal(32), ts=at + timedelta(days=1))
        ledger.record_fill(replace(fill, execution=half))
        assert keep_fills(settings, ledger, [PLAN.plan_id]) == KeptFills(
            fills=2, new=1, accounts=(PLAN.account,), sessions=(date(2013, 3, 5),)
        )
    with open_catalog(settings.market) as catalog:
        found = catalog.execute("SELECT sum(quantity), count(*) FROM fills").fetchall()
    assert found == [(432.0, 2)]
    assert state.is_dir()


def test_retry_wakes_who_waits_though_the_try_before_it_kept_the_fills(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before may have died right before its event; a first try with nothing new skips."""
    monkeypatch.setenv("AIRFLOW_CONN_IB_DEFAULT", gateway_connection(1))
    settings, asset = load_settings(), Asset("ib_fills")
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        ledger.save_plan(PLAN)
        ledger.intend(LEG, plan=PLAN, order_id=1, client_id=1, at=datetime.now(UTC))
        ledger.record_fill(a_fill("0001.01.01", order_ref=LEG.order_ref))
        keep_fills(settings, ledger, [PLAN.plan_id])
    operator = IbFillsOperator(task_id="fills", plan_ids=[PLAN.plan_id], outlets=[asset])
    event = SimpleNamespace(extra={})
    context: Any = {"ti": SimpleNamespace(try_number=1), "outlet_events": {asset: event}}
    with pytest.raises(AirflowSkipException):
        operator.execute(context)
    assert event.extra == {}
    context["ti"].try_number = 2
    operator.execute(context)
    assert (event.extra["fills"], event.extra["rows"]) == (1, 0)
    assert state.is_dir()
