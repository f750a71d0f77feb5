# SPDX-License-Identifier: Apache-2.0
"""The one JSON text of a value: what is hashed.

It is the value's document with sorted keys, without spaces, in UTF-8. It is written straight from
the value, for a plan of 5,000 names has 200,000 of them; a test holds it to ``json.dumps``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, Final

from ib_provider.domain.value_document import decimal_text, value_to_document

__all__ = ["canonical_json"]

_Writer = Callable[[Any], str]


def canonical_json(
    value: object, *, without: str = "", also: Mapping[str, int] | None = None
) -> str:
    """Return the canonical JSON text of a dataclass of the domain.

    Args:
        value: A frozen dataclass.
        without: A field to leave out.
        also: Keys to write besides.

    Raises:
        LedgerError: A number is not finite, an instant has no zone, or a type has no document.
    """
    texts = {key: str(number) for key, number in (also or {}).items()}
    for field in fields(value):  # type: ignore[arg-type] # told by its caller
        if field.name != without:
            item = getattr(value, field.name)
            texts[field.name] = _WRITERS[type(item)](item)
    return "{" + ",".join(f'"{key}":{texts[key]}' for key in sorted(texts)) + "}"


class _Writers(dict[type, _Writer]):
    """How each type is written, found out once."""

    def __missing__(self, kind: type) -> _Writer:
        writer = self[kind] = _fields_writer(kind) if is_dataclass(kind) else _scalar_writer(kind)
        return writer


def _fields_writer(kind: type) -> _Writer:
    names = sorted(f.name for f in fields(kind))
    if len(names) < 2:
        return canonical_json
    heads = ["," + json.dumps(name) + ":" for name in names]
    heads[0] = "{" + heads[0][1:]
    values_of, writers = attrgetter(*names), _WRITERS

    def write(value: Any) -> str:
        items = zip(heads, values_of(value), strict=True)
        return "".join([head + writers[type(item)](item) for head, item in items]) + "}"

    return write


def _scalar_writer(kind: type) -> _Writer:
    if issubclass(kind, StrEnum):
        return lambda value: encode_basestring(str.__str__(value))
    return lambda value: json.dumps(value_to_document(value), ensure_ascii=False)


@lru_cache(maxsize=1024)
def _instant(value: datetime) -> str:
    return f'"{value_to_document(value)}"'


_WRITERS: Final[_Writers] = _Writers(
    {
        tuple: lambda value: "[" + ",".join([_WRITERS[type(item)](item) for item in value]) + "]",
        str: encode_basestring,
        Decimal: lambda value: f'"{decimal_text(value)}"',
        datetime: _instant,
        date: lambda value: f'"{value.isoformat()}"',
        type(None): lambda _: "null",
    }
)
