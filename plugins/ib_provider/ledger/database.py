# SPDX-License-Identifier: Apache-2.0
"""One engine over SQLite or Postgres, with the transactions the ledger needs.

Rules:
    * A write takes SQLite's write lock at its start (``BEGIN IMMEDIATE``): a transaction that reads
      first and writes later would fail, not wait, when another process wrote in between.
    * ``synchronous=FULL``: an intent that was committed is on the disk before its order is sent. In
      WAL mode SQLite's default would leave it in memory.
    * A database that cannot be reached or stays locked is ``LedgerUnavailable``, worth a retry; any
      other refusal of the database is ``LedgerError``. A broken constraint is for the caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    StatementError,
)
from sqlalchemy.schema import Table

from ib_provider.errors import ConfigError, LedgerError, LedgerUnavailable

__all__ = ["Database", "insert_into", "translated"]

#: How long one statement waits for another process's transaction.
BUSY_S: Final = 30

_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    # SQLAlchemy 2.1 reads the bare name as psycopg 3.
    "postgresql": "postgresql+psycopg2",
    "postgresql+psycopg2": "postgresql+psycopg2",
}


class Database:
    """The ledger's database: its engine, its kind, its transactions.

    Attributes:
        name: The URL without its password, for messages.
        path: The SQLite file, or None for Postgres.
    """

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.name = parsed.render_as_string(hide_password=True)
        self.path = Path(parsed.database or "") if parsed.drivername.startswith("sqlite") else None
        self.engine = _sqlite_engine(parsed) if self.path else _postgres_engine(parsed)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a transaction that only reads; it never waits for a writer.

        Raises:
            LedgerUnavailable: The database cannot be reached.
            LedgerError: It refuses.
        """
        with translated(self.name), self.engine.connect() as connection:
            connection.execution_options(ledger_reads=True)
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a transaction that writes: committed at the end, or nothing of it.

        Raises:
            LedgerUnavailable: The database cannot be reached, or stayed locked.
            LedgerError: It refuses.
            IntegrityError: A constraint is broken.
        """
        with translated(self.name), self.engine.begin() as connection:
            yield connection


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn the database's own errors into the ledger's, but for a broken constraint."""
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, InterfaceError) as error:
        raise LedgerUnavailable(f"ledger {name}: {_reason(error)}") from error
    except StatementError as error:
        # A column type of ours that refused a value is wrapped on its way out.
        reason = str(error.orig) if isinstance(error.orig, LedgerError) else _reason(error)
        raise LedgerError(f"ledger {name}: {reason}") from error


def insert_into(connection: Connection, table: Table[Any]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ``on_conflict_…`` in the connection's dialect."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _reason(error: StatementError) -> str:
    return " ".join(str(error.orig).split())


def _parse(url: str) -> URL:
    source = "IB_PROVIDER_LEDGER_URL"
    try:
        parsed = make_url(url)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise ConfigError(source, ["not a SQLAlchemy URL such as sqlite:///ledger.db"]) from error
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        known = ", ".join(sorted(_DRIVERS))
        raise ConfigError(source, [f"{parsed.drivername}: not one of {known}"])
    if driver.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise ConfigError(source, ["a ledger in memory forgets its orders: name a file"])
    return parsed.set(drivername=driver)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # None stops the driver from beginning transactions of its own, later than ours.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("ledger_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: URL) -> Engine:
    connect_args: dict[str, Any] = {"connect_timeout": 10}
    if "options" not in url.query:
        connect_args["options"] = f"-c lock_timeout={BUSY_S}s"
    return create_engine(url, pool_pre_ping=True, connect_args=connect_args)
