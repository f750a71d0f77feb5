# SPDX-License-Identifier: Apache-2.0
"""How one value travels in a protobuf field, in both directions, and what its absence means."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ib_provider.domain.contract import SecType
from ib_provider.errors import LocalProtocolError
from ib_provider.wire.text import kinds as text_kinds

__all__ = [
    "ACCOUNTS",
    "BOOL",
    "DECIMAL",
    "DOUBLE",
    "DOUBLE_OR_MAX",
    "ID",
    "INT",
    "MULTIPLIER",
    "NONZERO",
    "NUMBERS",
    "OFFSET",
    "OPEN_CLOSE",
    "OPTIONAL_BOOL",
    "OPTIONAL_INT",
    "PAIRS",
    "REQUIRED",
    "SEC_TYPE",
    "STRIKE",
    "STRIKES",
    "TEXT",
    "TEXTS",
    "WORD",
    "ProtoKind",
]

REQUIRED = object()
"""The absence that is an error."""

_UNSET_DOUBLE = 1.7976931348623157e308
_UNSET_INTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ProtoKind:
    """How one value travels: ``parse`` raises ValueError on a malformed one.

    Attributes:
        absent: What a missing field means; ``REQUIRED`` where it must be there.
        unset: What is written for None; None leaves the field out.
    """

    parse: Callable[[Any], Any]
    render: Callable[[Any], Any]
    absent: object = None
    repeated: bool = False
    unset: object = None


def _same(value: Any) -> Any:
    return value


def _parse_double(value: float) -> Decimal | None:
    if math.isnan(value):
        raise ValueError("not a number")
    if math.isinf(value) or value == _UNSET_DOUBLE:
        return None
    return Decimal(repr(value))


def _render_double(value: Decimal) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise LocalProtocolError(f"{value} has no spelling on the wire")
    return number


def _parse_strike(value: float) -> Decimal | None:
    return _parse_double(value) or None


def _parse_multiplier(value: float) -> str:
    number = _parse_double(value)
    return "" if number is None else format(number.normalize(), "f")


def _render_multiplier(text: str) -> float | None:
    """A multiplier that is not a number cannot travel this way, so it does not."""
    try:
        return float(text)
    except ValueError:
        return None


def _parse_offset(value: float) -> Decimal | None:
    return Decimal("Infinity") if math.isinf(value) and value > 0 else _parse_double(value)


def _parse_optional_int(value: int) -> int | None:
    return None if value == _UNSET_INTEGER else value


def _parse_pairs(value: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(value.items()))  # the wire's order means nothing in a map


TEXT = ProtoKind(_same, _same, "")
WORD = ProtoKind(text_kinds.WORD.parse, _same, "")
OPEN_CLOSE = ProtoKind(text_kinds.RIGHT.parse, _same, "")
"""A client may send back what it saw in openOrder."""
ID = ProtoKind(_same, _same, REQUIRED)
INT = ProtoKind(lambda value: _parse_optional_int(value) or 0, int, 0)
OPTIONAL_INT = ProtoKind(_parse_optional_int, int)
BOOL = ProtoKind(_same, bool, absent=False)
DOUBLE = ProtoKind(_parse_double, _render_double)
DOUBLE_OR_MAX = ProtoKind(_parse_double, _render_double, unset=_UNSET_DOUBLE)
"""For a field whose absence clients take for zero."""
DECIMAL = ProtoKind(text_kinds.DECIMAL.parse, text_kinds.plain)
NONZERO = ProtoKind(_parse_strike, _render_double)
"""Clients send a zero for what they were never told."""
OFFSET = ProtoKind(_parse_offset, float)
"""Infinite stands for "up to the middle"."""
OPTIONAL_BOOL = ProtoKind(bool, int)
"""A flag that travels as a number, because it may be unset."""
STRIKES = ProtoKind(
    lambda values: tuple(Decimal(repr(value)) for value in values),
    lambda values: [float(value) for value in values],
    (),
    repeated=True,
)
STRIKE = ProtoKind(_parse_strike, _render_double)
MULTIPLIER = ProtoKind(_parse_multiplier, _render_multiplier, "")
SEC_TYPE = ProtoKind(SecType, str, SecType.UNSAID)
PAIRS = ProtoKind(_parse_pairs, dict, (), repeated=True)
TEXTS = ProtoKind(tuple, list, (), repeated=True)
NUMBERS = ProtoKind(tuple, list, (), repeated=True)
ACCOUNTS = ProtoKind(lambda text: tuple(text.split(",")), ",".join, ())
