# SPDX-License-Identifier: Apache-2.0
"""A look at what is new in the lake, whoever calls it and however often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.sweep_new_bars import sweep_new_bars
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key, weekdays

DAYS = weekdays(date(2013, 1, 7), 10)
BROKEN = daily_bars(DAYS, replace={"high": {4: 1.0}})
LATER = FETCHED_AT + timedelta(days=3)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", locks=tmp_path / "locks") as ledger:
        yield ledger


def publish(store: BarStore, name: str, table: pa.Table, at: datetime) -> None:
    end = DAYS[-1] + timedelta(days=1)
    staged = store.stage(name, series_key(name), 7, table, start=DAYS[0], end=end, fetched_at=at)
    store.publish(staged)


def swept(store: BarStore, ledger: Ledger, *, whole: bool = False) -> list[str]:
    found = sweep_new_bars(bars=store, ledger=ledger, batch="sweep", whole=whole)
    return [item.key.instrument_id for item in found]


def test_every_new_series_is_looked_at_and_old_ones_by_a_whole_look(
    tmp_path: Path, ledger: Ledger
) -> None:
    """Two batches that came between two looks are both seen; days later they are old."""
    store = BarStore(tmp_path / "market")
    assert swept(store, ledger) == []
    publish(store, "OLD.NYSE", BROKEN, FETCHED_AT)
    assert swept(store, ledger) == ["OLD.NYSE"]
    publish(store, "ONE.NYSE", BROKEN, LATER)
    publish(store, "TWO.NYSE", BROKEN, LATER + timedelta(minutes=5))
    # The old one lies within the hours before the last look, in which a slow download may end.
    assert swept(store, ledger) == ["OLD.NYSE", "ONE.NYSE", "TWO.NYSE"]
    assert swept(store, ledger) == ["ONE.NYSE", "TWO.NYSE"]
    publish(store, "LAST.NYSE", BROKEN, LATER + timedelta(days=3))
    assert swept(store, ledger, whole=True) == ["LAST.NYSE", "OLD.NYSE", "ONE.NYSE", "TWO.NYSE"]
    assert swept(store, ledger) == ["LAST.NYSE"]


def test_series_published_long_after_it_was_fetched_is_not_missed(
    tmp_path: Path, ledger: Ledger
) -> None:
    """A download may take hours, and another one may be published before it."""
    store = BarStore(tmp_path / "market")
    publish(store, "QUICK.NYSE", daily_bars(DAYS), FETCHED_AT)
    assert swept(store, ledger) == []
    publish(store, "SLOW.NYSE", BROKEN, FETCHED_AT - timedelta(hours=11))
    assert swept(store, ledger) == ["SLOW.NYSE"]
