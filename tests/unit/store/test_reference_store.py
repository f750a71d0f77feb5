# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ib_provider.domain.bar import BarSize
from ib_provider.errors import CorruptFile
from ib_provider.store.no_data_store import NoData, NoDataStore
from ib_provider.store.reference_store import series_columns, series_of
from ib_provider.store.session_store import NamedSession, SessionStore
from tests.support.bar_tables import FETCHED_AT, series_key

_OPEN = NamedSession(
    market="NASDAQ STK",
    rth=True,
    session=date(2013, 3, 4),
    opens_at=datetime(2013, 3, 4, 14, 30, tzinfo=UTC),
    closes_at=datetime(2013, 3, 4, 21, tzinfo=UTC),
    seen_at=FETCHED_AT,
)
_CLOSED = replace(_OPEN, opens_at=None, closes_at=None)
_SAID = NoData(key=series_key(), start=date(2013, 1, 1), end=date(2013, 2, 1), said_at=FETCHED_AT)


def test_facts_of_several_writers_are_joined(tmp_path: Path) -> None:
    """A second writer adds to the file, by place, and takes nothing away."""
    later = replace(_SAID, start=date(2013, 2, 1), end=date(2013, 3, 1))
    NoDataStore(tmp_path).record([later])
    NoDataStore(tmp_path).record([_SAID])
    assert NoDataStore(tmp_path).all() == (_SAID, later)


def test_first_word_on_a_range_stays(tmp_path: Path) -> None:
    """What is proved is proved by the time between the first word and a later one."""
    store = NoDataStore(tmp_path)
    store.record([_SAID])
    store.record([replace(_SAID, said_at=FETCHED_AT + timedelta(days=3))])
    assert store.all() == (_SAID,)


def test_nothing_to_record_makes_no_file(tmp_path: Path) -> None:
    """An empty answer leaves no trace; a view asks for its file by ``touch``."""
    store = SessionStore(tmp_path)
    store.record([])
    assert not store.path.exists()
    assert pq.read_schema(store.touch()).names == store.schema.names
    assert store.all() == ()


def test_touch_refuses_a_damaged_file(tmp_path: Path) -> None:
    """A view over a file that is cut short would fail at every query."""
    store = SessionStore(tmp_path)
    store.touch().write_bytes(b"PAR1")
    with pytest.raises(CorruptFile, match="sessions"):
        store.touch()


@pytest.mark.parametrize("words", [(_OPEN, _CLOSED), (_CLOSED, _OPEN)])
def test_session_beats_a_closed_day(tmp_path: Path, words: tuple[NamedSession, ...]) -> None:
    """A contract that is younger than its market has no sessions before it."""
    store = SessionStore(tmp_path)
    for word in words:
        store.record([word])
    assert store.all() == (_OPEN,)


def test_later_word_has_the_hours_of_a_session(tmp_path: Path) -> None:
    """A half day is announced; an older answer that comes late does not take it back."""
    store = SessionStore(tmp_path)
    half = replace(
        _OPEN,
        closes_at=datetime(2013, 3, 4, 18, tzinfo=UTC),
        seen_at=FETCHED_AT + timedelta(days=1),
    )
    store.record([_OPEN])
    store.record([half])
    store.record([replace(_OPEN, seen_at=FETCHED_AT - timedelta(days=1))])
    assert store.all() == (half,)


def test_series_of_a_row_is_the_one_it_was_made_of() -> None:
    """Four columns hold a series exactly."""
    key = series_key("EUR/USD.IDEALPRO", size=BarSize.MIN_5)
    assert series_of(series_columns(key)) == key
