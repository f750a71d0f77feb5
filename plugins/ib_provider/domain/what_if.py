# SPDX-License-Identifier: Apache-2.0
"""What an order would bind and cost, were it placed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["MarginChange", "WhatIf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginChange:
    """One margin before and after, in ``WhatIf.margin_currency``; None where IB does not say."""

    before: Decimal | None
    change: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The broker's answer to a question about an order. No order was made.

    Attributes:
        commission: Expected; None where only the range is known, and the reverse.
        commission_low: The least it can be.
        commission_high: The most it can be.
        margin_currency: Of the margins; empty where an old gateway does not say: the account's.
        warning: What the broker would warn of; empty where of nothing.
        reject_reason: Why the order would be refused; empty where it would not.
    """

    initial_margin: MarginChange
    maintenance_margin: MarginChange
    equity_with_loan: MarginChange
    commission: Decimal | None
    commission_low: Decimal | None
    commission_high: Decimal | None
    commission_currency: str
    margin_currency: str
    warning: str
    reject_reason: str
