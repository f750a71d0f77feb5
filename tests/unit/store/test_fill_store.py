# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ib_provider.domain.order import Fill
from ib_provider.store.fill_store import FillRow, FillStore
from tests.support.plans import ACCOUNT, a_fill, a_plan

PLAN = a_plan()


def row(fill: Fill, revision: int = 1) -> FillRow:
    (leg,) = PLAN.legs
    family = fill.execution.exec_id.rpartition(".")[0]
    return FillRow(fill=fill, plan=PLAN, leg=leg, family=family, revision=revision)


def test_fill_is_kept_once_however_often_it_is_told(tmp_path: Path) -> None:
    """What is kept already writes no file."""
    store = FillStore(tmp_path)
    assert len(store.keep(ACCOUNT, [row(a_fill("0001.01.01"))])) == 1
    assert len(store.keep(ACCOUNT, [row(a_fill("0001.01.01"))])) == 0
    assert store.read(ACCOUNT)["exec_id"].to_pylist() == ["0001.01.01"]
    assert len(list(tmp_path.rglob("*.parquet"))) == 1


def test_commission_that_came_late_replaces_the_row(tmp_path: Path) -> None:
    """A fill without its commission has none in the table, until it comes."""
    store = FillStore(tmp_path)
    assert len(store.keep(ACCOUNT, [row(a_fill("0001.01.01"))])) == 1
    assert store.read(ACCOUNT)["commission"].to_pylist() == [None]
    assert len(store.keep(ACCOUNT, [row(a_fill("0001.01.01", commission="1.25"))])) == 1
    assert store.read(ACCOUNT)["commission"].to_pylist() == [1.25]


def test_correction_of_another_day_hides_what_it_corrects(tmp_path: Path) -> None:
    """IB may book a correction on the next day: it counts, the former does not."""
    store = FillStore(tmp_path)
    fill = a_fill("0001.01.01")
    later = replace(fill.execution, exec_id="0001.01.02", ts=fill.execution.ts + timedelta(days=1))
    assert len(store.keep(ACCOUNT, [row(fill)])) == 1
    assert len(store.keep(ACCOUNT, [row(replace(fill, execution=later), 2)])) == 1
    assert store.read(ACCOUNT)["exec_id"].to_pylist() == ["0001.01.02"]


def test_accounts_lie_apart(tmp_path: Path) -> None:
    """Nobody's fills are read with another's."""
    store = FillStore(tmp_path)
    store.keep("DU1", [row(a_fill("0001.01.01"))])
    store.keep("DU2", [row(a_fill("0002.01.01"))])
    assert store.read("DU1")["exec_id"].to_pylist() == ["0001.01.01"]
    assert store.read("DU3").num_rows == 0
