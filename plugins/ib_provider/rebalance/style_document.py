# SPDX-License-Identifier: Apache-2.0
"""Execution styles as people write them: a word, or a mapping with its terms.

style: adaptive
styles:
  AAPL.NASDAQ: {kind: twap, start: "10:00", end: "15:30"}
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.execution_style import (
    AUCTIONS,
    MARKETABLE_LIMIT,
    ExecutionStyle,
    InstrumentStyle,
    StyleKind,
)
from ib_provider.domain.portfolio import Target
from ib_provider.errors import SymbologyError
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.symbology.instrument_id import instrument_id, parse_instrument_id

__all__ = ["KINDS_OF", "read_style", "read_styles", "style_problems"]

_KEYS: Final = (
    "kind",
    "urgency",
    "start",
    "end",
    "past_end",
    "max_volume",
    "work_s",
    "attempts",
)
_ADAPTIVE: Final = frozenset({StyleKind.ADAPTIVE})
_VWAP: Final = frozenset({StyleKind.VWAP})
_TIMED: Final = frozenset({StyleKind.TWAP, StyleKind.VWAP})
_REPEATED: Final = frozenset(StyleKind) - AUCTIONS

#: Key → the kinds that have it.
_KINDS_WITH: Final[Mapping[str, frozenset[StyleKind]]] = {
    "urgency": _ADAPTIVE,
    "start": _TIMED,
    "end": _TIMED,
    "past_end": _TIMED,
    "max_volume": _VWAP,
    "work_s": _REPEATED,
    "attempts": _REPEATED,
}
_URGENCIES: Final = ("Urgent", "Normal", "Patient")
_CLOCK: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"

#: What an order of each kind of contract may be. Source: TWS API, "Order Types" and "IB
#: Algorithms"; where those leave it to the venue, what is surely taken.
KINDS_OF: Final[Mapping[SecType, frozenset[StyleKind]]] = {
    SecType.STK: frozenset(StyleKind),
    SecType.FUT: frozenset({StyleKind.LIMIT, StyleKind.ADAPTIVE, StyleKind.MIDPRICE_CHASE}),
    SecType.CASH: frozenset({StyleKind.LIMIT, StyleKind.MIDPRICE_CHASE}),
}

#: IB trades fractions of shares by these only.
_OF_FRACTIONS: Final = frozenset({StyleKind.LIMIT, StyleKind.MIDPRICE_CHASE})


def read_style(written: object, *, at: str, problems: list[str]) -> ExecutionStyle:
    """Return the style that is written down, a word or a mapping.

    Args:
        written: As YAML gave it.
        at: Where it stands, for messages.
        problems: What is wrong with it is added.
    """
    if isinstance(written, str):
        written = {"kind": written}
    reader = DocumentReader(written, at=at, problems=problems)
    return _style(reader) if isinstance(written, Mapping) else MARKETABLE_LIMIT


def read_styles(written: object, *, problems: list[str]) -> tuple[InstrumentStyle, ...]:
    """Return the styles of single instruments, under the ids that are stored."""
    reader = DocumentReader(written, at="styles", problems=problems)
    found: dict[str, ExecutionStyle] = {}
    for key, style in written.items() if isinstance(written, Mapping) else ():
        name = str(key)
        try:
            stored = instrument_id(parse_instrument_id(name))
        except SymbologyError as error:
            reader.complain(name, str(error))
            continue
        if stored in found:
            reader.complain(name, f"is listed twice, as {stored!r} too")
        found[stored] = read_style(style, at=f"styles.{name}", problems=problems)
    return tuple(InstrumentStyle(instrument_id=name, style=style) for name, style in found.items())


def style_problems(
    targets: tuple[Target, ...],
    style: ExecutionStyle,
    styles: tuple[InstrumentStyle, ...],
    *,
    fractions: bool,
) -> dict[str, str]:
    """Return why styles do not go with what is traded, by the key that says so."""
    own = {item.instrument_id: item.style for item in styles}
    problems: dict[str, str] = {}
    for name in dict.fromkeys([*(target.instrument_id for target in targets), *own]):
        chosen = own.get(name, style)
        key = f"styles.{name}" if name in own else "style"
        sec_type = _sec_type(name)
        if chosen.kind not in KINDS_OF.get(sec_type, frozenset(StyleKind)):
            problems.setdefault(key, f"{chosen.kind} is no order of a {sec_type} such as {name}")
        elif fractions and sec_type is SecType.STK and chosen.kind not in _OF_FRACTIONS:
            problems.setdefault(key, f"{chosen.kind} does not go with fractions: {name}")
    return problems


def _sec_type(name: str) -> SecType:
    try:
        return parse_instrument_id(name).sec_type
    except SymbologyError:
        return SecType.OTHER


def _style(reader: DocumentReader) -> ExecutionStyle:
    reader.only(_KEYS)
    text = reader.text("kind", choices=[kind.value for kind in StyleKind])
    kind = StyleKind(text) if text else StyleKind.LIMIT
    for key, kinds in _KINDS_WITH.items():
        if text and reader.has(key) and kind not in kinds:
            reader.complain(key, f"says nothing of {kind}")
    is_chase = kind is StyleKind.MIDPRICE_CHASE
    style = ExecutionStyle(
        kind=kind,
        urgency=reader.text("urgency", choices=_URGENCIES)
        if reader.has("urgency")
        else ("Normal" if kind is StyleKind.ADAPTIVE else ""),
        start=reader.text("start", pattern=_CLOCK) if reader.has("start") else "",
        end=reader.text("end", pattern=_CLOCK) if reader.has("end") else "",
        past_end=reader.has("past_end") and reader.flag("past_end"),
        max_volume=reader.number("max_volume", low="0.01", high="0.5")
        if reader.has("max_volume")
        else None,
        work_s=reader.number("work_s", low="1")
        if reader.has("work_s")
        else (Decimal(15) if is_chase else None),
        attempts=reader.count("attempts", low=1)
        if reader.has("attempts")
        else (5 if is_chase else 1),
    )
    if style.start and style.end and style.end <= style.start:
        reader.complain("end", f"{style.end} is not after {style.start}")
    if is_chase and style.attempts < 2:
        reader.complain("attempts", "a chase has at least 2: from the middle, to the other side")
    if style.attempts > _MOST_ATTEMPTS:
        reader.complain("attempts", f"{style.attempts} is more than {_MOST_ATTEMPTS}")
    if style.attempts > 1 and style.work_s is None:
        reader.complain("work_s", "missing: an order is sent again when its time is over")
    return style


_MOST_ATTEMPTS: Final = 20
