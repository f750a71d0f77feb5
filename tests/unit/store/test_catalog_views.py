# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

from ib_provider.store.catalog_views import BARS, INSTRUMENTS, bars_view, empty_view, file_view


def test_bars_view_has_exactly_the_promised_columns() -> None:
    """These names and types are what analysts' queries are written against."""
    assert [f"{name} {kind}" for name, (_, kind) in BARS.items()] == [
        "instrument_id VARCHAR",
        "con_id BIGINT",
        "bar VARCHAR",
        "what VARCHAR",
        "rth BOOLEAN",
        "ts TIMESTAMPTZ",
        "session DATE",
        "open DOUBLE",
        "high DOUBLE",
        "low DOUBLE",
        "close DOUBLE",
        "volume DOUBLE",
        "wap DOUBLE",
        "bar_count INTEGER",
        "fetched_at TIMESTAMPTZ",
    ]


def test_bars_view_quotes_what_a_path_may_hold() -> None:
    """A quote ends no string and a bracket is no pattern."""
    sql = bars_view(Path("/it's [here]*"))
    assert "'/it''s [[]here][*]/bars/bar=*/what=*/rth=*/instrument_id=*/*.parquet'" in sql


def test_file_view_and_empty_view_name_the_same_columns() -> None:
    """With and without a file a view has the same shape."""
    full = file_view("instruments", INSTRUMENTS, Path("/x.parquet"))
    empty = empty_view("instruments", INSTRUMENTS)
    for name in INSTRUMENTS:
        assert f'AS "{name}"' in full
        assert f'AS "{name}"' in empty
