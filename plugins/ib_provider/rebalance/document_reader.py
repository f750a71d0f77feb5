# SPDX-License-Identifier: Apache-2.0
"""Reading a document that a person wrote, gathering every problem instead of the first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from ib_provider.errors import ConfigError

__all__ = ["DocumentReader"]

T = TypeVar("T")


class DocumentReader:
    """One mapping of a document; ``problems`` is shared with the mappings inside it.

    Each method returns a value even where the document has none that is usable, so that reading
    goes on; the value is never used, as ``finish`` then raises.
    """

    def __init__(self, document: object, *, at: str, problems: list[str]) -> None:
        self._at = f"{at}." if at else ""
        self.problems = problems
        self._fields: Mapping[object, object] = {}
        if isinstance(document, Mapping):
            self._fields = document
        else:
            problems.append(f"{at or 'document'}: {_kind(document)} where a mapping is expected")

    def only(self, known: Collection[str]) -> None:
        """Report every key that is not of ``known``, with the nearest that is."""
        for key in self._fields:
            if key in known:
                continue
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f", did you mean {near[0]!r}?" if near else ""
            self.problems.append(f"{self._at}{key}: unknown key{hint}")

    def has(self, key: str) -> bool:
        """Return whether the key is written down."""
        return key in self._fields

    def is_any(self, key: str) -> bool:
        """Return whether the key's value is the word that stands for no limit."""
        return self._fields.get(key) == "any"

    def text(self, key: str, *, pattern: str = "", choices: Collection[str] = ()) -> str:
        """Return a text, matching a pattern or among choices."""
        value = self._value(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            return self._complain(key, f"{_kind(value)} where text is expected", "")
        if choices and value not in choices:
            return self._complain(key, f"{value!r} is none of {', '.join(choices)}", "")
        if pattern and not re.fullmatch(pattern, value):
            return self._complain(key, f"{value!r} does not match {pattern}", "")
        return value

    def number(
        self,
        key: str,
        *,
        low: str,
        high: str = "",
        above: bool = False,
        below: bool = False,
    ) -> Decimal:
        """Return a finite number from ``low`` to ``high``.

        Args:
            key: The key to read.
            low: Smallest, itself allowed unless ``above``.
            high: Largest, itself allowed unless ``below``; empty for no bound.
            above: Whether the number must exceed ``low``.
            below: Whether it must stay under ``high``.
        """
        number = self._number(key)
        if number is None:
            return Decimal(low)
        too_low = number <= Decimal(low) if above else number < Decimal(low)
        too_high = bool(high) and (number >= Decimal(high) if below else number > Decimal(high))
        if too_low or too_high:
            bounds = f"{'above' if above else 'at least'} {low}"
            if high:
                bounds += f" and {'below' if below else 'at most'} {high}"
            return self._complain(key, f"{number} is not {bounds}", Decimal(low))
        return number

    def count(self, key: str, *, low: int) -> int:
        """Return a whole number of at least ``low``."""
        value = self._value(key)
        if value is None:
            return low
        if not isinstance(value, int) or isinstance(value, bool):
            return self._complain(key, f"{_kind(value)} where a whole number is expected", low)
        if value < low:
            return self._complain(key, f"{value} is not at least {low}", low)
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._value(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.complain(key, f"{_kind(value)} where true or false is expected")
            return False
        return value

    def entries(self, key: str, *, may_be_empty: bool = False) -> list[object]:
        """Return a list, by default one that is not empty."""
        value = self._value(key)
        if value is None:
            return []
        if not isinstance(value, list) or not (value or may_be_empty):
            return self._complain(key, f"{_kind(value)} where a list of entries is expected", [])
        return value

    def texts(self, key: str, *, pattern: str, may_be_empty: bool = False) -> tuple[str, ...]:
        """Return a list of distinct texts, each matching a pattern."""
        found: list[str] = []
        for number, text in enumerate(self.entries(key, may_be_empty=may_be_empty)):
            at = f"{key}[{number}]"
            if not isinstance(text, str) or not re.fullmatch(pattern, text):
                self.complain(at, f"{text!r} does not match {pattern}")
            elif text in found:
                self.complain(at, f"{text!r} is listed twice")
            else:
                found.append(text)
        return tuple(found)

    def instant(self, key: str) -> datetime | None:
        """Return a time with its zone, as YAML's own or as ISO text; None where it is neither."""
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return self._complain(key, f"{value!r} is no time in ISO form", None)
        if not isinstance(value, datetime):
            return self._complain(key, f"{_kind(value)} where a time is expected", None)
        if value.tzinfo is None:
            return self._complain(key, f"{value} has no time zone", None)
        return value

    def complain(self, key: str, problem: str) -> None:
        """Report a problem of this mapping's ``key``."""
        self.problems.append(f"{self._at}{key}: {problem}")

    def finish(self, source: str) -> None:
        """Raise when anything was wrong.

        Raises:
            ConfigError: With every problem.
        """
        if self.problems:
            raise ConfigError(source, self.problems)

    def _value(self, key: str) -> object:
        """Return what stands under ``key``; None, and a problem, where nothing does."""
        if key not in self._fields:
            self.complain(key, "missing")
            return None
        value = self._fields[key]
        if value is None:
            self.complain(key, "empty")
        return value

    def _number(self, key: str) -> Decimal | None:
        value = self._value(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            return self._complain(key, f"{_kind(value)} where a number is expected", None)
        # By way of its text: 0.1 is the decimal a person wrote, not the nearest binary fraction.
        number = Decimal(str(value))
        if not number.is_finite():
            return self._complain(key, f"{value} is not a number to work with", None)
        return number

    def _complain(self, key: str, problem: str, instead: T) -> T:
        self.complain(key, problem)
        return instead


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", Decimal: "a number"}
    if isinstance(value, str):
        return f"text {value!r}" if value.strip() else "empty text"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, Mapping):
        return "a mapping"
    return names.get(type(value), type(value).__name__)
