# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ib_provider.domain.chain_entry import ChainEntry, ChainKey
from ib_provider.errors import CorruptFile, WriteConflict
from ib_provider.store.chain_store import ChainStore
from ib_provider.store.key_lock import holding

NOW = datetime(2013, 3, 4, 15, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
KEY = ChainKey(
    exchange="SMART", trading_class="AAPL", expiry=date(2013, 3, 15), strike=Decimal("432.5"),
    right="C",
)  # fmt: skip
LISTED = ChainEntry(
    key=KEY, con_id=7, instrument_id="AAPL130316C00432500.SMART", first_seen=NOW, last_seen=NOW
)
ABSENT = replace(LISTED, con_id=0, instrument_id="")


def test_upsert_keeps_first_seen_and_moves_last_seen(tmp_path: Path) -> None:
    """Seen again a day later it is the same contract; it is new once."""
    store = ChainStore(tmp_path)
    assert store.upsert("AAPL.NASDAQ", [LISTED]) == 1
    assert store.upsert("AAPL.NASDAQ", [replace(LISTED, first_seen=LATER, last_seen=LATER)]) == 0
    assert store.get("AAPL.NASDAQ") == {KEY: replace(LISTED, last_seen=LATER)}


def test_upsert_of_a_strike_that_is_listed_later_makes_it_a_contract(tmp_path: Path) -> None:
    """What did not exist yesterday may today; its life begins today."""
    store = ChainStore(tmp_path)
    assert store.upsert("AAPL.NASDAQ", [ABSENT]) == 0
    today = replace(LISTED, first_seen=LATER, last_seen=LATER)
    assert store.upsert("AAPL.NASDAQ", [today]) == 1
    assert store.get("AAPL.NASDAQ") == {KEY: today}


def test_upsert_keeps_what_was_not_asked_about(tmp_path: Path) -> None:
    """An expired contract stays, and a strike is found by its value, not its spelling."""
    store = ChainStore(tmp_path)
    other = replace(LISTED, key=replace(KEY, strike=Decimal(100)), con_id=8)
    store.upsert("AAPL.NASDAQ", [LISTED])
    store.upsert("AAPL.NASDAQ", [other])
    found = store.get("AAPL.NASDAQ")
    assert set(found) == {KEY, other.key}
    assert found[replace(KEY, strike=Decimal("100.00"))].con_id == 8


def test_chains_of_two_underlyings_are_two_files(tmp_path: Path) -> None:
    """An id with a slash or a caret names a file, not a folder."""
    store = ChainStore(tmp_path)
    store.upsert("^SPX.CBOE", [LISTED])
    store.upsert("EUR/USD.IDEALPRO", [LISTED])
    assert len(list(store.folder.glob("*.parquet"))) == 2
    assert store.get("AAPL.NASDAQ") == {}


def test_get_of_a_damaged_file_raises(tmp_path: Path) -> None:
    """Damage is never an empty chain."""
    store = ChainStore(tmp_path)
    store.upsert("AAPL.NASDAQ", [LISTED])
    (path,) = store.folder.glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(CorruptFile):
        store.get("AAPL.NASDAQ")


def test_upsert_while_another_writes_the_same_chain_raises(tmp_path: Path) -> None:
    """The second waits, and not for ever; another chain is free."""
    store = ChainStore(tmp_path, lock_wait_s=0.02)
    lock = tmp_path / "locks" / "chain-AAPL.NASDAQ.lock"
    with holding(lock, subject="a test"):
        with pytest.raises(WriteConflict, match=r"chain of AAPL\.NASDAQ"):
            store.upsert("AAPL.NASDAQ", [LISTED])
        assert store.upsert("IBM.NYSE", [LISTED]) == 1
