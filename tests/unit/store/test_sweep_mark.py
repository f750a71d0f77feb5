# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ib_provider.errors import CorruptFile
from ib_provider.store.sweep_mark import read_sweep_mark, write_sweep_mark

EARLY, LATE = (datetime(2013, 3, day, tzinfo=UTC) for day in (1, 4))


def test_mark_only_moves_forward(tmp_path: Path) -> None:
    """A sweep that ends late does not take back what a later one saw."""
    assert read_sweep_mark(tmp_path) is None
    write_sweep_mark(tmp_path, LATE)
    write_sweep_mark(tmp_path, EARLY)
    assert read_sweep_mark(tmp_path) == LATE


@pytest.mark.parametrize("text", ["", "[]", '{"fetched_at": "2013-03-04T10:00:00"}'])
def test_mark_that_says_no_time_is_named(tmp_path: Path, text: str) -> None:
    """It is not taken for "nothing was ever looked through"."""
    write_sweep_mark(tmp_path, EARLY)
    (tmp_path / "ref" / "swept.json").write_text(text, encoding="utf-8")
    with pytest.raises(CorruptFile, match=r"swept\.json"):
        read_sweep_mark(tmp_path)
