# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ib_provider.domain.tick import MidpointTick, TradeTick
from ib_provider.domain.tick_kind import TickKind
from ib_provider.errors import CorruptFile
from ib_provider.store.tick_store import TICK_SCHEMAS, TickKey, TickStore, tick_rows

KEY = TickKey(instrument_id="EUR/USD.IDEALPRO", kind=TickKind.MIDPOINT)
DAY = date(2013, 3, 1)
AT = datetime(2013, 3, 1, 15, 0, tzinfo=UTC)
TICKS = [MidpointTick(1, AT, 1.5, 0), MidpointTick(1, AT, 1.25, 0)]


def test_ticks_are_read_back_in_the_order_they_came(tmp_path: Path) -> None:
    """Two ticks of one second keep their places."""
    store = TickStore(tmp_path)
    table = tick_rows(KEY.kind, TICKS, seq=5)
    store.write(KEY, DAY, table, con_id=7, fetched_at=AT, cut_seconds=[3])
    assert store.read(KEY, DAY).to_pylist() == [
        {"ts": AT, "seq": 5, "price": 1.5},
        {"ts": AT, "seq": 6, "price": 1.25},
    ]
    about = store.describe(KEY, DAY)
    assert (about.rows, about.con_id, about.fetched_at, about.cut_seconds) == (2, 7, AT, (3,))


def test_session_without_a_tick_was_asked_for(tmp_path: Path) -> None:
    """Nothing traded is an answer, and not the absence of one."""
    store = TickStore(tmp_path)
    store.write(KEY, DAY, TICK_SCHEMAS[KEY.kind].empty_table(), con_id=7, fetched_at=AT)
    assert store.sessions(KEY) == {DAY}
    assert store.describe(KEY, DAY).rows == 0
    with pytest.raises(FileNotFoundError):
        store.read(KEY, date(2013, 3, 4))


def test_hours_and_kinds_are_kept_apart(tmp_path: Path) -> None:
    """Regular hours are another series than all of them."""
    store = TickStore(tmp_path)
    store.write(KEY, DAY, tick_rows(KEY.kind, TICKS, seq=0), con_id=7, fetched_at=AT)
    for other in (
        TickKey(instrument_id=KEY.instrument_id, kind=KEY.kind, rth=True),
        TickKey(instrument_id=KEY.instrument_id, kind=TickKind.TRADES),
    ):
        assert store.sessions(other) == set()


def test_damaged_file_is_named(tmp_path: Path) -> None:
    """A cut file is not a session without ticks."""
    store = TickStore(tmp_path)
    store.write(KEY, DAY, tick_rows(KEY.kind, TICKS, seq=0), con_id=7, fetched_at=AT)
    path = store.path(KEY, DAY)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorruptFile, match="session=2013-03-01"):
        store.read(KEY, DAY)


def test_trades_carry_what_ib_says_of_a_print() -> None:
    """Venue and conditions tell a print from another of the same price."""
    tick = TradeTick(1, AT, 10.0, 5.0, "ARCA", "T", 0, True, False, 0)
    (row,) = tick_rows(TickKind.TRADES, [tick], seq=0).to_pylist()
    assert row == {
        "ts": AT,
        "seq": 0,
        "price": 10.0,
        "size": 5.0,
        "exchange": "ARCA",
        "conditions": "T",
        "past_limit": True,
        "unreported": False,
    }
