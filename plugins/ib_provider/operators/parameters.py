# SPDX-License-Identifier: Apache-2.0
"""What templates and Params leave behind, read into types. Rendered templates are text.

Each reader returns its value or raises ``ValueError`` with a line a person can act on;
``collect`` gathers those lines, so one failure names every wrong parameter.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from ib_provider.domain.bar import BarSpec
from ib_provider.domain.bar_spec_text import parse_bar_spec
from ib_provider.domain.quote import MarketDataType
from ib_provider.errors import ConfigError

__all__ = [
    "Parameters",
    "read_bool",
    "read_data_type",
    "read_date",
    "read_flag",
    "read_loosened",
    "read_mappings",
    "read_names",
    "read_number",
    "read_range",
    "read_specs",
    "read_text",
    "read_whole",
]

_T = TypeVar("_T")

#: What an unset Param becomes when a template renders it.
_UNSET = frozenset({"", "none", "null"})
_BOOLEANS = {"true": True, "false": False}


class Parameters:
    """Reads parameters one by one and raises once, with all that is wrong.

    Args:
        source: Whose parameters these are, for the message.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._problems: list[str] = []

    def read(self, name: str, value: object, reader: Callable[[object], _T]) -> _T | None:
        """Return the value as ``reader`` sees it, or None after noting the problem."""
        try:
            return reader(value)
        except ValueError as error:
            self._problems.append(f"{name}: {error}")
            return None

    def require(self, name: str, *, given: bool, reason: str) -> None:
        """Note a problem unless the condition holds."""
        if not given:
            self._problems.append(f"{name}: {reason}")

    def check(self) -> None:
        """Raise if anything was noted.

        Raises:
            ConfigError: With every problem at once.
        """
        if self._problems:
            raise ConfigError(self._source, self._problems)


def read_text(value: object) -> str | None:
    """Return a text without its margins, or None where nothing was said."""
    text = "" if value is None else str(value).strip()
    return None if text.lower() in _UNSET else text


def read_bool(value: object) -> bool:
    """Return a truth value. Nothing said is not false: it is an error."""
    if isinstance(value, bool):
        return value
    parsed = _BOOLEANS.get(str(value).strip().lower())
    if parsed is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return parsed


def read_date(value: object) -> date | None:
    """Return a calendar date, or None where nothing was said."""
    if isinstance(value, date):
        return value
    text = read_text(value)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date such as 2013-02-28") from None


def read_names(value: object) -> tuple[str, ...]:
    """Return names from a list, or from text with commas or white space between them."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(str(item).strip() for item in value if str(item).strip())
    text = read_text(value)
    return tuple(text.replace(",", " ").split()) if text else ()


def read_whole(value: object) -> int | None:
    """Return a whole number, or None where nothing was said. Zero is zero."""
    text = read_text(value)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def read_number(value: object) -> Decimal | None:
    """Return a finite number, or None where nothing was said. Zero is zero."""
    text = read_text(value)
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a number")
    return number


def read_mappings(value: object) -> tuple[Mapping[str, object], ...]:
    """Return mappings from a list, or from the text that a template makes of one.

    Raises:
        ValueError: It is neither.
    """
    parsed = value
    if isinstance(value, str):
        text = read_text(value)
        try:
            parsed = ast.literal_eval(text) if text else ()
        except (ValueError, SyntaxError):
            raise ValueError(f"{value!r} is no list of mappings") from None
    if not isinstance(parsed, list | tuple) or not all(isinstance(it, Mapping) for it in parsed):
        raise ValueError(f"{value!r} is no list of mappings")
    return tuple(parsed)


def read_flag(source: str, name: str, value: object) -> bool:
    """Return one truth value that must be there.

    Raises:
        ConfigError: It is neither true nor false.
    """
    try:
        return read_bool(value)
    except ValueError as error:
        raise ConfigError(source, [f"{name}: {error}"]) from None


def read_loosened(source: str, loosen: object, reason: object) -> dict[str, Decimal]:
    """Return limits to loosen by name; none where nothing was said.

    Args:
        loosen: A mapping, or the JSON that a template made of one.
        reason: Why.

    Raises:
        ConfigError: It is no mapping of numbers, or one without the other.
    """
    parsed = loosen
    if isinstance(loosen, str):
        text = read_text(loosen)
        try:
            parsed = json.loads(text, parse_float=Decimal) if text else {}
        except json.JSONDecodeError as error:
            raise ConfigError(source, [f"loosen: {loosen!r} is no JSON: {error}"]) from None
    parsed = {} if parsed is None else parsed
    if not isinstance(parsed, Mapping):
        raise ConfigError(source, [f"loosen: {parsed!r} is no mapping of limits to numbers"])
    parameters = Parameters(source)
    found = {}
    for name, value in parsed.items():
        number = parameters.read(f"loosen.{name}", value, read_number)
        parameters.require(f"loosen.{name}", given=value is not None, reason="no number")
        if number is not None:
            found[str(name)] = number
    given = read_text(reason) is not None
    parameters.require(
        "reason", given=given or not parsed, reason="is needed where limits are loosened"
    )
    parameters.require(
        "loosen", given=bool(parsed) or not given, reason="names no limit, and there is a reason"
    )
    parameters.check()
    return found


def read_data_type(source: str, value: object) -> MarketDataType:
    """Return the kind of market data that a parameter names.

    Raises:
        ConfigError: It names none.
    """
    known = {kind.name.lower(): kind for kind in MarketDataType}
    text = str(value).strip().lower()
    if text not in known:
        raise ConfigError(source, [f"market_data: {text!r} is none of {', '.join(known)}"])
    return known[text]


def read_range(source: str, start: object, end: object) -> tuple[date, date]:
    """Return a range of dates, its end exclusive.

    Raises:
        ConfigError: One is no date, none was said, or the end is not after the start.
    """
    parameters = Parameters(source)
    first = parameters.read("start", start, read_date)
    after = parameters.read("end", end, read_date)
    parameters.require("start", given=first is not None, reason="no date")
    parameters.require("end", given=after is not None, reason="no date")
    parameters.check()
    if first is None or after is None or first >= after:
        raise ConfigError(source, [f"end: {after} is not after start, {first}"])
    return first, after


def read_specs(source: str, specs: object, rth: object) -> tuple[BarSpec, ...]:
    """Return kinds of bars, each once, from texts such as ``1-DAY-LAST``.

    Raises:
        ConfigError: None was said, or one names no kind; with what there is.
    """
    texts = read_names(specs)
    regular = read_flag(source, "rth", rth)
    problems: list[str] = [] if texts else ["specs: none was said, such as 1-DAY-LAST"]
    found = []
    for text in texts:
        try:
            found.append(parse_bar_spec(text, rth=regular))
        except ConfigError as error:
            problems += [f"specs: {problem}" for problem in error.problems]
    if problems:
        raise ConfigError(source, problems)
    return tuple(dict.fromkeys(found))
