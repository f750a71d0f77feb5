# SPDX-License-Identifier: Apache-2.0
"""Accounts: what they are for, what they hold, what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ib_provider.domain.contract import Contract

__all__ = ["AccountValue", "Position", "TradingMode"]


class TradingMode(StrEnum):
    """Whether orders cost money."""

    PAPER = "paper"
    LIVE = "live"


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
