# SPDX-License-Identifier: Apache-2.0
"""The grammar of a text message: rows read or written one after another.

A message's layout is a tuple of rows, each of which reads what it writes. Most are a ``Field``; the
parts whose length depends on what came before are in ``sections``. That is why everything is read
with a cursor and nothing by index: one variable section shifts all that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol, TypeAlias

from ib_provider.errors import RemoteProtocolError
from ib_provider.wire.text.kinds import TEXT, Kind

__all__ = [
    "Cursor",
    "Field",
    "Row",
    "Values",
    "constant",
    "fields",
    "read",
    "read_rows",
    "skip",
    "write",
]

Values: TypeAlias = dict[str, Any]
"""What was read so far: dotted attribute path → value."""

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


class Row(Protocol):
    """One part of a layout: it reads what it writes."""

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take this part, if the version and what was read before say that it is there."""

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield this part's fields."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field, present at versions from ``since`` up to but excluding ``until``.

    Attributes:
        path: Dotted attribute (``contract.symbol``); None for a constant, skipped when read.
        default: What is written where ``path`` is None.
    """

    path: str | None
    kind: Kind = TEXT
    since: int = 0
    until: int = _ALWAYS
    default: str = ""
    get: Callable[[object], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "get", attrgetter(self.path or "__class__"))

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take this field, if the version has it."""
        if self.since <= cursor.version < self.until:
            if self.path is None:
                cursor.take("(constant)")
            else:
                values[self.path] = cursor.take(self.path, self.kind)

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield this field's text, if the version has it."""
        if self.since <= version < self.until:
            yield self.default if self.path is None else self.kind.render(self.get(source))


def fields(
    names: str, kind: Kind = TEXT, *, since: int = 0, until: int = _ALWAYS
) -> tuple[Field, ...]:
    """Return one row for each of the space-separated attribute paths."""
    return tuple(Field(name, kind, since, until) for name in names.split())


def skip(count: int = 1) -> tuple[Field, ...]:
    """Return rows that carry nothing: a message's own version number, a deprecated field."""
    return (Field(None),) * count


def constant(text: str = "", *, since: int = 0, until: int = _ALWAYS) -> Field:
    """Return a row that is always written the same."""
    return Field(None, since=since, until=until, default=text)


def read_rows(rows: Iterable[Row], cursor: Cursor) -> Values:
    """Return what the rows found; more fields may follow."""
    values: Values = {}
    for row in rows:
        row.read(cursor, values)
    return values


def read(rows: Iterable[Row], cursor: Cursor) -> Values:
    """Return what the rows found, and insist that nothing is left over."""
    values = read_rows(rows, cursor)
    cursor.finish()
    return values


def write(rows: Iterable[Row], source: object, version: int) -> list[str]:
    """Return the texts of all rows, in order."""
    texts: list[str] = []
    for row in rows:
        if type(row) is not Field:
            texts.extend(row.write(source, version))
        elif row.since <= version < row.until:  # most rows: without a generator for each
            texts.append(row.default if row.path is None else row.kind.render(row.get(source)))
    return texts
