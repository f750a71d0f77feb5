# SPDX-License-Identifier: Apache-2.0
"""Limits that were loosened for one plan, by whom, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

__all__ = ["LimitsOverride", "LoosenedLimit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoosenedLimit:
    """A limit's name, and what it is for one plan."""

    name: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsOverride:
    """What one plan, and no other, may exceed.

    Attributes:
        loosened: By name, each once.
        at: In UTC.
        via: Where it was asked for, such as a DAG run; for the audit.
    """

    loosened: tuple[LoosenedLimit, ...]
    who: str
    why: str
    at: datetime
    via: str = ""

    @property
    def values(self) -> dict[str, Decimal]:
        """Return the limits by name."""
        return {limit.name: limit.value for limit in self.loosened}

    def __str__(self) -> str:
        values = ", ".join(f"{limit.name} {limit.value}" for limit in self.loosened)
        return f"{values}, by {self.who}: {self.why}"
