# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.errors import StoreError
from ib_provider.store.layout import batch_folder, series_folder, series_in, series_key, span_file

_SPECS = st.builds(
    BarSpec, size=st.sampled_from(BarSize), what=st.sampled_from(WhatToShow), rth=st.booleans()
)


@given(instrument_id=st.text(min_size=1, max_size=20), spec=_SPECS)
def test_series_folder_any_id_is_four_folders_and_reversible(
    instrument_id: str, spec: BarSpec
) -> None:
    """Whatever an id holds, it is one folder name and comes back unchanged."""
    key = SeriesKey(instrument_id=instrument_id, spec=spec)
    folder = series_folder(key)
    assert len(folder.parts) == 4
    assert series_key(Path("/root/bars") / folder) == key


def test_series_folder_of_a_daily_series_reads_as_documented() -> None:
    """A person finds the files of a series by its id."""
    key = SeriesKey(instrument_id="EUR/USD.IDEALPRO", spec=BarSpec(rth=False))
    assert str(series_folder(key)) == (
        "bar=1_day/what=TRADES/rth=0/instrument_id=EUR%2FUSD.IDEALPRO"
    )


@pytest.mark.parametrize("instrument_id", ["", "x" * 300])
def test_series_folder_unusable_id_raises_store_error(instrument_id: str) -> None:
    """An id that cannot be a folder name is refused before anything is written."""
    with pytest.raises(StoreError, match="cannot name a folder"):
        series_folder(SeriesKey(instrument_id=instrument_id, spec=BarSpec()))


@pytest.mark.parametrize(
    "folder",
    [
        "bars/bar=1_day/what=TRADES/rth=1",
        "bar=1_eon/what=TRADES/rth=1/instrument_id=A",
        "bar=1_day/what=TRADES/rth=yes/instrument_id=A",
        "a/b/c/d",
    ],
)
def test_series_key_of_another_folder_raises_store_error(folder: str) -> None:
    """A folder that is no series is named, not guessed at."""
    with pytest.raises(StoreError, match="not the folder of a series"):
        series_key(Path(folder))


@given(batch=st.text(min_size=1, max_size=20))
def test_batch_folder_any_batch_stays_inside_staging(batch: str) -> None:
    """A batch named ``..`` or with slashes cannot leave the staging folder."""
    assume(len(batch.encode()) * 3 < 200)
    assert batch_folder(Path("/root"), batch).parent == Path("/root/staging")


def test_span_file_names_both_days() -> None:
    """The name of a staged file says what was asked for."""
    assert span_file(date(2013, 1, 2), date(2013, 2, 1)) == "2013-01-02_2013-02-01.parquet"


def test_series_in_a_root_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """A tree nobody wrote to has no series."""
    assert series_in(tmp_path / "nothing") == []
