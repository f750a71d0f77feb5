# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ib_provider.errors import CorruptFile, WriteConflict
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.key_lock import holding
from tests.support.instrument_values import AAPL

_IBM = replace(AAPL, instrument_id="IBM.NYSE")


def test_upsert_counts_the_new_and_replaces_the_known(tmp_path: Path) -> None:
    """Loading again updates what IB says today and adds no row."""
    store = InstrumentStore(tmp_path)
    assert store.upsert([AAPL]) == 1
    renamed = replace(AAPL, long_name="APPLE INCORPORATED")
    assert store.upsert([renamed, _IBM]) == 1
    assert store.all() == (renamed, _IBM)


def test_get_leaves_out_what_was_never_loaded(tmp_path: Path) -> None:
    """An unknown id is absent, so that its caller can name it."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL, _IBM])
    assert store.get(["IBM.NYSE", "NOPE.NYSE"]) == {"IBM.NYSE": _IBM}


def test_all_of_a_tree_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """Before the first load there is nothing, and reading writes nothing."""
    assert InstrumentStore(tmp_path / "none").all() == ()
    assert list(tmp_path.iterdir()) == []


def test_upsert_nothing_makes_an_empty_file(tmp_path: Path) -> None:
    """The catalog's view has a file to look at from the first day."""
    store = InstrumentStore(tmp_path)
    assert store.upsert([]) == 0
    assert store.path.exists()
    assert store.all() == ()


def test_upsert_over_a_truncated_file_raises_and_keeps_it(tmp_path: Path) -> None:
    """Damage is named and not overwritten by a shorter list."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL, _IBM])
    cut = store.path.read_bytes()[:-10]
    store.path.write_bytes(cut)
    with pytest.raises(CorruptFile, match=r"instruments\.parquet"):
        store.upsert([AAPL])
    assert store.path.read_bytes() == cut


def test_upsert_while_another_writes_raises_write_conflict(tmp_path: Path) -> None:
    """Two loads never lose one another's rows: the second waits, and not for ever."""
    store = InstrumentStore(tmp_path, lock_wait_s=0.02)
    with (
        holding(tmp_path / "locks" / "instruments.lock", subject="a test"),
        pytest.raises(WriteConflict, match="instrument file"),
    ):
        store.upsert([AAPL])
