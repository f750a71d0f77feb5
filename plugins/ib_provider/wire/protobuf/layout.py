# SPDX-License-Identifier: Apache-2.0
"""The grammar of a protobuf message: rows that pair an attribute with a field.

Rules: an absent field is not a zero one, so each kind says what absence means; a zero is always
sent (an absent error id would read as 0), None and empty text never.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from google.protobuf.message import DecodeError, EncodeError, Message

from ib_provider.errors import LocalProtocolError, RemoteProtocolError
from ib_provider.wire.protobuf.kinds import (
    INT,
    MULTIPLIER,
    REQUIRED,
    SEC_TYPE,
    STRIKE,
    TEXT,
    ProtoKind,
)

__all__ = ["CONTRACT", "Member", "members", "parse_message", "read", "serialize", "write"]


@dataclass(frozen=True, slots=True)
class Member:
    """One attribute of ours and the field that carries it, both dotted where nested."""

    path: str
    field: str
    kind: ProtoKind

    def read(self, message: Message) -> Any:
        """Return the attribute's value.

        Raises:
            RemoteProtocolError: The field is malformed, or absent and required.
        """
        owner, name = self._owner(message)
        if not self.kind.repeated and not owner.HasField(name):
            if self.kind.absent is REQUIRED:
                raise RemoteProtocolError(f"field {self.path} is missing")
            return self.kind.absent
        try:
            return self.kind.parse(getattr(owner, name))
        except ValueError:
            raise RemoteProtocolError(
                f"field {self.path} is malformed: {str(getattr(owner, name))[:80]!r}"
            ) from None

    def write(self, message: Message, source: object) -> None:
        """Set the field, unless the attribute says nothing."""
        value = attrgetter(self.path)(source)
        rendered = self.kind.unset if value is None else self.kind.render(value)
        if rendered is None or rendered == "":
            return
        owner, name = self._owner(message)
        if not self.kind.repeated:
            setattr(owner, name, rendered)
        elif isinstance(rendered, dict):
            getattr(owner, name).update(rendered)
        else:
            getattr(owner, name).extend(rendered)

    def _owner(self, message: Message) -> tuple[Message, str]:
        *outer, name = self.field.split(".")
        for part in outer:
            message = getattr(message, part)
        return message, name


def members(kind: ProtoKind, pairs: str, *, path: str = "", field: str = "") -> tuple[Member, ...]:
    """Return one row for each ``attribute=field`` pair, all of one kind.

    Args:
        pairs: A lone ``name`` is both.
        path: Put in front of every attribute.
        field: Put in front of every field.
    """
    split = (pair.partition("=") for pair in pairs.split())
    return tuple(Member(path + ours, field + (theirs or ours), kind) for ours, _, theirs in split)


CONTRACT: tuple[Member, ...] = (
    *members(INT, "con_id=conId", path="contract.", field="contract."),
    *members(SEC_TYPE, "sec_type=secType", path="contract.", field="contract."),
    *members(STRIKE, "strike", path="contract.", field="contract."),
    *members(MULTIPLIER, "multiplier", path="contract.", field="contract."),
    *members(
        TEXT,
        "symbol last_trade_date=lastTradeDateOrContractMonth right exchange"
        " primary_exchange=primaryExch currency local_symbol=localSymbol"
        " trading_class=tradingClass",
        path="contract.",
        field="contract.",
    ),
)
"""A contract, in requests and answers alike."""


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


def read(rows: Iterable[Member], message: Message) -> dict[str, Any]:
    """Return attribute path → value, for all rows."""
    return {row.path: row.read(message) for row in rows}


def write(rows: Iterable[Member], source: object, message: Message) -> None:
    """Fill the message from our answer.

    Raises:
        LocalProtocolError: A value does not fit its field.
    """
    for row in rows:
        try:
            row.write(message, source)
        except (TypeError, ValueError, OverflowError) as error:
            raise LocalProtocolError(f"{row.path} does not fit {row.field}: {error}") from error
