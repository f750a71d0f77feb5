# SPDX-License-Identifier: Apache-2.0
"""Positions and account values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.contract import Contract

__all__ = ["AccountValue", "Position"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Units held of one contract; negative for a short. ``avg_cost`` per unit, with multiplier."""

    account: str
    contract: Contract
    quantity: Decimal
    avg_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountValue:
    """One row of an account summary. ``value`` is IB's text: not every tag is a number."""

    account: str
    tag: str
    value: str
    currency: str
