# SPDX-License-Identifier: Apache-2.0
"""Fields that newer gateways have and the installed ibapi does not know: written and read by hand.

A protobuf message keeps the fields it does not know, so they survive it in both directions. Source:
the descriptors of ibapi-stable 10.50.2 (server version 226).
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from ib_provider.wire.protobuf.varint import varint

__all__ = ["LaterFlag", "LaterText"]

_VARINT, _BYTES = 0, 2


def _found(owner: Message, number: int) -> Any:
    """Return the last value of a field by its number, known to the class or not."""
    known = owner.DESCRIPTOR.fields_by_number.get(number)
    if known is not None:
        return getattr(owner, known.name) if owner.HasField(known.name) else None
    data = None
    for field in UnknownFieldSet(owner):  # type: ignore[attr-defined]  # it iterates
        if field.field_number == number:
            data = field.data
    return data


@dataclass(frozen=True, slots=True)
class LaterFlag:
    """A flag; false is not written."""

    path: str
    owner: str
    number: int

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take the flag."""
        values[self.path] = bool(_found(getattr(message, self.owner), self.number))

    def write(self, message: Message, source: object) -> None:
        """Add the flag."""
        if attrgetter(self.path)(source):
            getattr(message, self.owner).MergeFromString(varint(self.number << 3 | _VARINT) + b"\1")


@dataclass(frozen=True, slots=True)
class LaterText:
    """A text; an empty one is not written."""

    path: str
    owner: str
    number: int

    def read(self, message: Message, values: dict[str, Any]) -> None:
        """Take the text."""
        data = _found(getattr(message, self.owner), self.number)
        values[self.path] = data.decode() if isinstance(data, bytes) else data or ""

    def write(self, message: Message, source: object) -> None:
        """Add the text."""
        if text := attrgetter(self.path)(source):
            data = text.encode()
            head = varint(self.number << 3 | _BYTES) + varint(len(data))
            getattr(message, self.owner).MergeFromString(head + data)
