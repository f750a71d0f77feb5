# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to plain JSON documents and back, by their type hints.

Enough for the simulator's own records: numbers, text, Decimal, dates, enums, optional values,
tuples, dicts, and dataclasses of these; a field at its default is left out. Of several dataclasses
in one place each must need fields that the others lack. Money is text in JSON, never a float.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

__all__ = ["from_document", "to_document"]

T = TypeVar("T")

_SCALARS: Final[Mapping[type, Callable[[Any], Any]]] = {
    Decimal: Decimal,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


def to_document(value: Any) -> Any:
    """Return the value as JSON can carry it."""
    document: Any
    if is_dataclass(value) and not isinstance(value, type):
        document = {
            part.name: to_document(getattr(value, part.name))
            for part in fields(value)
            if part.default is MISSING or getattr(value, part.name) != part.default
        }
    elif isinstance(value, tuple | list):
        document = [to_document(item) for item in value]
    elif isinstance(value, dict):
        document = {str(key): to_document(item) for key, item in value.items()}
    elif isinstance(value, datetime | date):
        document = value.isoformat()
    elif isinstance(value, Enum):
        document = value.value
    else:
        document = str(value) if isinstance(value, Decimal) else value
    return document


def from_document(kind: type[T], document: Any) -> T:
    """Return the value of a type that ``to_document`` wrote.

    Raises:
        ValueError, TypeError, KeyError, ArithmeticError: The document is no such value.
    """
    result: T = _read(kind, document)
    return result


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, document: Any) -> Any:
    origin = get_origin(kind)
    if origin is types.UnionType:
        inner = [part for part in get_args(kind) if part is not type(None)]
        return None if document is None else _read(_meant(inner, document), document)
    if origin is tuple:
        return _read_tuple(get_args(kind), document)
    if origin is dict:
        key_kind, item_kind = get_args(kind)
        return {key_kind(key): _read(item_kind, item) for key, item in document.items()}
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        known = {name: _read(hints[name], item) for name, item in document.items()}
        return kind(**known)  # type: ignore[operator]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(document)
    return _SCALARS.get(kind, _same)(document)


def _meant(kinds: list[Any], document: Any) -> Any:
    """Return the one of several dataclasses whose fields the document has."""
    if len(kinds) == 1:
        return kinds[0]
    (found,) = (
        kind
        for kind in kinds
        if document.keys() <= _hints(kind).keys()
        and all(part.name in document for part in fields(kind) if part.default is MISSING)
    )
    return found


def _read_tuple(kinds: tuple[Any, ...], document: Any) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in document)
    return tuple(_read(kind, item) for kind, item in zip(kinds, document, strict=True))


def _same(value: Any) -> Any:
    return value
