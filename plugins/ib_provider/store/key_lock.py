# SPDX-License-Identifier: Apache-2.0
"""One writer at a time, across processes: kernel locks that die with their holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ib_provider.errors import WriteConflict
from ib_provider.store.atomic_file import make_folder

__all__ = ["DEFAULT_WAIT_S", "holding"]

#: A write takes milliseconds; a minute of waiting means that something is stuck.
DEFAULT_WAIT_S = 60.0


@contextmanager
def holding(path: Path, *, subject: str, wait_s: float = DEFAULT_WAIT_S) -> Iterator[None]:
    """Hold the lock file ``path`` for the block. Not re-entrant.

    The lock is ``flock`` on the open file: a killed holder frees it, and the file itself may lie
    there for ever without meaning anything.

    Args:
        subject: What is locked, for the message.

    Raises:
        WriteConflict: Another holder kept it longer than ``wait_s`` seconds.
    """
    make_folder(path.parent, lasting=False)
    lock = FileLock(path, timeout=wait_s, poll_interval=0.01)
    try:
        lock.acquire()
    except Timeout as error:
        raise WriteConflict(
            f"{subject} is being written by another process (waited {wait_s:g} s for {path})"
        ) from error
    try:
        yield
    finally:
        lock.release()
