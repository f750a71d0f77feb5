# SPDX-License-Identifier: Apache-2.0
"""How one value is spelled in a text field, in both directions.

Rules: parsing is strict (``1_000``, ``nan`` and other digits than ASCII are malformed); "unset"
arrives in nine spellings and becomes None; a rendered number never has an exponent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ib_provider.domain.contract import SecType
from ib_provider.errors import LocalProtocolError

__all__ = [
    "BOOL",
    "COUNT",
    "DECIMAL",
    "DECIMAL_OR_MAX",
    "DECIMAL_OR_ZERO",
    "ESCAPED",
    "ID",
    "INT",
    "INT_OR_MAX",
    "OPTIONAL_INT",
    "RIGHT",
    "SEC_TYPE",
    "STRIKE",
    "TEXT",
    "UNSET_DOUBLE",
    "Kind",
    "plain",
    "says_nothing",
]

UNSET_DOUBLE = "1.7976931348623157E308"
UNSET_INTEGER = "2147483647"

_UNSET = {
    "",
    "NONE",
    "INFINITY",
    "INFINITE",
    UNSET_DOUBLE,
    UNSET_INTEGER,
    "9223372036854775807",
    "-9223372036854775808",
    str(2**127 - 1),  # ibapi's unset quantity
}
_NOTHING_SET = _UNSET | {"0", "0.0", "-1", "FALSE"}
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,2})?", re.ASCII)
_FLAGS = {"": False, "0": False, "1": True, "false": False, "true": True}
_MAX_COUNT = 10_000


@dataclass(frozen=True, slots=True)
class Kind:
    """One spelling: ``parse`` raises ValueError on a malformed field."""

    parse: Callable[[str], Any]
    render: Callable[[Any], str]


def _canonical(text: str) -> str:
    return text.upper().replace("E+", "E")


def says_nothing(text: str) -> bool:
    """Return whether a field that has no place in our types was left at its default."""
    return _canonical(text) in _NOTHING_SET


def plain(value: Decimal) -> str:
    """Return the number without an exponent."""
    if not value.is_finite():
        raise LocalProtocolError(f"{value} has no spelling on the wire")
    return format(value, "f")


def _parse_decimal(text: str) -> Decimal | None:
    if _canonical(text) in _UNSET:
        return None
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _parse_optional_int(text: str) -> int | None:
    if _canonical(text) in _UNSET:
        return None
    if not _INTEGER.fullmatch(text):
        raise ValueError("not an integer")
    return int(text)


def _parse_int(text: str) -> int:
    return _parse_optional_int(text) or 0


def _parse_id(text: str) -> int:
    value = _parse_optional_int(text)
    if value is None or abs(value) >= 2**31:
        raise ValueError("not an id")
    return value


def _parse_count(text: str) -> int:
    value = _parse_int(text)
    if not 0 <= value <= _MAX_COUNT:
        raise ValueError("not a count")
    return value


def _parse_bool(text: str) -> bool:
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise ValueError("not a flag") from None


def _parse_strike(text: str) -> Decimal | None:
    return _parse_decimal(text) or None  # clients write 0 for a contract that has none


def _render_text(value: str) -> str:
    """Clients read text as ASCII since version 153: the rest is written as escapes."""
    if "\0" in value:
        raise LocalProtocolError(f"text cannot hold a NUL: {value[:80]!r}")
    return value if value.isascii() else "".join(map(_escape, value))


def _escape(char: str) -> str:
    code = ord(char)
    if code < 128:
        return char
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _render_escaped(value: str) -> str:
    # These few fields are un-escaped by every client, so a backslash must survive that.
    return _render_text(value.replace("\\", "\\\\"))


def _render_decimal(unset: str) -> Callable[[Decimal | None], str]:
    return lambda value: unset if value is None else plain(value)


def _render_int(unset: str) -> Callable[[int | None], str]:
    return lambda value: unset if value is None else str(int(value))


TEXT = Kind(str, _render_text)
ESCAPED = Kind(str, _render_escaped)
ID = Kind(_parse_id, str)
COUNT = Kind(_parse_count, str)
INT = Kind(_parse_int, _render_int("0"))
INT_OR_MAX = Kind(_parse_optional_int, _render_int(UNSET_INTEGER))
OPTIONAL_INT = Kind(_parse_optional_int, _render_int(""))
BOOL = Kind(_parse_bool, _render_int(""))
DECIMAL = Kind(_parse_decimal, _render_decimal(""))
DECIMAL_OR_MAX = Kind(_parse_decimal, _render_decimal(UNSET_DOUBLE))
DECIMAL_OR_ZERO = Kind(_parse_decimal, _render_decimal("0"))
STRIKE = Kind(_parse_strike, _render_decimal("0"))
SEC_TYPE = Kind(SecType, _render_text)
RIGHT = Kind(str, lambda value: value or "?")
"""Gateways write ``?`` for a contract without a right, in answers about orders."""
