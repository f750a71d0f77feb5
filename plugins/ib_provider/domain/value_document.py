# SPDX-License-Identifier: Apache-2.0
"""Values of the domain as JSON documents, and back, exactly.

Rules:
    * A decimal is a string in plain notation without idle zeros: equal numbers have equal texts,
      so equal values have equal hashes. A number that is not finite is refused.
    * An instant is ISO text in UTC; one without a zone is refused.
    * Every field is written, and a document with one key more or less is refused: what cannot be
      read back in full was made by another version, or touched.
"""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar, cast

from ib_provider.errors import LedgerError

__all__ = ["Document", "decimal_text", "value_from_document", "value_to_document"]

#: What ``json`` writes and reads without loss: no float among it.
Document: TypeAlias = "bool | int | str | list[Document] | dict[str, Document] | None"

T = TypeVar("T")

#: Digits on either side of the point: a document that says ``1E+999999999`` must not fill memory.
_WIDEST: Final = 60


def decimal_text(number: Decimal) -> str:
    """Return a finite number as plain text: ``1E+3`` as ``1000``, ``1.50`` as ``1.5``.

    Raises:
        LedgerError: The number is NaN, infinite, or wider than any amount is.
    """
    text = str(number)
    # Every NaN has an N, an infinity an I, and a text as short as this is not too wide.
    if "E" in text or "N" in text or "I" in text or len(text) > _WIDEST:
        if not number.is_finite() or abs(number.adjusted()) > _WIDEST:
            raise LedgerError(f"{number} is no number that can be kept")
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def value_to_document(value: object) -> Document:
    """Return the document of a frozen value of the domain.

    Raises:
        LedgerError: A number is not finite, an instant has no zone, or a type has no document.
    """
    if isinstance(value, tuple):
        return [value_to_document(item) for item in value]
    if is_dataclass(value):
        return {f.name: value_to_document(getattr(value, f.name)) for f in fields(value)}
    return _write_scalar(value)


def _write_scalar(value: object) -> Document:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return _instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, str)):
        return value.value if isinstance(value, StrEnum) else value
    raise LedgerError(f"{type(value).__name__} has no document form")


def _instant_text(value: datetime) -> str:
    if value.tzinfo is None:
        raise LedgerError(f"{value} has no time zone")
    return value.astimezone(UTC).isoformat()


def value_from_document(kind: type[T], document: object, *, at: str = "") -> T:
    """Return the value of a dataclass that a document holds.

    Args:
        kind: The dataclass to read.
        document: What ``json.loads`` gave.
        at: Where the document stands, for messages.

    Raises:
        LedgerError: The document is not exactly one of ``kind``.
    """
    return cast("T", _read(kind, document, at or kind.__name__))


def _read(kind: Any, document: object, at: str) -> object:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        inner = [arg for arg in typing.get_args(kind) if arg is not type(None)]
        return None if document is None else _read(inner[0], document, at)
    if origin is tuple:
        if not isinstance(document, list):
            raise LedgerError(f"{at}: not a list")
        item = typing.get_args(kind)[0]
        return tuple(_read(item, part, f"{at}[{n}]") for n, part in enumerate(document))
    if is_dataclass(kind):
        return _read_fields(cast("type[object]", kind), document, at)
    return _read_scalar(kind, document, at)


def _read_fields(kind: type[Any], document: object, at: str) -> object:
    if not isinstance(document, dict):
        raise LedgerError(f"{at}: not a mapping")
    hints = typing.get_type_hints(kind)
    names = [f.name for f in fields(kind)]
    strange = sorted(set(map(str, document)) ^ set(names))
    if strange:
        raise LedgerError(f"{at}: missing or unknown: {', '.join(strange)}")
    return kind(**{name: _read(hints[name], document[name], f"{at}.{name}") for name in names})


def _read_scalar(kind: type[Any], document: object, at: str) -> object:
    if kind in (bool, int, str):
        # ``type``, not ``isinstance``: True is an int to Python and not to us.
        if type(document) is not kind:
            raise LedgerError(f"{at}: {document!r} is no {kind.__name__}")
        return document
    if not isinstance(document, str):
        raise LedgerError(f"{at}: {document!r} is no text of a {kind.__name__}")
    try:
        read = kind.fromisoformat if kind in (datetime, date) else kind
        value: object = read(document)
    except (ValueError, InvalidOperation) as error:
        raise LedgerError(f"{at}: {document!r} is no {kind.__name__}") from error
    if value_to_document(value) != document:
        raise LedgerError(f"{at}: {document!r} is not how a {kind.__name__} is written")
    return value
