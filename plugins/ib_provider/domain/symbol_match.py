# SPDX-License-Identifier: Apache-2.0
"""What a search for a symbol finds."""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.domain.contract import Contract

__all__ = ["SymbolMatch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolMatch:
    """One contract that a few letters may mean.

    Attributes:
        contract: With conId, symbol, type, currency and primary exchange; not qualified further.
        derivative_sec_types: IB's types of what there is on it: ``OPT``, ``FUT``, ``BAG``.
    """

    contract: Contract
    description: str
    derivative_sec_types: tuple[str, ...]
