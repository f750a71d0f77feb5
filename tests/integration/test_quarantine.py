# SPDX-License-Identifier: Apache-2.0
"""Refused bars: they wait, with their reasons, for a person or for a better answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ib_provider.domain.coverage import CoverageState
from ib_provider.errors import ConfigError, CorruptFile
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.store.quarantine import Quarantine
from ib_provider.usecases.accept_bars import accept_bars
from ib_provider.usecases.judge_bars import judge_bars
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key, weekdays

DAYS = weekdays(date(2013, 1, 7), 10)
NOW = datetime(2013, 3, 4, tzinfo=UTC)
KEY = series_key("IBM.NYSE")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", locks=tmp_path / "locks") as ledger:
        yield ledger


@pytest.fixture
def store(tmp_path: Path, ledger: Ledger) -> BarStore:
    """Return a store whose one batch was refused for a high below its low."""
    store = BarStore(tmp_path / "market")
    pull(store, "refused", high=1.0)
    report = judge_bars(bars=store, ledger=ledger, batch="refused")
    assert set(report.quarantined) == {"IBM.NYSE"}
    return store


def pull(store: BarStore, batch: str, *, high: float) -> None:
    store.stage(
        batch,
        KEY,
        8314,
        daily_bars(DAYS, replace={"high": {4: high}}),
        start=DAYS[0],
        end=DAYS[-1] + timedelta(days=1),
        fetched_at=FETCHED_AT,
    )


def test_refused_bars_wait_with_their_reasons(store: BarStore, ledger: Ledger) -> None:
    """Nothing is published or covered, and the reason names the bar."""
    (item,) = Quarantine(store).all()
    assert (item.bars.key, item.bars.batch, item.bars.rows) == (KEY, "refused", len(DAYS))
    assert f"{DAYS[4]} high 1.0 < low" in item.reasons[0]
    assert store.keys() == ()
    assert ledger.spans() == ()


def test_accepted_bars_are_published_covered_and_signed(store: BarStore, ledger: Ledger) -> None:
    """Who said that they are right stays beside the findings for good."""
    (item,) = Quarantine(store).all()
    report = accept_bars(
        bars=store, ledger=ledger, item=item, by="ana", why="seen on the tape", at=NOW
    )
    assert report.new == len(DAYS)
    assert store.read(KEY)["high"].to_pylist()[4] == 1.0
    assert [span.state for span in ledger.spans(KEY)] == [CoverageState.DATA]
    assert Quarantine(store).all() == ()
    document = json.loads(item.findings.read_text())
    assert document["accepted"] == {
        "by": "ana",
        "why": "seen on the tape",
        "at": "2013-03-04T00:00:00+00:00",
    }


@pytest.mark.parametrize(("by", "why"), [("", "because"), ("ana", "  ")])
def test_bars_are_not_accepted_by_nobody_or_for_nothing(
    store: BarStore, ledger: Ledger, by: str, why: str
) -> None:
    """An acceptance without a name or a reason changes nothing."""
    (item,) = Quarantine(store).all()
    with pytest.raises(ConfigError, match="who accepts"):
        accept_bars(bars=store, ledger=ledger, item=item, by=by, why=why, at=NOW)
    assert Quarantine(store).all() == (item,)
    assert store.keys() == ()


def test_range_pulled_again_is_published_beside_the_refused_one(
    store: BarStore, ledger: Ledger
) -> None:
    """A better answer needs nobody's permission."""
    pull(store, "again", high=200.0)
    judge_bars(bars=store, ledger=ledger, batch="again").raise_if_critical()
    assert store.read(KEY)["high"].to_pylist()[4] == 200.0
    assert len(Quarantine(store).all()) == 1


def test_discarded_bars_leave_nothing(store: BarStore) -> None:
    """Their findings go with them."""
    (item,) = Quarantine(store).all()
    Quarantine(store).discard(item)
    assert Quarantine(store).all() == ()
    assert not item.findings.exists()


def test_refused_bars_whose_findings_are_lost_are_named(store: BarStore) -> None:
    """Bars without a reason are not offered for acceptance."""
    (item,) = Quarantine(store).all()
    item.findings.write_text("{")
    with pytest.raises(CorruptFile, match="findings"):
        Quarantine(store).all()
