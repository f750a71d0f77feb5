# SPDX-License-Identifier: Apache-2.0
"""Named locks between processes that are free again when their holder dies, however it dies.

Strategy: beside a SQLite ledger, ``flock`` on a file: the kernel frees it. On Postgres, a session
advisory lock on a connection of its own: the server frees it when the connection ends. Neither
needs a time-out after which a slow holder would be taken for a dead one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from ib_provider.errors import LedgerUnavailable, WriteConflict
from ib_provider.ledger.database import Database, translated

__all__ = ["AdvisoryLocks", "FileLocks", "Locks", "open_locks"]


class Locks(Protocol):
    """Locks by name."""

    def hold(self, name: str, *, wait_s: float) -> AbstractContextManager[None]:
        """Hold the lock ``name``, waiting at most ``wait_s`` for it.

        Raises:
            WriteConflict: Another holder kept it that long.
        """


class FileLocks:
    """Locks as files of one folder, by ``flock``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, name: str, *, wait_s: float) -> Iterator[None]:
        """Hold the lock ``name``; see ``Locks.hold``."""
        path = self._folder / f"{_file_stem(name)}.lock"
        # A soft lock is a file that outlives a killed holder: rather none than that one.
        lock = FileLock(path, fallback_to_soft=False, thread_local=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=max(wait_s, 0.0))
        except Timeout as error:
            raise _held(name, wait_s) from error
        except OSError as error:
            raise LedgerUnavailable(f"lock file {path}: {error}") from error
        try:
            yield
        finally:
            lock.release()


class AdvisoryLocks:
    """Session advisory locks of one Postgres database."""

    def __init__(self, engine: Engine, *, name: str) -> None:
        self._engine, self._name = engine, name

    @contextmanager
    def hold(self, name: str, *, wait_s: float) -> Iterator[None]:
        """Hold the lock ``name``; see ``Locks.hold``."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        with translated(self._name):
            connection = self._engine.connect()
        try:
            with translated(self._name):
                connection.execution_options(isolation_level="AUTOCOMMIT")
                # Out of the pool: closing it ends the session, and with it the lock.
                connection.detach()
                if not _take(connection, key, wait_s):
                    raise _held(name, wait_s)
            try:
                yield
            finally:
                # Closing alone would free it a moment after the next one asks. A connection that
                # is lost has freed it already.
                with suppress(DBAPIError):
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
        finally:
            connection.close()


@contextmanager
def open_locks(url: str, *, folder: Path) -> Iterator[Locks]:
    """Give the locks that belong to a ledger: of its Postgres, or files beside its SQLite file.

    Raises:
        ConfigError: The URL is of neither kind.
    """
    database = Database(url)
    try:
        if database.path is None:
            yield AdvisoryLocks(database.engine, name=database.name)
        else:
            yield FileLocks(folder)
    finally:
        database.close()


def _take(connection: Connection, key: int, wait_s: float) -> bool:
    """Return whether the advisory lock was got within ``wait_s``."""
    if wait_s <= 0:
        got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        return bool(got.scalar_one())
    # Zero would mean for ever to Postgres.
    wait_ms = max(1, round(wait_s * 1000))
    connection.execute(text("SELECT set_config('lock_timeout', :ms, false)"), {"ms": str(wait_ms)})
    try:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) == "55P03":  # lock_not_available
            return False
        raise
    return True


def _held(name: str, wait_s: float) -> WriteConflict:
    return WriteConflict(f"lock {name!r} is held by another process (waited {wait_s:g} s)")


def _file_stem(name: str) -> str:
    stem = quote(name, safe=" ")
    return stem if len(stem) <= 100 else hashlib.sha256(name.encode()).hexdigest()
