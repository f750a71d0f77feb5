# SPDX-License-Identifier: Apache-2.0
"""Rows of a YAML file, read field by field; every problem is kept, none stops the reading.

A field that is missing or wrong is noted with its place and read as something harmless: the caller
goes on to find the next problem, and ``check`` raises all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import yaml

from ib_provider.errors import ConfigError

__all__ = ["Row", "RowFile"]

_ABSENT: Final = object()

T = TypeVar("T")


class _Loader(yaml.SafeLoader):
    """Plain values, and a note of each key that stands twice: YAML keeps the last in silence."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Return the mapping, its doubled keys noted."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                self.twice.append(f"line {key.start_mark.line + 1}: {key.value} is written twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class RowFile:
    """One file of rows, and what is wrong with it.

    Args:
        source: The file's name, for messages.
        text: Its content: a mapping whose values are lists of rows.

    Raises:
        ConfigError: The text is no YAML, or no mapping.
    """

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self.problems: list[str] = []
        loader = _Loader(text)
        try:
            document = loader.get_single_data()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ConfigError(source, [f"line {line}: {error.problem or error.context}"]) from error
        finally:
            loader.dispose()
        self.problems.extend(loader.twice)
        if not isinstance(document, dict):
            raise ConfigError(source, ["the file is not a mapping of keys to rows"])
        self._document = document

    def rows(self, section: str) -> Iterator[Row]:
        """Yield the rows of a section, each over the file's ``defaults``."""
        defaults = self._document.get("defaults", {})
        entries = self._document.get(section, [])
        if not isinstance(defaults, dict) or not isinstance(entries, list):
            self.problems.append(f"{section}: not a list of rows")
            return
        for place, entry in enumerate(entries):
            if not isinstance(entry, dict):
                self.problems.append(f"{section}[{place}]: not a row of keys")
                continue
            name = entry.get("symbol") or entry.get("name") or entry.get("id") or place
            yield Row(f"{section}[{name}]", {**defaults, **entry}, self.problems)

    def check(self) -> None:
        """Raise every problem found so far.

        Raises:
            ConfigError: There is at least one.
        """
        if self.problems:
            raise ConfigError(self.source, self.problems)


class Row:
    """The fields of one row. Read each once; ``done`` reports those nobody read."""

    def __init__(self, place: str, values: Mapping[str, Any], problems: list[str]) -> None:
        self.place = place
        self._values = dict(values)
        self._problems = problems

    def note(self, key: str, why: str) -> None:
        """Note a problem with a field."""
        self._problems.append(f"{self.place}.{key}: {why}")

    def text(self, key: str, default: object = _ABSENT) -> str:
        """Return text; numbers that YAML read as such are written out again."""
        value = self._take(key, default, "")
        if isinstance(value, bool | list | dict | date):
            self.note(key, f"not text: {value!r} (put it in quotes)")
            return ""
        return str(value)

    def integer(self, key: str, default: object = _ABSENT) -> int:
        """Return a whole number."""
        value = self._take(key, default, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            self.note(key, f"not a whole number: {value!r}")
            return 0
        return value

    def decimal(self, key: str, default: object = _ABSENT) -> Decimal:
        """Return a positive number, or a fraction such as ``1/64``."""
        value = self._take(key, default, 1)
        top, _, bottom = str(value).partition("/")
        try:
            number = Decimal(top) / Decimal(bottom or 1)
        except (InvalidOperation, ZeroDivisionError):
            number = Decimal(0)
        if isinstance(value, bool) or not number.is_finite() or number <= 0:
            self.note(key, f"not a positive number: {value!r}")
            return Decimal(1)
        return number

    def maybe_decimal(self, key: str) -> Decimal | None:
        """Return a positive number, or None where the row has none."""
        return self.decimal(key) if key in self._values else None

    def words(self, key: str, default: object = _ABSENT) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key, default, [])
        if not isinstance(value, list | tuple):
            self.note(key, f"not a list: {value!r}")
            return ()
        return tuple(str(word) for word in value)

    def pairs(self, key: str, default: object = _ABSENT) -> tuple[tuple[str, str], ...]:
        """Return a list of pairs, as texts."""
        value = self._take(key, default, [])
        if not isinstance(value, list | tuple) or any(
            not isinstance(pair, list) or len(pair) != 2 for pair in value
        ):
            self.note(key, f"not a list of pairs: {value!r}")
            return ()
        return tuple((str(first), str(second)) for first, second in value)

    def one_of(self, key: str, choices: Mapping[str, T], default: object = _ABSENT) -> T | None:
        """Return what a name stands for; None, noted, where it stands for nothing."""
        name = str(self._take(key, default, next(iter(choices), "")))
        if name not in choices:
            self.note(key, f"unknown: {name!r} (known: {', '.join(map(str, choices))})")
            return None
        return choices[name]

    def has(self, key: str) -> bool:
        """Return whether the row says anything under a key."""
        return key in self._values

    def parts(self, key: str, default: object = _ABSENT) -> list[Row]:
        """Return the rows under a key, or the one row there."""
        value = self._take(key, default, [])
        entries = value if isinstance(value, list | tuple) else [value]
        found = []
        for place, entry in enumerate(entries):
            if isinstance(entry, dict):
                name = f"{self.place}.{key}[{place}]"
                found.append(Row(name, entry, self._problems))
            else:
                self.note(key, f"not a row of keys: {entry!r}")
        return found

    def done(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._values:
            self.note(key, "unknown key")

    def _take(self, key: str, default: object, harmless: object) -> object:
        if key in self._values:
            return self._values.pop(key)
        if default is _ABSENT:
            self.note(key, "missing")
            return harmless
        return default
