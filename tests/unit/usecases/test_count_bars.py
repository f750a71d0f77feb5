# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.contract import Instrument
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.usecases.count_bars import Gap, count_bars, find_gaps
from tests.support.bar_tables import FETCHED_AT, daily_bars, minute_bars, series_key
from tests.support.instrument_values import AAPL

#: Five sessions, Monday to Friday, none of them short.
WEEK = [date(2013, 2, 25) + timedelta(days=n) for n in range(5)]
START, END = WEEK[0], date(2013, 3, 2)
NOW = datetime(2013, 3, 4, 15, tzinfo=UTC)
MINUTES = BarSpec(size=BarSize.MIN_1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", locks=tmp_path / "locks") as ledger:
        yield ledger


def publish(root: Path, ledger: Ledger, key: SeriesKey, table: pa.Table) -> BarStore:
    """Publish bars that the whole week is covered by."""
    store = BarStore(root / "market")
    store.publish(store.stage("b", key, 7, table, start=START, end=END, fetched_at=FETCHED_AT))
    record(ledger, key, START, END, CoverageState.DATA)
    return store


def record(ledger: Ledger, key: SeriesKey, start: date, end: date, state: CoverageState) -> None:
    span = Span(key=key, con_id=7, start=start, end=end, state=state, rows=1, fetched_at=FETCHED_AT)
    ledger.record_span(span)


def gaps(store: BarStore, ledger: Ledger, spec: BarSpec, *, now: datetime = NOW) -> list[Gap]:
    found = find_gaps(
        bars=store, ledger=ledger, instruments=[AAPL], spec=spec, start=START, end=END, now=now
    )
    return list(found)


def told(found: list[Gap]) -> list[tuple[str, str, str, int]]:
    return [(gap.kind.value, str(gap.start), str(gap.end), gap.missing) for gap in found]


def test_sessions_never_asked_for_are_unknown_until_now(tmp_path: Path, ledger: Ledger) -> None:
    """A session that is not over is not missed."""
    store = BarStore(tmp_path / "market")
    assert told(gaps(store, ledger, BarSpec())) == [("unknown", "2013-02-25", "2013-03-02", 5)]
    noon = datetime(2013, 2, 27, 17, tzinfo=UTC)
    assert told(gaps(store, ledger, BarSpec(), now=noon)) == [
        ("unknown", "2013-02-25", "2013-02-27", 2)
    ]


def test_covered_sessions_without_a_bar_are_named_in_runs(tmp_path: Path, ledger: Ledger) -> None:
    """Two neighbours are one gap."""
    store = publish(tmp_path, ledger, series_key(), daily_bars([WEEK[0], WEEK[3]]))
    assert told(gaps(store, ledger, BarSpec())) == [
        ("no bar", "2013-02-26", "2013-02-28", 2),
        ("no bar", "2013-03-01", "2013-03-02", 1),
    ]


def test_holes_are_found_at_both_ends_and_inside(tmp_path: Path, ledger: Ledger) -> None:
    """The first two minutes, three in the middle, the last one."""
    table = minute_bars(WEEK, a_session=390)
    position = WEEK.index(date(2013, 2, 27)) * 390
    lost = {position + n for n in (0, 1, 100, 101, 102, 389)}
    keep = pa.array([n not in lost for n in range(table.num_rows)])
    key = series_key(size=BarSize.MIN_1)
    store = publish(tmp_path, ledger, key, table.filter(keep))
    assert told(gaps(store, ledger, MINUTES)) == [
        ("hole", "2013-02-27 14:30:00+00:00", "2013-02-27 14:32:00+00:00", 2),
        ("hole", "2013-02-27 16:10:00+00:00", "2013-02-27 16:13:00+00:00", 3),
        ("hole", "2013-02-27 20:59:00+00:00", "2013-02-27 21:00:00+00:00", 1),
    ]


def test_complete_series_has_no_gap(tmp_path: Path, ledger: Ledger) -> None:
    """Nights and week-ends have no bars."""
    key = series_key(size=BarSize.MIN_1)
    store = publish(tmp_path, ledger, key, minute_bars(WEEK, a_session=390))
    assert gaps(store, ledger, MINUTES) == []


def counted(
    store: BarStore, ledger: Ledger, spec: BarSpec, item: Instrument = AAPL
) -> tuple[int, int, bool]:
    (count,) = count_bars(
        bars=store, ledger=ledger, instruments=[item], spec=spec, start=START, end=END, now=NOW
    )
    return count.expected, count.have, count.is_short


def test_count_expects_a_bar_a_session_or_as_many_as_its_hours(
    tmp_path: Path, ledger: Ledger
) -> None:
    """Five days; five times 390 minutes."""
    store = publish(tmp_path, ledger, series_key(), daily_bars(WEEK))
    key = series_key(size=BarSize.MIN_1)
    publish(tmp_path, ledger, key, minute_bars(WEEK, a_session=300))
    assert counted(store, ledger, BarSpec()) == (5, 5, False)
    assert counted(store, ledger, MINUTES) == (1950, 1500, True)


def test_count_leaves_out_what_was_proved_to_be_empty(tmp_path: Path, ledger: Ledger) -> None:
    """Before a share was listed nothing is missing; one that nobody asked for is."""
    store = BarStore(tmp_path / "market")
    store.publish(
        store.stage(
            "b", series_key(), 7, daily_bars(WEEK[3:]), start=START, end=END, fetched_at=FETCHED_AT
        )
    )
    record(ledger, series_key(), WEEK[0], WEEK[3], CoverageState.EMPTY)
    assert counted(store, ledger, BarSpec()) == (2, 2, False)
    other = replace(AAPL, instrument_id="MSFT.NASDAQ")
    assert counted(store, ledger, BarSpec(), other) == (5, 0, True)


def test_count_is_short_where_a_session_has_no_bar_however_many_the_others_have(
    tmp_path: Path, ledger: Ledger
) -> None:
    """Nine tenths of a year would hide a month without any."""
    store = publish(tmp_path, ledger, series_key(), daily_bars(WEEK[:4]))
    (count,) = count_bars(
        bars=store,
        ledger=ledger,
        instruments=[AAPL],
        spec=BarSpec(),
        start=START,
        end=END,
        now=NOW,
        share=0.5,
    )
    assert count.is_short
    assert str(count) == "AAPL.NASDAQ 1 day TRADES rth: 4 of 5 bars, none of 2013-03-01"
    assert count.finding().count == 1


@pytest.mark.parametrize(("size", "expected"), [(BarSize.WEEK_1, 1), (BarSize.MONTH_1, 0)])
def test_count_expects_a_long_bar_for_each_whole_week_or_month(
    tmp_path: Path, ledger: Ledger, size: BarSize, expected: int
) -> None:
    """A week's bar stands for its sessions; a month that the range cuts is not judged."""
    key = series_key(size=size)
    store = publish(tmp_path, ledger, key, daily_bars([WEEK[4]]))
    (count,) = count_bars(
        bars=store,
        ledger=ledger,
        instruments=[AAPL],
        spec=BarSpec(size=size),
        start=START,
        end=date(2013, 3, 4),
        now=NOW,
    )
    assert (count.expected, count.have, count.is_short) == (expected, expected, False)
