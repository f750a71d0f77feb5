# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all, whatever kills the writer.

Rules:
    - A file is written under a temporary name beside its own, synced, then renamed over it.
    - The temporary name ends in ``.tmp``: DuckDB's ``*.parquet`` glob reads even dot files, so a
      half-written ``.x.parquet`` would break every query.
    - The holder of a path's lock may delete that path's temporaries: their writers are dead. Those
      of paths that nobody writes again are swept when they are old.
    - Folders are synced too; a rename is durable only when its folder is. What can be fetched again
      does without: a name lost with the power is a file that was never there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

__all__ = [
    "STALE_S",
    "make_folder",
    "move_file",
    "remove_file",
    "replacing",
    "sweep_folder",
    "sweep_tree",
]

# A folder may be pruned by a neighbour between its creation and our first file in it.
_FOLDER_ATTEMPTS = 100

#: From this age on a temporary is a dead writer's.
STALE_S: Final = 3600.0


@contextmanager
def replacing(path: Path, *, lasting: bool = True) -> Iterator[Path]:
    """Yield a temporary file that becomes ``path`` when the block ends without an error.

    The caller holds the lock of ``path``. Leftovers of killed writers of the same path are
    deleted first; when the block raises, ``path`` is what it was before.

    Args:
        lasting: Whether the file is still there after a loss of power; it is whole either way.
    """
    temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
    _create(temporary, lasting=lasting)
    try:
        _sweep(path, keep=temporary)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        if lasting:
            _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def move_file(source: Path, target: Path, *, root: Path | None = None) -> None:
    """Rename ``source`` over ``target``, creating the target's folder, durably.

    Args:
        root: The source's folders are deleted up to this one as far as they are empty; then the
            caller holds the lock of all files beside the source. None leaves them.

    Raises:
        FileNotFoundError: ``source`` does not exist.
    """
    for attempt in range(_FOLDER_ATTEMPTS):
        make_folder(target.parent)
        try:
            source.replace(target)
        except FileNotFoundError:
            if not source.exists() or attempt == _FOLDER_ATTEMPTS - 1:
                raise
        else:
            break
    _sync(target.parent)
    _leave(source.parent, root=root)


def sweep_folder(folder: Path) -> None:
    """Delete what killed writers left in a folder. The caller holds the lock of all its files."""
    if folder.is_dir():
        for leftover in folder.glob("*.tmp"):
            leftover.unlink(missing_ok=True)


def sweep_tree(root: Path, *, older_than_s: float = STALE_S) -> int:
    """Delete the temporaries below ``root`` whose writers must be dead; return how many.

    No lock is held: a write takes seconds, so one that is an hour old has no writer. Were there one
    after all, its write would fail and leave what was there.
    """
    swept = 0
    for path in root.rglob("*.tmp*"):
        with suppress(FileNotFoundError):  # its own path's next writer was faster
            if ".tmp" in path.suffixes and time.time() - path.stat().st_mtime >= older_than_s:
                path.unlink()
                swept += 1
    return swept


def remove_file(path: Path, *, root: Path, lasting: bool = True) -> None:
    """Delete ``path`` if it exists, then its folders up to ``root`` as far as they are empty.

    The caller holds the lock of all files beside it; leftovers there go as well.

    Args:
        lasting: Whether it is still gone after a loss of power.
    """
    path.unlink(missing_ok=True)
    _leave(path.parent, root=root, lasting=lasting)


def _leave(folder: Path, *, root: Path | None, lasting: bool = True) -> None:
    """Sync a folder that a file has left, and delete it and its parents if they are empty."""
    if root is not None:
        sweep_folder(folder)
    if lasting:
        with suppress(FileNotFoundError):  # a neighbour pruned the folder already
            _sync(folder)
    if root is not None:
        _prune(folder, root=root)


def _prune(folder: Path, *, root: Path) -> None:
    """Delete ``folder`` and its parents below ``root``, stopping at the first that is not empty."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass  # a neighbour was faster
        except OSError:
            return  # not empty
        folder = folder.parent


def make_folder(folder: Path, *, lasting: bool = True) -> None:
    """Create ``folder`` and its parents, each synced into its parent if they are to last."""
    if folder.is_dir():
        return
    make_folder(folder.parent, lasting=lasting)
    with suppress(FileExistsError, FileNotFoundError):
        folder.mkdir()
        if lasting:
            _sync(folder.parent)


def _create(temporary: Path, *, lasting: bool) -> None:
    """Create an empty file, and its folder as often as a neighbour's clean-up removes it."""
    for attempt in range(_FOLDER_ATTEMPTS):
        make_folder(temporary.parent, lasting=lasting)
        try:
            temporary.touch(exist_ok=False)
        except FileNotFoundError:
            if attempt == _FOLDER_ATTEMPTS - 1:
                raise
        else:
            return


def _sweep(path: Path, *, keep: Path) -> None:
    for sibling in path.parent.iterdir():
        stale = sibling.name.startswith(f"{path.name}.") and ".tmp" in sibling.suffixes
        if stale and sibling != keep:
            sibling.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
