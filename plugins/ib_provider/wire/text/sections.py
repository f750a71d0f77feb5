# SPDX-License-Identifier: Apache-2.0
"""The rows of variable length: lists, parts that may be missing, parts that depend on others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

from ib_provider.errors import RemoteProtocolError
from ib_provider.wire.assembly import assemble
from ib_provider.wire.text.kinds import BOOL, COUNT, INT, TEXT, Kind
from ib_provider.wire.text.layout import Cursor, Row, Values, read_rows, write

__all__ = ["Blank", "Each", "Get", "Guarded", "Many", "Mask", "Maybe", "Pairs", "When"]

Get: TypeAlias = Callable[[str], Any]
"""From a dotted attribute to its value, whether it was just read or is about to be written."""


def _items(cursor: Cursor, name: str) -> range:
    return range(cursor.take(f"{name} count", COUNT))


@dataclass(frozen=True, slots=True)
class Pairs:
    """A count, then so many (tag, value) pairs."""

    path: str
    since: int = 0

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the pairs."""
        if cursor.version >= self.since:
            values[self.path] = tuple(
                (cursor.take(f"{self.path} tag"), cursor.take(f"{self.path} value"))
                for _ in _items(cursor, self.path)
            )

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the count and the pairs."""
        if version >= self.since:
            pairs = attrgetter(self.path)(source)
            yield str(len(pairs))
            for pair in pairs:
                yield from map(TEXT.render, pair)


@dataclass(frozen=True, slots=True)
class Each:
    """A count, then so many values of one kind."""

    path: str
    kind: Kind = TEXT
    since: int = 0

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the values."""
        if cursor.version >= self.since:
            values[self.path] = tuple(
                cursor.take(self.path, self.kind) for _ in _items(cursor, self.path)
            )

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the count and the values."""
        if version >= self.since:
            found = attrgetter(self.path)(source)
            yield str(len(found))
            yield from map(self.kind.render, found)


@dataclass(frozen=True, slots=True)
class Many:
    """A count, then so many values of a class, each with rows of its own."""

    path: str
    cls: type
    rows: tuple[Row, ...]
    since: int = 0

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the items."""
        if cursor.version >= self.since:
            values[self.path] = tuple(
                assemble(self.cls, read_rows(self.rows, cursor)) for _ in _items(cursor, self.path)
            )

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the count and the items."""
        if version >= self.since:
            items = attrgetter(self.path)(source)
            yield str(len(items))
            for item in items:
                yield from write(self.rows, item, version)


@dataclass(frozen=True, slots=True)
class Maybe:
    """A flag, and only after a true one a value of a class."""

    path: str
    cls: type
    rows: tuple[Row, ...]

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the value, or None."""
        there = cursor.take(f"{self.path} flag", BOOL)
        values[self.path] = assemble(self.cls, read_rows(self.rows, cursor)) if there else None

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the flag and the value."""
        value = attrgetter(self.path)(source)
        yield "0" if value is None else "1"
        if value is not None:
            yield from write(self.rows, value, version)


@dataclass(frozen=True, slots=True)
class Blank:
    """A value whose fields are always there; None is written as ``empty``, and read from it."""

    path: str
    empty: object
    rows: tuple[Row, ...]

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the value, or None."""
        value = assemble(type(self.empty), read_rows(self.rows, cursor))
        values[self.path] = None if value == self.empty else value

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the value's fields."""
        value = attrgetter(self.path)(source)
        yield from write(self.rows, self.empty if value is None else value, version)


@dataclass(frozen=True, slots=True)
class Mask:
    """One number whose bits are flags, the first attribute in bit 0."""

    paths: tuple[str, ...]

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the flags."""
        mask = cursor.take(" ".join(self.paths), INT)
        values.update({path: bool(mask >> bit & 1) for bit, path in enumerate(self.paths)})

    def write(self, source: object, version: int) -> Iterable[str]:  # noqa: ARG002
        """Yield the number."""
        yield str(sum(attrgetter(path)(source) << bit for bit, path in enumerate(self.paths)))


@dataclass(frozen=True, slots=True)
class Guarded:
    """A text, and only after one that is not empty the rows ``then``; ``always`` stands between.

    Warning: it is the text on the wire that decides. The word ``None`` is not empty.
    """

    path: str
    then: tuple[Row, ...]
    kind: Kind = TEXT
    always: tuple[Row, ...] = ()

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the text and what it brings."""
        text = cursor.take(self.path)
        try:
            values[self.path] = self.kind.parse(text)
        except ValueError:
            raise RemoteProtocolError(f"field {self.path} is malformed: {text[:80]!r}") from None
        for row in (*self.always, *(self.then if text else ())):
            row.read(cursor, values)

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the text and what it brings."""
        text = self.kind.render(attrgetter(self.path)(source))
        yield text
        yield from write((*self.always, *(self.then if text else ())), source, version)


@dataclass(frozen=True, slots=True)
class When:
    """Rows that are there only if other attributes say so."""

    test: Callable[[Get], bool]
    rows: tuple[Row, ...]
    since: int = 0

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the rows, if they are there."""
        if cursor.version >= self.since and self.test(values.__getitem__):
            for row in self.rows:
                row.read(cursor, values)

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the rows, if they are there."""
        if version >= self.since and self.test(lambda path: attrgetter(path)(source)):
            yield from write(self.rows, source, version)
