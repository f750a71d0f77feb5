# SPDX-License-Identifier: Apache-2.0
"""From the values a codec found to the frozen message they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ib_provider.domain.contract import Contract
from ib_provider.wire.answers.contracts import FundData
from ib_provider.wire.wire_order import WireOrder, WireOrderState

__all__ = ["assemble"]

_PARTS: Mapping[str, type] = {
    "contract": Contract,
    "fund": FundData,
    "order": WireOrder,
    "state": WireOrderState,
}

M = TypeVar("M")


def assemble(cls: type[M], values: Mapping[str, Any]) -> M:
    """Return the message: ``contract.symbol`` fills its contract, ``request_id`` itself."""
    arguments: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        head, _, tail = path.partition(".")
        if tail:
            parts.setdefault(head, {})[tail] = value
        else:
            arguments[head] = value
    for head, members in parts.items():
        arguments[head] = _PARTS[head](**members)
    return cls(**arguments)
