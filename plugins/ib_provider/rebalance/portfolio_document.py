# SPDX-License-Identifier: Apache-2.0
"""Portfolios as people write them: ``include/portfolios/*.yaml``."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.portfolio import Portfolio, Target
from ib_provider.errors import SymbologyError
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.symbology.instrument_id import instrument_id, parse_instrument_id

__all__ = ["UNLISTED", "parse_portfolio"]

#: What may be done with holdings that the portfolio does not list.
UNLISTED: Final = ("keep", "sweep")

_KEYS: Final = (
    "name",
    "currency",
    "targets",
    "cash_buffer",
    "drift_band",
    "collar_bp",
    "unlisted",
    "min_order_value",
)
_TARGET_KEYS: Final = ("instrument", "weight")

#: A name stands in order references and file names.
NAME_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"


def parse_portfolio(source: str, document: object) -> Portfolio:
    """Return the portfolio of a document that was loaded from YAML.

    Args:
        source: The file, for messages.
        document: A mapping of plain values.

    Raises:
        ConfigError: With every problem at once, each beginning with its key.
    """
    reader = DocumentReader(document, at="", problems=[])
    reader.only(_KEYS)
    portfolio = Portfolio(
        name=reader.text("name", pattern=NAME_PATTERN),
        currency=reader.text("currency", pattern="[A-Z]{3}"),
        targets=_targets(reader),
        cash_buffer=reader.number("cash_buffer", low="0", high="1", below=True),
        drift_band=reader.number("drift_band", low="0", high="1", below=True),
        collar_bp=reader.number("collar_bp", low="0", high="1000"),
        unlisted=reader.text("unlisted", choices=UNLISTED),
        min_order_value=reader.number("min_order_value", low="0"),
    )
    reader.finish(source)
    return portfolio


def _targets(reader: DocumentReader) -> tuple[Target, ...]:
    """Return the targets: a list, as a mapping would drop a name written twice in silence."""
    targets: list[Target] = []
    seen: set[str] = set()
    for number, entry in enumerate(reader.entries("targets")):
        at = f"targets[{number}]"
        inner = DocumentReader(entry, at=at, problems=reader.problems)
        if not isinstance(entry, dict):
            continue
        inner.only(_TARGET_KEYS)
        written = inner.text("instrument")
        weight = inner.number("weight", low="0", high="1")
        name = _instrument(inner, written) if written else written
        if name in seen:
            as_written = "" if written == name else f" (as {name!r})"
            inner.complain("instrument", f"{written!r} is listed twice{as_written}")
        seen.add(name)
        targets.append(Target(instrument_id=name, weight=weight))
    total = sum((target.weight for target in targets), Decimal(0))
    if total > 1:
        reader.complain("targets", f"the weights sum to {total}, more than 1")
    return tuple(targets)


def _instrument(reader: DocumentReader, written: str) -> str:
    """Return the stored id of what is written, in whatever spelling; a complaint names what is not.

    Two spellings of one stock would be two targets, so they are told by the id that is stored.
    """
    try:
        contract = parse_instrument_id(written)
        name = instrument_id(contract)
    except SymbologyError as error:
        reader.complain("instrument", str(error))
        return written
    if contract.sec_type is not SecType.STK:
        reader.complain("instrument", f"{written!r} is no stock: it is not traded by weight")
    return name
