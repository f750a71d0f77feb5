# SPDX-License-Identifier: Apache-2.0
"""The grammar of a protobuf message: rows that pair an attribute with a field.

Rules: an absent field is not a zero one, so each kind says what absence means; a zero is always
sent (an absent error id would read as 0), None and empty text never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from importlib import import_module
from operator import attrgetter
from typing import Any, Protocol

from google.protobuf.message import DecodeError, EncodeError, Message

from ib_provider.errors import LocalProtocolError, RemoteProtocolError
from ib_provider.wire.assembly import assemble
from ib_provider.wire.protobuf.kinds import REQUIRED, ProtoKind

__all__ = [
    "Always",
    "Member",
    "Nested",
    "Repeated",
    "Row",
    "members",
    "message_class",
    "owner_of",
    "parse_message",
    "read",
    "serialize",
    "write",
]


class Row(Protocol):
    """One part of a layout: it reads what it writes."""

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take this part."""

    def write(self, message: Message, source: object) -> None:
        """Set this part's fields, unless it says nothing."""


def message_class(name: str) -> type[Message]:
    """Return ibapi's class of a message: each lies in a module of its own."""
    found: type[Message] = getattr(import_module(f"ibapi.protobuf.{name}_pb2"), name)
    return found


def owner_of(message: Message, field: str) -> tuple[Message, str]:
    """Return the innermost message that a dotted field belongs to, and its name there."""
    *outer, name = field.split(".")
    for part in outer:
        message = getattr(message, part)
    return message, name


@dataclass(frozen=True, slots=True)
class Member:
    """One attribute of ours and the field that carries it, both dotted where nested."""

    path: str
    field: str
    kind: ProtoKind
    get: Callable[[object], Any] = dataclass_field(init=False, repr=False, compare=False)
    outer: tuple[str, ...] = dataclass_field(init=False, repr=False, compare=False)
    name: str = dataclass_field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        *outer, name = self.field.split(".")
        object.__setattr__(self, "get", attrgetter(self.path))
        object.__setattr__(self, "outer", tuple(outer))
        object.__setattr__(self, "name", name)

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take the attribute's value.

        Raises:
            RemoteProtocolError: The field is malformed, or absent and required.
        """
        owner, name = owner_of(message, self.field)
        if not self.kind.repeated and not owner.HasField(name):
            if self.kind.absent is REQUIRED:
                raise RemoteProtocolError(f"field {self.path} is missing")
            values[self.path] = self.kind.absent
            return
        try:
            values[self.path] = self.kind.parse(getattr(owner, name))
        except ValueError:
            raise RemoteProtocolError(
                f"field {self.path} is malformed: {str(getattr(owner, name))[:80]!r}"
            ) from None

    def write(self, message: Message, source: object) -> None:
        """Set the field, unless the attribute says nothing."""
        kind = self.kind
        value = self.get(source)
        rendered = kind.unset if value is None else kind.render(value)
        if rendered is None or rendered == "":
            return
        for part in self.outer:
            message = getattr(message, part)
        if not kind.repeated:
            setattr(message, self.name, rendered)
        elif isinstance(rendered, dict):
            getattr(message, self.name).update(rendered)
        else:
            getattr(message, self.name).extend(rendered)


@dataclass(frozen=True, slots=True)
class Always:
    """A field that is written with one value, and not read."""

    field: str
    value: object

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take nothing."""

    def write(self, message: Message, source: object) -> None:  # noqa: ARG002
        """Set the field."""
        owner, name = owner_of(message, self.field)
        setattr(owner, name, self.value)


@dataclass(frozen=True, slots=True)
class Nested:
    """A value that is a message of its own; None where it is absent, or equals ``blank``."""

    path: str
    field: str
    cls: type
    rows: tuple[Row, ...]
    blank: object = None

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take the value, or None."""
        owner, name = owner_of(message, self.field)
        value: object = None
        if owner.HasField(name):
            value = assemble(self.cls, read(self.rows, getattr(owner, name)))
        values[self.path] = None if value == self.blank else value

    def write(self, message: Message, source: object) -> None:
        """Set the message, unless the value is None."""
        value = attrgetter(self.path)(source)
        if value is not None:
            owner, name = owner_of(message, self.field)
            inner = getattr(owner, name)
            inner.SetInParent()
            write(self.rows, value, inner)


@dataclass(frozen=True, slots=True)
class Repeated:
    """Any number of values that are messages of their own."""

    path: str
    field: str
    cls: type
    rows: tuple[Row, ...]

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take the values."""
        owner, name = owner_of(message, self.field)
        values[self.path] = tuple(
            assemble(self.cls, read(self.rows, item)) for item in getattr(owner, name)
        )

    def write(self, message: Message, source: object) -> None:
        """Add the values."""
        owner, name = owner_of(message, self.field)
        add = getattr(owner, name).add
        for item in attrgetter(self.path)(source):
            write(self.rows, item, add())


def members(kind: ProtoKind, pairs: str, *, path: str = "", field: str = "") -> tuple[Member, ...]:
    """Return one row for each ``attribute=field`` pair, all of one kind.

    Args:
        pairs: A lone ``name`` is both.
        path: Put in front of every attribute.
        field: Put in front of every field.
    """
    split = (pair.partition("=") for pair in pairs.split())
    return tuple(Member(path + ours, field + (theirs or ours), kind) for ours, _, theirs in split)


def parse_message(cls: type[Message], body: bytes) -> Message:
    """Return the parsed message.

    Raises:
        RemoteProtocolError: The bytes are not one.
    """
    try:
        return cls.FromString(body)
    except (DecodeError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(f"not a {cls.__name__}: {error}") from None


def serialize(message: Message) -> bytes:
    """Return the message's bytes.

    Raises:
        LocalProtocolError: It cannot be encoded.
    """
    try:
        return message.SerializeToString()
    except EncodeError as error:
        raise LocalProtocolError(f"{type(message).__name__} cannot be encoded") from error


def read(rows: Iterable[Row], message: Message) -> dict[str, Any]:
    """Return attribute path → value, for all rows."""
    values: dict[str, Any] = {}
    for row in rows:
        row.read(message, values)
    return values


def write(rows: Iterable[Row], source: object, message: Message) -> None:
    """Fill the message from our value.

    Raises:
        LocalProtocolError: A value does not fit its field.
    """
    for row in rows:
        try:
            row.write(message, source)
        except (TypeError, ValueError, OverflowError) as error:
            raise LocalProtocolError(f"{row} does not fit: {error}") from error
