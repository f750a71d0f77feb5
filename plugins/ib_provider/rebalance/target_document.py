# SPDX-License-Identifier: Apache-2.0
"""Targets as people and queries write them: one row an instrument, each in exactly one unit.

Rules:
    * ``weight``, ``notional``, ``shares`` (``contracts`` of a future), ``hold`` or ``close``: a row
      has one of them. A query's row has the others as NULL, or false.
    * Below zero is a short, and is read only where the portfolio allows it.
    * Weights that are paid in full sum to at most 1, shorts counted off; all of them together,
      shorts as positive, to at most 5: more is taken for per cent written as fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.portfolio import Target, TargetKind
from ib_provider.errors import SymbologyError
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.symbology.instrument_id import instrument_id, parse_instrument_id

__all__ = ["read_targets"]

_UNITS: Final = {
    "weight": TargetKind.WEIGHT,
    "notional": TargetKind.NOTIONAL,
    "shares": TargetKind.QUANTITY,
    "contracts": TargetKind.QUANTITY,
    "hold": TargetKind.HOLD,
    "close": TargetKind.CLOSE,
}
_TOLD: Final = ("hold", "close")
_MOST: Final = {"weight": "5", "notional": "", "shares": "", "contracts": ""}
_MOST_GROSS: Final = Decimal(5)


def read_targets(reader: DocumentReader, *, allow_short: bool) -> tuple[Target, ...]:
    """Return the targets: a list, as a mapping would drop a name written twice in silence."""
    targets: list[Target] = []
    seen: set[str] = set()
    paid = gross = Decimal(0)
    for number, entry in enumerate(reader.entries("targets")):
        at = f"targets[{number}]"
        written_down = _without_blanks(entry)
        inner = DocumentReader(written_down, at=at, problems=reader.problems)
        if not isinstance(entry, Mapping):
            continue
        inner.only(("instrument", *_UNITS))
        written = inner.text("instrument")
        name, sec_type = _instrument(inner, written) if written else (written, SecType.STK)
        kind, amount = _amount(inner, sec_type, allow_short=allow_short)
        if name in seen:
            as_written = "" if written == name else f" (as {name!r})"
            inner.complain("instrument", f"{written!r} is listed twice{as_written}")
        seen.add(name)
        if kind is TargetKind.WEIGHT:
            gross += abs(amount)
            paid += amount if sec_type is SecType.STK else Decimal(0)
        targets.append(Target(instrument_id=name, kind=kind, amount=amount))
    if paid > 1:
        reader.complain("targets", f"the weights sum to {paid}, more than 1")
    if gross > _MOST_GROSS:
        reader.complain("targets", f"the weights come to {gross} in all, more than {_MOST_GROSS}")
    return tuple(targets)


def _without_blanks(entry: object) -> object:
    """Return a row without the units it leaves out: a query has a column for each."""
    if not isinstance(entry, Mapping):
        return entry
    kept = {key: value for key, value in entry.items() if key not in _UNITS or value is not None}
    if any(unit in kept for unit in _MOST):
        return {key: value for key, value in kept.items() if key not in _TOLD or value is not False}
    return kept


def _amount(
    reader: DocumentReader, sec_type: SecType, *, allow_short: bool
) -> tuple[TargetKind, Decimal]:
    """Return what a row asks for; a row without a unit, or with two, is told."""
    units = [unit for unit in _UNITS if reader.has(unit)]
    if not units:
        reader.complain("weight", "missing")
        return TargetKind.WEIGHT, Decimal(0)
    if len(units) > 1:
        reader.complain(units[1], f"beside {units[0]}: a target has one unit")
    unit = units[0]
    if unit in _TOLD:
        if not reader.flag(unit):
            reader.complain(unit, "only true says something")
        return _UNITS[unit], Decimal(0)
    if (unit == "contracts") != (sec_type is SecType.FUT) and unit in ("contracts", "shares"):
        reader.complain(unit, f"a {sec_type} is counted in {_counted_in(sec_type)}")
    high = _MOST[unit]
    if unit == "weight" and not allow_short and sec_type is SecType.STK:
        high = "1"
    # Where a low bound is broken the reader puts it in the value's place; zero does no harm.
    low = (f"-{high}" if high else "-1000000000000") if allow_short else "0"
    amount = reader.number(unit, low=low, high=high)
    return _UNITS[unit], amount


def _counted_in(sec_type: SecType) -> str:
    return "contracts" if sec_type is SecType.FUT else "shares"


def _instrument(reader: DocumentReader, written: str) -> tuple[str, SecType]:
    """Return the stored id of what is written, in whatever spelling; a complaint names what is not.

    Two spellings of one contract would be two targets, so they are told by the id that is stored.
    """
    try:
        contract = parse_instrument_id(written)
        name = instrument_id(contract)
    except SymbologyError as error:
        reader.complain("instrument", str(error))
        return written, SecType.STK
    if contract.sec_type not in (SecType.STK, SecType.FUT):
        reader.complain("instrument", f"{written!r} is neither a stock nor a future")
        return name, SecType.STK
    return name, contract.sec_type
