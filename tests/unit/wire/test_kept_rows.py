# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.wire.answers import HistoricalData
from ib_provider.wire.codec import render_answer
from ib_provider.wire.kept_rows import KeptRows

ROWS = [(f"201303{day:02}", 1.5, 2.5, 0.5, 2.0, 100 * day, 1.75, day) for day in range(1, 20)]


@pytest.mark.parametrize("version", [178, 200, 226])
@pytest.mark.parametrize("request_id", [1, 2_000_000_000])
def test_kept_rows_are_sent_as_the_same_bytes(version: int, request_id: int) -> None:
    """For every request and version, the second time as well, and with another span."""
    kept = KeptRows(ROWS)
    for end in ("20130302", "20130303"):
        plain = HistoricalData(request_id=request_id, bars=ROWS, start="20130301", end=end)
        again = HistoricalData(request_id=request_id, bars=kept, start="20130301", end=end)
        assert render_answer(again, version) == render_answer(plain, version)


def test_kept_rows_are_encoded_once() -> None:
    """The same function is asked a single time."""
    calls = []

    def encode(rows: object) -> bytes:
        calls.append(rows)
        return b"x"

    kept = KeptRows(ROWS)
    assert kept.encoded(encode) == kept.encoded(encode) == b"x"
    assert len(calls) == 1
    assert list(kept) == ROWS
    assert kept[-1] == ROWS[-1]
