# SPDX-License-Identifier: Apache-2.0
"""Limits loosened for one plan, as far as their file allows.

    may_loosen:
      max_turnover: 1.5

Rules:
    - The file says which of its limits may be loosened, and how far. What it does not name stands,
      whoever asks; a file without ``may_loosen`` lets nobody loosen anything.
    - Only caps can be named: never who may trade, what, in which mode, or how old a price may be.
    - An override loosens. One that tightens, or changes nothing, is a mistake and refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ib_provider.domain.limits import Limits
from ib_provider.errors import ConfigError
from ib_provider.rebalance.document_reader import DocumentReader
from ib_provider.rebalance.limits_document import MAY_LOOSEN, parse_limits

__all__ = ["LOOSENABLE", "loosen_limits"]

#: Caps of which a larger one is looser.
LOOSENABLE: Final = (
    "max_order_value",
    "max_order_quantity",
    "max_orders",
    "max_turnover",
    "max_weight",
    "max_gross",
    "max_net",
    "max_adv",
    "max_price_move",
    "max_collar_bp",
    "max_daily_value",
    "max_open_value",
    "max_open_orders",
    "max_orders_per_name",
)


def loosen_limits(source: str, document: object, loosened: Mapping[str, object]) -> Limits:
    """Return the limits of a document, some of them loosened.

    Args:
        source: The file, for messages.
        document: A mapping of plain values.
        loosened: A limit's name and its value for one plan.

    Raises:
        ConfigError: The document is wrong, or the override is: every problem at once.
    """
    base = parse_limits(source, document)
    furthest = _furthest(source, document)
    if not loosened:
        return base
    fields = document if isinstance(document, Mapping) else {}
    asked = DocumentReader(loosened, at="", problems=[])
    for name in loosened:
        if name not in furthest:
            allowed = ", ".join(furthest) or "none"
            asked.complain(name, f"{source} lets nobody loosen it; it may be: {allowed}")
    asked.finish(f"{source} loosened")
    limits = parse_limits(
        f"{source} loosened", {**fields, **{k: _plain(v) for k, v in loosened.items()}}
    )
    for name in loosened:
        before, after = getattr(base, name), getattr(limits, name)
        if before is None or not after > before:
            asked.complain(name, f"{after} is not looser than {_or_any(before)}")
        elif not after <= furthest[name]:
            asked.complain(name, f"{after} is beyond {furthest[name]}, the furthest it may be")
    asked.finish(f"{source} loosened")
    return limits


def _furthest(source: str, document: object) -> dict[str, Decimal]:
    """Return how far each limit may be loosened.

    Raises:
        ConfigError: What the file says of it cannot be.
    """
    named = document.get(MAY_LOOSEN, {}) if isinstance(document, Mapping) else {}
    reader = DocumentReader(named, at=MAY_LOOSEN, problems=[])
    reader.only(LOOSENABLE)
    known = [name for name in LOOSENABLE if reader.has(name)]
    found = {name: reader.number(name, low="0", above=True) for name in known}
    if reader.problems:
        raise ConfigError(source, reader.problems)
    return found


def _plain(value: object) -> object:
    """Return a number as YAML would have it: a whole one counts."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value


def _or_any(value: object) -> str:
    return "any" if value is None else str(value)
