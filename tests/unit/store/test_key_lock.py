# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from ib_provider.errors import WriteConflict
from ib_provider.store.key_lock import holding


def test_holding_twice_raises_write_conflict_after_the_bound(tmp_path: Path) -> None:
    """The second holder is told what is locked and how long it waited; it may try again."""
    lock = tmp_path / "locks" / "a.lock"
    with (
        holding(lock, subject="the series"),
        pytest.raises(WriteConflict, match=r"the series is being written.*waited 0\.02 s") as info,
        holding(lock, subject="the series", wait_s=0.02),
    ):
        pass
    assert info.value.transient


def test_holding_after_an_error_is_free(tmp_path: Path) -> None:
    """A block that raises gives its lock back."""
    lock = tmp_path / "a.lock"
    with pytest.raises(ZeroDivisionError), holding(lock, subject="x"):
        1 / 0  # noqa: B018
    with holding(lock, subject="x", wait_s=0):
        assert lock.exists()
