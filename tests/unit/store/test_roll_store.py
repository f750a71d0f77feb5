# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from pathlib import Path

from ib_provider.domain.roll_rule import HeldContract
from ib_provider.store.roll_store import RollStore

MARCH = HeldContract(
    instrument_id="ESH13.CME", con_id=1, expiry=date(2013, 3, 15), start=None, end=date(2013, 3, 7)
)
JUNE = HeldContract(
    instrument_id="ESM13.CME", con_id=2, expiry=date(2013, 6, 21), start=date(2013, 3, 7), end=None
)


def test_replace_puts_one_calendar_in_place_of_the_one_before(tmp_path: Path) -> None:
    """Other roots and other rules stay as they are."""
    store = RollStore(tmp_path)
    store.replace("ES.CME", "8 days", [MARCH, JUNE])
    store.replace("ES.CME", "5 days", [MARCH])
    store.replace("NQ.CME", "8 days", [JUNE])
    store.replace("ES.CME", "8 days", [JUNE])
    assert store.get("ES.CME", "8 days") == (JUNE,)
    assert store.get("ES.CME", "5 days") == (MARCH,)
    assert store.get("NQ.CME", "8 days") == (JUNE,)


def test_get_of_a_calendar_that_was_never_made_is_empty(tmp_path: Path) -> None:
    """Reading writes nothing."""
    assert RollStore(tmp_path).get("ES.CME", "8 days") == ()
    assert list(tmp_path.iterdir()) == []
