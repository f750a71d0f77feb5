# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from ib_provider.domain.finding import Severity
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.sweep_bars import sweep_bars
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key, weekdays

DAYS = weekdays(date(2013, 1, 7), 10)


def test_sweep_names_the_broken_bar_of_a_published_series(tmp_path: Path) -> None:
    """What slipped into the tree is found among what is sound, told, recorded, and left there."""
    store = BarStore(tmp_path / "market")
    broken: pa.Table = daily_bars(DAYS, replace={"high": {4: 1.0}})
    said: list[str] = []
    for name, table in (("GOOD.NYSE", daily_bars(DAYS)), ("BAD.NYSE", broken)):
        staged = store.stage(
            "batch",
            series_key(name),
            7,
            table,
            start=DAYS[0],
            end=DAYS[-1] + timedelta(days=1),
            fetched_at=FETCHED_AT,
        )
        store.publish(staged)
    before = store.read(series_key("BAD.NYSE"))
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", locks=tmp_path / "locks") as ledger:
        (found,) = sweep_bars(bars=store, ledger=ledger, batch="sweep", progress=said.append)
    assert (found.key, found.check, found.severity) == (
        series_key("BAD.NYSE"),
        "ohlc_consistent",
        Severity.CRITICAL,
    )
    assert found.rows[0].startswith(f"{DAYS[4]} high 1.0 < low")
    assert said[0] == "2 series looked through, 1 looked at closely"
    assert store.read(series_key("BAD.NYSE")) == before
