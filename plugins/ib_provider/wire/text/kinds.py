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
    "FLAG",
    "ID",
    "INT",
    "INT_OR_MAX",
    "NOT_COMPUTED_1",
    "NOT_COMPUTED_2",
    "NO_SIZE",
    "OFFSET",
    "OPTIONAL_BOOL",
    "OPTIONAL_INT",
    "OPTIONS",
    "RIGHT",
    "SEC_TYPE",
    "STRIKE",
    "TEXT",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "WORD",
    "Kind",
    "plain",
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


def _parse_escaped(text: str) -> str:
    try:
        return text.encode("ascii", "backslashreplace").decode("unicode-escape")
    except UnicodeDecodeError:
        raise ValueError("not an escape") from None


def _render_decimal(unset: str) -> Callable[[Decimal | None], str]:
    return lambda value: unset if value is None else plain(value)


def _render_int(unset: str) -> Callable[[int | None], str]:
    return lambda value: unset if value is None else str(int(value))


def _parse_offset(text: str) -> Decimal | None:
    return Decimal("Infinity") if text in {"Infinity", "Infinite"} else _parse_decimal(text)


def _render_offset(value: Decimal | None) -> str:
    if value is not None and value.is_infinite():
        return "Infinity"
    return UNSET_DOUBLE if value is None else plain(value)


def _parse_optional_bool(text: str) -> bool | None:
    return None if _canonical(text) in _UNSET else _parse_bool(text)


def _parse_options(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [option.partition("=") for option in text.split(";") if option]
    if not all(separator for _, separator, _ in pairs):
        raise ValueError("not tag=value;")
    return tuple((tag, value) for tag, _, value in pairs)


def _render_options(pairs: tuple[tuple[str, str], ...]) -> str:
    return _render_text("".join(f"{tag}={value};" for tag, value in pairs))


def _computed(none: int) -> Kind:
    """An option's model value: a client cannot read an empty one, so a number says "none"."""
    return Kind(
        lambda text: None if (value := _parse_decimal(text)) == none else value,
        lambda value: str(none) if value is None else plain(value),
    )


TEXT = Kind(str, _render_text)
ESCAPED = Kind(_parse_escaped, _render_escaped)
ID = Kind(_parse_id, str)
COUNT = Kind(_parse_count, str)
INT = Kind(_parse_int, _render_int("0"))
INT_OR_MAX = Kind(_parse_optional_int, _render_int(UNSET_INTEGER))
OPTIONAL_INT = Kind(_parse_optional_int, _render_int(""))
BOOL = Kind(_parse_bool, _render_int(""))
FLAG = Kind(_parse_bool, _render_int("0"))
"""As ``BOOL``, but a None is written as false."""
OPTIONAL_BOOL = Kind(_parse_optional_bool, _render_int(""))
DECIMAL = Kind(_parse_decimal, _render_decimal(""))
DECIMAL_OR_MAX = Kind(_parse_decimal, _render_decimal(UNSET_DOUBLE))
DECIMAL_OR_ZERO = Kind(_parse_decimal, _render_decimal("0"))
STRIKE = Kind(_parse_strike, _render_decimal("0"))
SEC_TYPE = Kind(SecType, _render_text)
OFFSET = Kind(_parse_offset, _render_offset)
"""Infinite stands for "up to the middle"."""
NO_SIZE = Kind(_parse_decimal, _render_decimal("-9223372036854775808"))
OPTIONS = Kind(_parse_options, _render_options)
NOT_COMPUTED_1 = _computed(-1)
NOT_COMPUTED_2 = _computed(-2)
WORD = Kind(
    lambda text: "" if text == "None" else text, lambda value: _render_text(value) or "None"
)
"""Gateways write the word ``None`` for an order type that an order has not."""
RIGHT = Kind(lambda text: "" if text == "?" else text, lambda value: value or "?")
"""Gateways write ``?`` for a contract without a right, in answers about orders."""
