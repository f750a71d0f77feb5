# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ib_provider.domain.bar_table import BAR_SCHEMA, STORED_BAR_SCHEMA
from ib_provider.errors import CorruptFile, SchemaMismatch
from ib_provider.store.parquet_file import read_footer, read_parquet, write_parquet
from tests.support.bar_tables import minute_bars, weekdays

_BARS = minute_bars(weekdays(date(2013, 1, 2), 40))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "all.parquet"
    write_parquet(path, _BARS, {"who": "a test"})
    return path


def test_write_parquet_then_read_returns_the_table(path: Path) -> None:
    """What is written is what is read; the metadata are read apart."""
    assert read_parquet(path, BAR_SCHEMA).equals(_BARS)
    footer = read_footer(path, BAR_SCHEMA)
    assert (footer.rows, footer.metadata["who"]) == (_BARS.num_rows, "a test")


def test_write_parquet_equal_tables_make_equal_bytes(path: Path, tmp_path: Path) -> None:
    """A retry leaves the same file, so a copy of the tree need not move it again."""
    again = tmp_path / "again.parquet"
    write_parquet(again, pa.concat_tables([_BARS.slice(0, 7), _BARS.slice(7)]), {"who": "a test"})
    assert again.read_bytes() == path.read_bytes()


def test_write_parquet_times_are_delta_encoded_and_pages_summed(path: Path) -> None:
    """The measured format is the one in the file."""
    column = pq.ParquetFile(path).metadata.row_group(0).column(0)
    assert column.path_in_schema == "ts"
    assert "DELTA_BINARY_PACKED" in column.encodings
    assert column.compression == "ZSTD"


def test_read_parquet_truncated_anywhere_raises_corrupt_file(path: Path, tmp_path: Path) -> None:
    """A file that lost its tail is never read as fewer bars."""
    whole = path.read_bytes()
    cut = tmp_path / "cut.parquet"
    for length in range(0, len(whole), 97):
        cut.write_bytes(whole[:length])
        with pytest.raises(CorruptFile, match=r"cut\.parquet"):
            read_parquet(cut, BAR_SCHEMA)
        with pytest.raises(CorruptFile, match=r"cut\.parquet"):
            read_footer(cut)


def test_read_parquet_one_damaged_byte_never_changes_a_value(path: Path, tmp_path: Path) -> None:
    """A flipped byte of a column is found; those that are not were no part of a value."""
    whole = path.read_bytes()
    column = pq.ParquetFile(path).metadata.row_group(0).column(5)
    start = column.dictionary_page_offset
    damaged = tmp_path / "damaged.parquet"
    found = 0
    for position in range(start, start + column.total_compressed_size):
        data = bytearray(whole)
        data[position] ^= 0xFF
        damaged.write_bytes(data)
        try:
            assert read_parquet(damaged, BAR_SCHEMA).equals(_BARS)
        except CorruptFile:
            found += 1
    assert found > column.total_compressed_size // 2


def test_read_parquet_of_other_columns_raises_schema_mismatch(path: Path) -> None:
    """A sound file of something else is not damage, and the message names the columns."""
    with pytest.raises(SchemaMismatch, match="con_id int64"):
        read_parquet(path, STORED_BAR_SCHEMA)
    with pytest.raises(SchemaMismatch, match="fetched_at"):
        read_footer(path, STORED_BAR_SCHEMA)


def test_read_parquet_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    """A file that is not there is not a damaged one."""
    with pytest.raises(FileNotFoundError):
        read_parquet(tmp_path / "none.parquet", BAR_SCHEMA)
    with pytest.raises(FileNotFoundError):
        read_footer(tmp_path / "none.parquet")


def test_read_parquet_folder_raises_corrupt_file(tmp_path: Path) -> None:
    """A folder with the name of a file is named like any other thing that is none."""
    with pytest.raises(CorruptFile, match="is a directory"):
        read_parquet(tmp_path, BAR_SCHEMA)
