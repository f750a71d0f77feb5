# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.errors import CorruptFile, IdConflict, WriteConflict
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.store.key_lock import holding
from tests.support.instrument_values import AAPL

_IBM = replace(
    AAPL, instrument_id="IBM.NYSE", contract=replace(AAPL.contract, con_id=8314, symbol="IBM")
)


def _at(item: Instrument, con_id: int, *, days: int = 0) -> Instrument:
    """Return an instrument that IB gave another conId, some days later."""
    return replace(
        item,
        contract=replace(item.contract, con_id=con_id),
        seen_at=item.seen_at + timedelta(days=days),
    )


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


def test_another_con_id_of_an_id_is_recorded_not_overwritten(tmp_path: Path) -> None:
    """The id stays, the old conId has an end, the new one a beginning."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL])
    report = store.keep([_at(AAPL, 777, days=9)])
    assert report.moved == {"AAPL.NASDAQ": (265598, 777)}
    assert report.new == ()
    first, second = store.history()
    moved_at = AAPL.seen_at + timedelta(days=9)
    assert (first.con_id, first.valid_from, first.valid_to) == (265598, AAPL.seen_at, moved_at)
    assert (second.con_id, second.valid_from, second.valid_to) == (777, moved_at, None)
    assert store.all()[0].contract.con_id == 777


def test_a_second_id_for_one_con_id_is_refused_and_spoils_no_other(tmp_path: Path) -> None:
    """The refusal names the id that holds it; what came with it is kept."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL])
    with pytest.raises(IdConflict, match=r"conId 265598 is kept as AAPL\.NASDAQ") as caught:
        store.upsert([replace(AAPL, instrument_id="APPL.NASDAQ"), _IBM])
    assert list(caught.value.refused) == ["APPL.NASDAQ"]
    assert [item.instrument_id for item in store.all()] == ["AAPL.NASDAQ", "IBM.NYSE"]


def test_a_con_id_that_was_given_up_may_be_anothers(tmp_path: Path) -> None:
    """Only a conId that still holds is taken."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL])
    store.upsert([_at(AAPL, 777, days=1)])
    assert store.upsert([_at(_IBM, 265598, days=2)]) == 1


def test_a_continuous_future_shares_its_lead_months_con_id(tmp_path: Path) -> None:
    """IB gives both the same number; they are two instruments."""
    store = InstrumentStore(tmp_path)
    lead = replace(
        AAPL, instrument_id="ESH13.CME", contract=replace(AAPL.contract, sec_type=SecType.FUT)
    )
    rolling = replace(
        lead, instrument_id="ES.CME", contract=replace(lead.contract, sec_type=SecType.CONTFUT)
    )
    assert store.upsert([lead, rolling]) == 2
    assert store.of_con_ids([265598]) == {265598: lead}


def test_a_file_of_the_first_release_is_read_and_brought_up_to_date(tmp_path: Path) -> None:
    """Nobody loads anything again because the columns grew; the history begins with the file."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL, _IBM])
    old_columns = [
        name
        for name in pq.read_schema(store.path).names
        if name
        not in {
            "expires_at", "contract_month", "lot_size", "under_con_id", "under_symbol",
            "under_sec_type", "asset_class", "cusip", "figi", "details",
        }
    ]  # fmt: skip
    pq.write_table(pq.read_table(store.path).select(old_columns), store.path)
    store.history_path.unlink()
    assert store.all() == (AAPL, _IBM)
    assert [span.con_id for span in store.history()] == [265598, 8314]
    store.upsert([])
    assert "asset_class" in pq.read_schema(store.path).names
    assert store.history_path.exists()
    assert store.all() == (AAPL, _IBM)


def test_keeping_the_same_again_writes_nothing(tmp_path: Path) -> None:
    """A refresh that brings nothing new leaves the files as they are."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL, _IBM])
    before = store.path.stat().st_mtime_ns, store.history_path.stat().st_mtime_ns
    store.upsert([AAPL])
    assert (store.path.stat().st_mtime_ns, store.history_path.stat().st_mtime_ns) == before


def test_named_gives_each_the_id_that_its_conid_has(tmp_path: Path) -> None:
    """What the exchange renamed keeps its id; what is new keeps its own."""
    store = InstrumentStore(tmp_path)
    store.upsert([AAPL])
    renamed = replace(AAPL, instrument_id="APPLE.NASDAQ")
    assert store.named([renamed, _IBM]) == (AAPL, _IBM)
    assert store.ids_of([265598, 8314]) == {265598: "AAPL.NASDAQ"}
