# SPDX-License-Identifier: Apache-2.0
"""The ledger: what was meant, what the broker said, what was filled, what is covered.

    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        plan = ledger.save_plan(plan)

One ledger may be open in many processes; each call is one transaction, durable when it returns.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final

from sqlalchemy import inspect, select

from ib_provider.errors import LedgerError, LedgerUnavailable
from ib_provider.ledger.approvals import ApprovalBook
from ib_provider.ledger.coverage import CoverageBook
from ib_provider.ledger.database import Database, translated
from ib_provider.ledger.fills import FillBook
from ib_provider.ledger.findings import FindingBook
from ib_provider.ledger.gate_records import GateRecordBook
from ib_provider.ledger.intents import IntentBook
from ib_provider.ledger.kill_events import KillBook
from ib_provider.ledger.leg_sizes import LegSizeBook
from ib_provider.ledger.locks import AdvisoryLocks, FileLocks, Locks
from ib_provider.ledger.overrides import OverrideBook
from ib_provider.ledger.plans import PlanBook
from ib_provider.ledger.positions import PositionBook
from ib_provider.ledger.schema import LEDGER_VERSION, METADATA, ledger_version
from ib_provider.ledger.sent_orders import SentOrderBook

__all__ = ["Ledger"]

#: Making the tables is a matter of milliseconds; who waits longer meets a process that hangs.
_CREATE_WAIT_S: Final = 30.0
_ACCOUNT_WAIT_S: Final = 5.0


class Ledger(
    PlanBook,
    ApprovalBook,
    GateRecordBook,
    OverrideBook,
    IntentBook,
    LegSizeBook,
    FillBook,
    PositionBook,
    CoverageBook,
    FindingBook,
    SentOrderBook,
    KillBook,
):
    """Everything that must outlive a process, in one database, and the locks beside it."""

    def __init__(self, database: Database, locks: Locks) -> None:
        super().__init__(database)
        self._locks = locks

    @classmethod
    def open(cls, url: str, *, locks: Path) -> Ledger:
        """Open the ledger, making its tables where there are none.

        Args:
            url: SQLAlchemy URL: ``sqlite:///file`` or ``postgresql://…``.
            locks: Folder of lock files; Postgres needs none.

        Raises:
            ConfigError: The URL is of neither kind.
            LedgerUnavailable: The database cannot be reached.
            LedgerError: The tables are of another version, or the file is no database.
        """
        database = Database(url)
        guard = _locks(database, locks)
        try:
            _prepare(database, guard)
        except BaseException:
            database.close()
            raise
        return cls(database, guard)

    @classmethod
    def find(cls, url: str, *, locks: Path) -> Ledger | None:
        """Open the ledger if there is one, or return None; makes nothing.

        For who only looks. Arguments and errors are those of ``open``.
        """
        database = Database(url)
        try:
            version = None if _is_new_file(database) else _version(database)
            if version is None:
                database.close()
                return None
            _check_version(database, version)
        except BaseException:
            database.close()
            raise
        return cls(database, _locks(database, locks))

    def lock(self, name: str, *, wait_s: float) -> AbstractContextManager[None]:
        """Hold the lock ``name`` of this ledger, waiting at most ``wait_s`` for it.

        It is free again when its holder leaves or dies. It is not reentrant.

        Raises:
            WriteConflict: Another holder kept it that long.
        """
        return self._locks.hold(name, wait_s=wait_s)

    def hold_account(self, account: str) -> AbstractContextManager[None]:
        """Keep everybody else from sending or ending an account's orders until the block ends.

        Raises:
            WriteConflict: Another process does so just now.
        """
        return self.lock(f"account-{account}", wait_s=_ACCOUNT_WAIT_S)

    def close(self) -> None:
        """Close every connection of this process."""
        self._database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _locks(database: Database, folder: Path) -> Locks:
    if database.path is None:
        return AdvisoryLocks(database.engine, name=database.name)
    return FileLocks(folder)


def _prepare(database: Database, locks: Locks) -> None:
    """Make the tables once, whoever comes first, and check their version."""
    version = None if _is_new_file(database) else _version(database)
    if version is None:
        with locks.hold("ledger-tables", wait_s=_CREATE_WAIT_S):
            _create(database)
        version = _version(database)
    _check_version(database, version)


def _check_version(database: Database, version: int | None) -> None:
    if version != LEDGER_VERSION:
        raise LedgerError(
            f"ledger {database.name} has tables of version {version}, "
            f"this code speaks {LEDGER_VERSION}"
        )


def _is_new_file(database: Database) -> bool:
    """Return whether the SQLite file has yet to be made.

    Reading it then would hold the very lock under which its maker turns it to WAL.
    """
    path = database.path
    return path is not None and not (path.exists() and path.stat().st_size)


def _version(database: Database) -> int | None:
    with database.read() as connection:
        if not inspect(connection).has_table(ledger_version.name):
            return None
        return connection.execute(select(ledger_version.c.version)).scalars().one_or_none()


def _create(database: Database) -> None:
    if database.path is not None:
        _make_wal_file(database, database.path)
    with database.write() as connection:
        METADATA.create_all(connection)
        if connection.execute(select(ledger_version.c.version)).first() is None:
            connection.execute(ledger_version.insert(), {"version": LEDGER_VERSION})


def _make_wal_file(database: Database, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerUnavailable(f"ledger {database.name}: {error}") from error
    with translated(database.name):
        connection = database.engine.raw_connection()
        try:
            # Kept in the file; readers and one writer then do not block each other.
            connection.cursor().execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()
