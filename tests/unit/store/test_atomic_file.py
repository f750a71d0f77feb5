# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from ib_provider.store.atomic_file import (
    make_folder,
    move_file,
    remove_file,
    replacing,
    sweep_folder,
)


def test_replacing_new_file_makes_its_folders(tmp_path: Path) -> None:
    """A first write needs nothing prepared."""
    path = tmp_path / "a" / "b" / "x.parquet"
    with replacing(path) as temporary:
        assert not path.exists()
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert [item.name for item in path.parent.iterdir()] == ["x.parquet"]


def test_replacing_failed_block_keeps_the_old_file(tmp_path: Path) -> None:
    """An error while writing leaves what was there, and no temporary."""
    path = tmp_path / "x.parquet"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(path) as temporary:
        temporary.write_text("new \N{EURO SIGN}", encoding="ascii")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_replacing_temporary_is_seen_by_no_parquet_glob(tmp_path: Path) -> None:
    """DuckDB's glob reads dot files too, so the name must not end in .parquet."""
    with replacing(tmp_path / "x.parquet") as temporary:
        assert list(tmp_path.glob("*.parquet")) == []
        assert temporary.parent == tmp_path
        temporary.write_text("new")


def test_replacing_sweeps_leftovers_of_its_own_path_only(tmp_path: Path) -> None:
    """What a killed writer of this file left goes; another file's writer may be alive."""
    own = tmp_path / "x.parquet.0123.tmp"
    own_wal = tmp_path / "x.parquet.0123.tmp.wal"
    other = tmp_path / "y.parquet.0123.tmp"
    for path in (own, own_wal, other):
        path.touch()
    with replacing(tmp_path / "x.parquet") as temporary:
        temporary.write_text("new")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["x.parquet", other.name]


def test_sweep_folder_removes_temporaries_only(tmp_path: Path) -> None:
    """Published files are never swept; a folder that is not there needs no sweeping."""
    (tmp_path / "x.parquet").touch()
    (tmp_path / "x.parquet.0123.tmp").touch()
    sweep_folder(tmp_path)
    sweep_folder(tmp_path / "nowhere")
    assert [item.name for item in tmp_path.iterdir()] == ["x.parquet"]


def test_remove_file_prunes_empty_folders_up_to_the_root(tmp_path: Path) -> None:
    """A finished batch leaves nothing; a folder with something in it stays."""
    gone = tmp_path / "staging" / "a" / "b" / "x.parquet"
    kept = tmp_path / "staging" / "a" / "y.parquet"
    make_folder(gone.parent)
    gone.touch()
    kept.touch()
    remove_file(gone, root=tmp_path / "staging")
    assert not gone.parent.exists()
    assert kept.exists()
    remove_file(kept, root=tmp_path / "staging")
    assert list((tmp_path / "staging").iterdir()) == []


def test_remove_file_already_gone_is_no_error(tmp_path: Path) -> None:
    """Removing is what a retry does again."""
    remove_file(tmp_path / "staging" / "a" / "x.parquet", root=tmp_path / "staging")


def test_move_file_makes_the_folder_of_its_target(tmp_path: Path) -> None:
    """Moving aside needs nothing prepared."""
    source = tmp_path / "x"
    source.write_text("bars")
    move_file(source, tmp_path / "a" / "b" / "x")
    assert (tmp_path / "a" / "b" / "x").read_text() == "bars"
    assert not source.exists()


def test_move_file_missing_source_raises(tmp_path: Path) -> None:
    """A move of nothing is not a success."""
    with pytest.raises(FileNotFoundError):
        move_file(tmp_path / "x", tmp_path / "a" / "x")
