# SPDX-License-Identifier: Apache-2.0
"""An order's conditions as text: a type, ``a`` for and or ``o`` for or, then its own fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from ib_provider.errors import RemoteProtocolError
from ib_provider.wire import order_parts as o
from ib_provider.wire.text.kinds import BOOL, COUNT, DECIMAL, FLAG, INT, TEXT, Kind
from ib_provider.wire.text.layout import Cursor, Field, Values, fields, read_rows, write

__all__ = ["CONDITION_TYPES", "Conditions"]

CONDITION_TYPES: Mapping[int, type] = {
    1: o.PriceCondition,
    3: o.TimeCondition,
    4: o.MarginCondition,
    5: o.ExecutionCondition,
    6: o.VolumeCondition,
    7: o.PercentChangeCondition,
}
"""IB's numbers; there is no 2."""

_NUMBERS = {cls: number for number, cls in CONDITION_TYPES.items()}


def _parse_conjunction(text: str) -> bool:
    if text not in {"a", "o"}:
        raise ValueError("neither a nor o")
    return text == "a"


_HEAD = (Field("conjunction", Kind(_parse_conjunction, lambda value: "a" if value else "o")),)
_COMPARED = (*_HEAD, Field("is_more", FLAG))
_WHOSE = (Field("con_id", INT), Field("exchange"))

_ROWS: Mapping[type, tuple[Field, ...]] = {
    o.PriceCondition: (
        *_COMPARED,
        Field("price", DECIMAL),
        *_WHOSE,
        Field("trigger_method", INT),
    ),
    o.TimeCondition: (*_COMPARED, Field("time")),
    o.MarginCondition: (*_COMPARED, Field("percent", INT)),
    o.ExecutionCondition: (*_HEAD, *fields("sec_type exchange symbol")),
    o.VolumeCondition: (*_COMPARED, Field("volume", INT), *_WHOSE),
    o.PercentChangeCondition: (*_COMPARED, Field("change_percent", DECIMAL), *_WHOSE),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """A count, the conditions and, only if there are some, two flags about all of them."""

    path: str
    flags: tuple[str, str]

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the conditions."""
        count = cursor.take("conditions count", COUNT)
        values[self.path] = tuple(_read_one(cursor) for _ in range(count))
        for flag in self.flags if count else ():
            values[flag] = cursor.take(flag, BOOL)

    def write(self, source: object, version: int) -> Iterable[str]:
        """Yield the conditions."""
        conditions = attrgetter(self.path)(source)
        yield str(len(conditions))
        for condition in conditions:
            yield str(_NUMBERS[type(condition)])
            yield from write(_ROWS[type(condition)], condition, version)
        for flag in self.flags if conditions else ():
            yield FLAG.render(attrgetter(flag)(source))


def _read_one(cursor: Cursor) -> object:
    number = cursor.take("condition type", TEXT)
    cls = CONDITION_TYPES.get(int(number)) if number in map(str, CONDITION_TYPES) else None
    if cls is None:
        raise RemoteProtocolError(f"no condition has the type {number[:80]!r}")
    return cls(**read_rows(_ROWS[cls], cursor))
