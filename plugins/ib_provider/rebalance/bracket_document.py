# SPDX-License-Identifier: Apache-2.0
"""Brackets as people write them: a mapping, or ``none``.

bracket: {take_profit: 0.10, stop_loss: 0.05, stop_limit_bp: 100}
brackets:
  AAPL.NASDAQ: none
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ib_provider.domain.bracket import Bracket, InstrumentBracket
from ib_provider.domain.contract import SecType
from ib_provider.errors import SymbologyError
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.symbology.instrument_id import instrument_id, parse_instrument_id

__all__ = ["BRACKETED_TYPES", "bracket_problems", "read_bracket", "read_brackets"]

_KEYS: Final = ("take_profit", "stop_loss", "stop_limit_bp")

#: What a position may be of that has a bracket: money is changed, and is none.
BRACKETED_TYPES: Final = (SecType.STK, SecType.FUT)


def read_bracket(written: object, *, at: str, problems: list[str]) -> Bracket | None:
    """Return the bracket that is written down; None for the word ``none``.

    Args:
        written: As YAML gave it.
        at: Where it stands, for messages.
        problems: What is wrong with it is added.
    """
    if written == "none":
        return None
    reader = DocumentReader(written, at=at, problems=problems)
    if not isinstance(written, Mapping):
        return None
    reader.only(_KEYS)
    profit, loss = (_part(reader, key) for key in _KEYS[:2])
    if profit is None and loss is None:
        reader.complain("take_profit", "missing: a bracket has it, or stop_loss, or both")
    reach = Decimal(0)
    if reader.has("stop_limit_bp") or loss is not None:
        reach = reader.number("stop_limit_bp", low="0", high="1000")
    if reader.has("stop_limit_bp") and loss is None:
        reader.complain("stop_limit_bp", "goes with stop_loss")
    return Bracket(take_profit=profit, stop_loss=loss, stop_limit_bp=reach)


def read_brackets(written: object, *, problems: list[str]) -> tuple[InstrumentBracket, ...]:
    """Return the brackets of single instruments, under the ids that are stored."""
    reader = DocumentReader(written, at="brackets", problems=problems)
    found: dict[str, Bracket | None] = {}
    for key, bracket in written.items() if isinstance(written, Mapping) else ():
        name = str(key)
        try:
            stored = instrument_id(parse_instrument_id(name))
        except SymbologyError as error:
            reader.complain(name, str(error))
            continue
        if stored in found:
            reader.complain(name, f"is listed twice, as {stored!r} too")
        found[stored] = read_bracket(bracket, at=f"brackets.{name}", problems=problems)
    return tuple(
        InstrumentBracket(instrument_id=name, bracket=bracket) for name, bracket in found.items()
    )


def bracket_problems(
    bracket: Bracket | None, brackets: tuple[InstrumentBracket, ...], *, fractions: bool
) -> dict[str, str]:
    """Return why brackets do not go with what is traded, by the key that says so."""
    problems: dict[str, str] = {}
    if fractions and bracket is not None:
        problems["bracket"] = "does not go with fractions"
    for item in brackets:
        key = f"brackets.{item.instrument_id}"
        sec_type = parse_instrument_id(item.instrument_id).sec_type
        if item.bracket is None:
            continue
        if fractions:
            problems[key] = "does not go with fractions"
        elif sec_type not in BRACKETED_TYPES:
            problems[key] = f"a {sec_type} has no bracket"
    return problems


def _part(reader: DocumentReader, key: str) -> Decimal | None:
    if not reader.has(key):
        return None
    return reader.number(key, low="0", high="1", above=True, below=True)
