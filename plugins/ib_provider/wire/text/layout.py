# SPDX-License-Identifier: Apache-2.0
"""The grammar of a text message: rows read or written one after another.

A message's layout is a tuple of rows. Most are a ``Field``; a ``Pairs`` or a function reads the
parts whose length depends on what came before. That is why everything is read with a cursor and
nothing by index: one variable section shifts all that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

from ib_provider.errors import RemoteProtocolError
from ib_provider.wire.text.kinds import COUNT, TEXT, Kind, says_nothing

__all__ = [
    "NOT_CARRIED",
    "Cursor",
    "Field",
    "Pairs",
    "Row",
    "Values",
    "constant",
    "fields",
    "other",
    "read",
    "skip",
    "write",
]

Values: TypeAlias = dict[str, Any]
"""What was read so far: dotted attribute path → value."""

NOT_CARRIED = "order.not_carried"

_ALWAYS = 10_000


class Cursor:
    """Walks over the fields of one message and says which one was wrong."""

    def __init__(self, texts: Sequence[str], version: int) -> None:
        self._texts = texts
        self._next = 0
        self.version = version

    def take(self, name: str, kind: Kind = TEXT) -> Any:
        """Return the next field's value.

        Raises:
            RemoteProtocolError: There is none, or it is malformed.
        """
        if self._next >= len(self._texts):
            raise RemoteProtocolError(f"field {name} is missing")
        text = self._texts[self._next]
        self._next += 1
        try:
            return kind.parse(text)
        except ValueError:
            raise RemoteProtocolError(f"field {name} is malformed: {text[:80]!r}") from None

    def finish(self) -> None:
        """Refuse fields beyond the layout: what came before may then be misread.

        Raises:
            RemoteProtocolError: There are some.
        """
        if self._next != len(self._texts):
            raise RemoteProtocolError(f"{len(self._texts) - self._next} field(s) too many")


@dataclass(frozen=True, slots=True)
class Field:
    """One field, present at versions from ``since`` up to but excluding ``until``.

    Attributes:
        path: Dotted attribute (``contract.symbol``); None for a constant, skipped when read.
        default: What is written where ``path`` is None.
        foreign: IB's name of a field that has no attribute; noted if it says something.
    """

    path: str | None
    kind: Kind = TEXT
    since: int = 0
    until: int = _ALWAYS
    default: str = ""
    foreign: str = ""

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take this field, if the version has it."""
        if not self.since <= cursor.version < self.until:
            return
        if self.path is not None:
            values[self.path] = cursor.take(self.path, self.kind)
        elif not says_nothing(cursor.take(self.foreign or "(constant)")) and self.foreign:
            values.setdefault(NOT_CARRIED, []).append(self.foreign)

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield this field's text, if the version has it."""
        if self.since <= version < self.until:
            path = self.path
            yield self.default if path is None else self.kind.render(attrgetter(path)(source))


@dataclass(frozen=True, slots=True)
class Pairs:
    """A count, then so many (tag, value) pairs; only if the attribute ``when`` is not empty."""

    path: str
    when: str | None = None

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the pairs."""
        if self.when is None or values[self.when]:
            count = cursor.take(f"{self.path} count", COUNT)
            values[self.path] = tuple(
                (cursor.take(f"{self.path} tag"), cursor.take(f"{self.path} value"))
                for _ in range(count)
            )

    def write(self, source: object, version: int) -> Iterable[str]:  # noqa: ARG002
        """Yield the count and the pairs."""
        if self.when is None or attrgetter(self.when)(source):
            pairs = attrgetter(self.path)(source)
            yield str(len(pairs))
            for pair in pairs:
                yield from map(TEXT.render, pair)


Row: TypeAlias = Field | Pairs | Callable[[Cursor, Values], None]
"""A function is a section that only requests have: it reads and stores what it finds."""


def fields(names: str, kind: Kind = TEXT, *, since: int = 0) -> tuple[Field, ...]:
    """Return one row for each of the space-separated attribute paths."""
    return tuple(Field(name, kind, since) for name in names.split())


def skip(count: int = 1) -> tuple[Field, ...]:
    """Return rows that carry nothing: a message's own version number, a deprecated field."""
    return (Field(None),) * count


def constant(text: str = "", *, since: int = 0, until: int = _ALWAYS) -> Field:
    """Return a row that is always written the same."""
    return Field(None, since=since, until=until, default=text)


def other(names: str, *, since: int = 0, until: int = _ALWAYS) -> tuple[Field, ...]:
    """Return rows for fields without an attribute here, by IB's names."""
    return tuple(Field(None, since=since, until=until, foreign=name) for name in names.split())


def read(rows: Iterable[Row], cursor: Cursor) -> Values:
    """Return what the rows found, and insist that nothing is left over."""
    values: Values = {}
    for row in rows:
        if isinstance(row, Field | Pairs):
            row.read(cursor, values)
        else:
            row(cursor, values)
    cursor.finish()
    return values


def write(rows: Iterable[Field | Pairs], source: object, version: int) -> list[str]:
    """Return the texts of all rows, in order."""
    return [text for row in rows for text in row.write(source, version)]
