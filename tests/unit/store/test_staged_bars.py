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
from ib_provider.store.staged_bars import describe_request, read_staged_bars
from tests.support.bar_tables import FETCHED_AT, daily_bars, series_key

_DAY, _END = date(2013, 1, 2), date(2013, 1, 3)
_REQUEST = describe_request(con_id=7, start=_DAY, end=_END, fetched_at=FETCHED_AT)


@given(batch=st.text(min_size=1, max_size=12), instrument_id=st.text(min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_read_staged_bars_says_batch_series_and_request(
    tmp_path_factory: pytest.TempPathFactory, batch: str, instrument_id: str
) -> None:
    """What was asked, for what and by whom is in the file and its path, whatever the names."""
    root = tmp_path_factory.mktemp("staged")
    key = series_key(instrument_id)
    path = batch_folder(root, batch) / series_folder(key) / span_file(_DAY, _END)
    write_parquet(path, daily_bars([_DAY]), _REQUEST)
    staged = read_staged_bars(path)
    assert (staged.batch, staged.key, staged.rows, staged.con_id) == (batch, key, 1, 7)
    assert (staged.start, staged.end, staged.fetched_at) == (_DAY, _END, FETCHED_AT)


def test_read_staged_bars_in_a_strange_folder_raises_store_error(tmp_path: Path) -> None:
    """A file that lies where no series lies is not published as one."""
    path = tmp_path / "a" / "b" / "c" / "d" / "x.parquet"
    write_parquet(path, daily_bars([_DAY]), _REQUEST)
    with pytest.raises(StoreError, match="not the folder of a series"):
        read_staged_bars(path)
