# SPDX-License-Identifier: Apache-2.0
"""What one login has asked of IB, counted over every process that shares it.

    with PacingBook.open(url, locks=folder, login="127.0.0.1:4002") as book:
        turns = book.reserve_messages(3)

Strategy: one row a login says when its next message may leave; who wants to send takes the next
turns in one short transaction and waits outside of it. Historical requests are rows of their own,
counted from before they are sent until after they are answered (see ``domain.pacing``).

Rules:
    * Times are of one clock: the host's monotonic one for a SQLite file, else the server's. Who
      gives another clock sees to it that all who share the book read the same.
    * What was spent stays spent, however its spender ends. What was *held*, an open request, is
      free when its holder dies: each holder holds a lock that the kernel or the server frees.
    * SQLite: a file beside the ledger's, so that fifty turns a second never wait for an order to
      be on the disk. It is not synced: after a power cut no session of the gateway is left either.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Connection, delete, event, func, or_, select, update

from ib_provider.domain.pacing import HistoryDemand, PacingRules, PastRequest, history_wait_s
from ib_provider.errors import LedgerUnavailable, WriteConflict
from ib_provider.ledger.database import Database, insert_into, translated
from ib_provider.ledger.locks import AdvisoryLocks, FileLocks, Locks
from ib_provider.ledger.pacing_tables import PACING_METADATA, history_request, message_turn

__all__ = ["HistoryTurn", "MessageTurn", "PacingBook"]

#: A next turn so far ahead is of a clock that has begun anew, with the host.
_CLOCK_JUMP_S: Final = 120.0

#: More processes than any gateway has clients; a name is used again when its bearer has gone.
_MOST_HOLDERS: Final = 256

#: Where only an answer that has not come can tell how long to wait.
_ASK_AGAIN_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class MessageTurn:
    """A time to send one message, in seconds of this process's clock: ``PacingBook.clock``.

    Attributes:
        at: Not before.
        until: Not after; who comes later takes another turn.
    """

    at: float
    until: float


@dataclass(frozen=True, slots=True)
class HistoryTurn:
    """Leave for one historical request, or how long to wait before asking for it again.

    Attributes:
        needs_answer: Only an answer to another request can make room, and may at any time.
    """

    request_id: int | None
    wait_s: float = 0.0
    needs_answer: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """The book's clock, read between two instants of this process's monotonic one."""

    now: float
    before: float
    after: float


class PacingBook:
    """The pacing budget of one login, in one process. Its methods block; any thread may call.

    Attributes:
        clock: Seconds of this process; monotonic.
    """

    def __init__(
        self,
        database: Database,
        locks: Locks,
        *,
        login: str,
        rules: PacingRules,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._locks = database, locks
        self._login, self._rules = login, rules
        self.clock = clock
        self._holder = ""
        self._held = ExitStack()
        self._holds = threading.Lock()

    @classmethod
    def open(
        cls,
        url: str,
        *,
        locks: Path,
        login: str,
        rules: PacingRules | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> PacingBook:
        """Open the budget of a login, making its tables where there are none.

        Args:
            url: The ledger's URL. For SQLite the book is the file ``pacing.db`` beside it.
            locks: Folder of lock files; Postgres needs none.
            login: What the limits belong to: the gateway's address.
            clock: Seconds that all processes on this host read alike.

        Raises:
            ConfigError: The URL is of neither kind.
            LedgerUnavailable: The database cannot be reached.
        """
        ledger = Database(url)
        if ledger.path is None:
            database, guard = ledger, _advisory(ledger)
        else:
            ledger.close()
            database = Database(f"sqlite:///{ledger.path.with_name('pacing.db')}")
            event.listen(database.engine, "connect", _relax)
            guard = FileLocks(locks / "pacing")
        book = cls(database, guard, login=login, rules=rules or PacingRules(), clock=clock)
        try:
            book._prepare()
        except BaseException:
            database.close()
            raise
        return book

    @property
    def rules(self) -> PacingRules:
        """Return the numbers that hold here."""
        return self._rules

    def reserve_messages(self, count: int) -> list[MessageTurn]:
        """Return the next ``count`` turns to send a message, one after another.

        Raises:
            LedgerUnavailable: The database cannot be reached; nothing was spent.
        """
        gap = 1.0 / self._rules.messages_per_s
        with self._database.write() as connection:
            table = message_turn.c
            row = select(table.next_at).where(table.login == self._login).with_for_update()
            next_at = connection.execute(row).scalar_one()
            clock = self._read_clock(connection)
            now = clock.now
            if next_at > now + _CLOCK_JUMP_S + count * gap:
                next_at = now
            first = max(now, next_at)
            change = update(message_turn).where(table.login == self._login)
            connection.execute(change.values(next_at=first + count * gap))
        delays = [first - now + number * gap for number in range(count)]
        lateness = self._rules.lateness_s
        return [MessageTurn(clock.after + d, clock.before + d + lateness) for d in delays]

    def begin_history(self, demand: HistoryDemand) -> HistoryTurn:
        """Return leave to send one historical request now, or how long to wait for it.

        Who gets leave ends it with ``end_history`` when the answer has come.

        Raises:
            LedgerUnavailable: The database cannot be reached; nothing was spent.
        """
        self._become_holder()
        with self._database.write() as connection:
            now = self._take_login(connection)
            self._forget_old(connection, now)
            wanted, past = _shortened(demand), self._past(connection)
            wait_s = history_wait_s(wanted, past, now, self._rules)
            if wait_s is None and self._free_dead(connection, now):
                wait_s = history_wait_s(wanted, self._past(connection), now, self._rules)
            if wait_s is None:
                return HistoryTurn(None, _ASK_AGAIN_S, needs_answer=True)
            if wait_s > 0:
                return HistoryTurn(None, wait_s)
            return HistoryTurn(self._add(connection, wanted))

    def end_history(self, request_id: int) -> None:
        """Say that a request was answered, refused or called off: it counts from now on."""
        with self._database.write() as connection:
            now = self._take_login(connection)
            self._end(connection, history_request.c.request_id == request_id, now)

    def close(self) -> None:
        """Free what is held, and close every connection of this process."""
        self._held.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        path = self._database.path
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LedgerUnavailable(f"pacing book {path}: {error}") from error
        with self._locks.hold("pacing-tables", wait_s=30.0):
            if path is not None:
                _make_wal(self._database)
            with self._database.write() as connection:
                PACING_METADATA.create_all(connection)
        with self._database.write() as connection:
            insert = insert_into(connection, message_turn)
            values = {"login": self._login, "next_at": 0.0}
            connection.execute(insert.values(values).on_conflict_do_nothing())

    def _read_clock(self, connection: Connection) -> _Reading:
        if self._database.path is not None:
            now = self.clock()  # of the host, so the same in all of its processes
            return _Reading(now, now, now)
        before = self.clock()
        clock = select(func.extract("epoch", func.clock_timestamp()))
        now = float(connection.execute(clock).scalar_one())
        return _Reading(now, before, self.clock())

    def _take_login(self, connection: Connection) -> float:
        """Return the time, once no other process can change this login's rows."""
        table = message_turn.c
        row = select(table.login).where(table.login == self._login).with_for_update()
        connection.execute(row).scalar_one()
        return self._read_clock(connection).now

    def _add(self, connection: Connection, wanted: HistoryDemand) -> int:
        insert = history_request.insert().returning(history_request.c.request_id)
        row = {
            "login": self._login,
            "holder": self._holder,
            "identity": wanted.identity,
            "series": wanted.series,
            "weight": wanted.weight,
            "is_paced": wanted.is_paced,
        }
        return int(connection.execute(insert, row).scalar_one())

    def _past(self, connection: Connection) -> list[PastRequest]:
        table = history_request.c
        rows = connection.execute(select(history_request).where(table.login == self._login))
        return [
            PastRequest(
                demand=HistoryDemand(
                    identity=row.identity,
                    series=row.series,
                    weight=row.weight,
                    is_paced=row.is_paced,
                ),
                answered_at=row.answered_at,
            )
            for row in rows
        ]

    def _forget_old(self, connection: Connection, now: float) -> None:
        rules, table = self._rules, history_request.c
        oldest = now - max(rules.window_s, rules.burst_s, rules.same_s)
        over = or_(table.answered_at < oldest, table.answered_at > now + _CLOCK_JUMP_S)
        connection.execute(delete(history_request).where(table.login == self._login, over))

    def _become_holder(self) -> None:
        """Take the first free holder's name; what its last bearer held is free with it."""
        with self._holds:
            if self._holder:
                return
            for number in range(_MOST_HOLDERS):
                name = f"{self._login} holder {number}"
                with suppress(WriteConflict):
                    self._held.enter_context(self._locks.hold(name, wait_s=0.0))
                    with self._database.write() as connection:
                        self._end_all(connection, [name], self._take_login(connection))
                    self._holder = name
                    return
        raise WriteConflict(f"{_MOST_HOLDERS} processes share the pacing budget of {self._login}")

    def _free_dead(self, connection: Connection, now: float) -> bool:
        """Count the open requests of dead processes as answered now; return whether any were."""
        table = history_request.c
        others = (
            select(table.holder)
            .where(table.login == self._login, table.answered_at.is_(None))
            .where(table.holder != self._holder)
            .distinct()
        )
        dead = [name for name in connection.execute(others).scalars() if self._is_dead(name)]
        self._end_all(connection, dead, now)
        return bool(dead)

    def _end_all(self, connection: Connection, holders: list[str], now: float) -> None:
        table = history_request.c
        theirs = table.holder.in_(holders) & table.answered_at.is_(None)
        self._end(connection, theirs & (table.login == self._login), now)

    def _end(self, connection: Connection, which: ColumnElement[bool], now: float) -> None:
        """Count paced requests as answered, and forget the others: they count while open only.

        Kept for ten minutes, those of a backfill would be thousands, read before each next one.
        """
        table = history_request.c
        connection.execute(delete(history_request).where(which, table.is_paced.is_(False)))
        connection.execute(update(history_request).where(which).values(answered_at=now))

    def _is_dead(self, holder: str) -> bool:
        with suppress(WriteConflict), self._locks.hold(holder, wait_s=0.0):
            return True
        return False


def _shortened(demand: HistoryDemand) -> HistoryDemand:
    """Return a demand whose texts have the length of a column."""
    return HistoryDemand(
        identity=hashlib.sha256(demand.identity.encode()).hexdigest(),
        series=hashlib.sha256(demand.series.encode()).hexdigest(),
        weight=demand.weight,
        is_paced=demand.is_paced,
    )


def _advisory(database: Database) -> Locks:
    return AdvisoryLocks(database.engine, name=database.name)


def _relax(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _make_wal(database: Database) -> None:
    with translated(database.name):
        connection = database.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()
