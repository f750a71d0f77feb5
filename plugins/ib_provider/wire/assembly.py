# SPDX-License-Identifier: Apache-2.0
"""From the values a codec found to the frozen message they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ib_provider.domain.contract import Contract
from ib_provider.wire.wire_order import WireOrder

__all__ = ["assemble"]

_PARTS: Mapping[str, type[Contract | WireOrder]] = {"contract": Contract, "order": WireOrder}

M = TypeVar("M")


def assemble(cls: type[M], values: Mapping[str, Any]) -> M:
    """Return the message: ``contract.symbol`` fills its contract, ``request_id`` itself."""
    arguments: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        head, _, tail = path.partition(".")
        if tail:
            parts.setdefault(head, {})[tail] = tuple(value) if isinstance(value, list) else value
        else:
            arguments[head] = value
    for head, members in parts.items():
        arguments[head] = _PARTS[head](**members)
    return cls(**arguments)
