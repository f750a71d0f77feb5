# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.errors import StoreError
from ib_provider.store.layout import batch_folder, series_folder, span_file
from ib_provider.store.parquet_file import write_parquet
from ib_provider.store.staged_bars import StagedBars, describe_request, read_staged_bars
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key

_DAY, _END = date(2013, 1, 2), date(2013, 1, 3)


def staged_bars(path: Path, *, batch: str = "b", instrument_id: str = "X") -> StagedBars:
    """Return the description of one staged bar."""
    return StagedBars(
        batch=batch,
        key=series_key(instrument_id),
        con_id=7,
        start=_DAY,
        end=_END,
        rows=1,
        fetched_at=FETCHED_AT,
        path=path,
        ratio=0.5,
        file="all.parquet",
        empty=((_DAY, _END),),
    )


@given(batch=st.text(min_size=1, max_size=12), instrument_id=st.text(min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_read_staged_bars_says_batch_series_and_request(
    tmp_path_factory: pytest.TempPathFactory, batch: str, instrument_id: str
) -> None:
    """What was asked, for what and by whom is in the file and its path, whatever the names."""
    root = tmp_path_factory.mktemp("staged")
    folder = batch_folder(root, batch) / series_folder(series_key(instrument_id))
    staged = staged_bars(folder / span_file(_DAY, _END), batch=batch, instrument_id=instrument_id)
    write_parquet(staged.path, daily_bars([_DAY]), describe_request(staged))
    assert read_staged_bars(staged.path) == staged


def test_read_staged_bars_in_a_strange_folder_raises_store_error(tmp_path: Path) -> None:
    """A file that lies where no series lies is not published as one."""
    path = tmp_path / "a" / "b" / "c" / "d" / "x.parquet"
    write_parquet(path, daily_bars([_DAY]), describe_request(staged_bars(path)))
    with pytest.raises(StoreError, match="not the folder of a series"):
        read_staged_bars(path)
