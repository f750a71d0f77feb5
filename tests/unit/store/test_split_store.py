# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from ib_provider.domain.bar import BarSize
from ib_provider.store.split_store import Split, SplitStore
from tests.support.bar_tables import FETCHED_AT, series_key

_SPLIT = Split(
    key=series_key(size=BarSize.MIN_1),
    ex_session=date(2005, 2, 28),
    ratio=0.5,
    fetched_at=FETCHED_AT,
)


def test_recorded_splits_are_read_back(tmp_path: Path) -> None:
    """What was met is kept exactly, by series and session."""
    other = replace(_SPLIT, key=series_key("MSFT.NASDAQ"), ratio=2 / 3)
    earlier = replace(
        _SPLIT, ex_session=date(2000, 6, 21), fetched_at=FETCHED_AT - timedelta(days=1)
    )
    store = SplitStore(tmp_path)
    store.record([other, _SPLIT])
    store.record([earlier])
    assert store.all() == (earlier, _SPLIT, other)


def test_first_word_of_a_split_stays(tmp_path: Path) -> None:
    """A swap that is finished after a kill no longer sees where the new bars began."""
    store = SplitStore(tmp_path)
    store.record([_SPLIT])
    store.record([replace(_SPLIT, ex_session=date(2005, 3, 5))])
    assert store.all() == (_SPLIT,)


def test_no_split_makes_an_empty_file(tmp_path: Path) -> None:
    """A view needs a file; nobody has split yet."""
    store = SplitStore(tmp_path)
    assert store.all() == ()
    store.touch()
    assert store.path.exists()
    assert store.all() == ()
