# SPDX-License-Identifier: Apache-2.0
"""What became of each instrument that was to be loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["LoadItem", "LoadOutcome", "LoadReport"]


class LoadOutcome(StrEnum):
    """How one item ended. There is no other way."""

    LOADED = "loaded"
    FRESH = "fresh"  # in the store, and younger than was asked for: IB was not asked
    SKIPPED = "skipped"  # of a security type that was filtered out
    AMBIGUOUS = "ambiguous"
    NOT_FOUND = "not found"
    FAILED = "failed"


_GOOD = (LoadOutcome.LOADED, LoadOutcome.FRESH, LoadOutcome.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadItem:
    """One item.

    Attributes:
        wanted: What was asked for, as it was written.
        instrument_id: Under which it is in the store; empty unless loaded or fresh.
        candidates: What an ambiguous description fits.
        is_transient: The same question may be answered later.
    """

    wanted: str
    outcome: LoadOutcome
    instrument_id: str = ""
    reason: str = ""
    candidates: tuple[str, ...] = ()
    is_transient: bool = False

    def __str__(self) -> str:
        return self.reason or f"{self.wanted}: {self.outcome}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """Every item that was asked for, once.

    Attributes:
        rules_failed: Why a price ladder could not be had, by market rule id.
    """

    items: tuple[LoadItem, ...]
    rules_failed: dict[int, str] = field(default_factory=dict)

    @property
    def loaded(self) -> tuple[str, ...]:
        """Return the ids that IB answered for, each once."""
        return self._ids(LoadOutcome.LOADED)

    @property
    def fresh(self) -> tuple[str, ...]:
        """Return the ids that needed no question, each once."""
        return self._ids(LoadOutcome.FRESH)

    @property
    def skipped(self) -> tuple[str, ...]:
        """Return what was filtered out, as it was asked for."""
        return tuple(item.wanted for item in self.items if item.outcome is LoadOutcome.SKIPPED)

    @property
    def failed(self) -> dict[str, str]:
        """Return why an item is not in the store: ambiguous, not found or failed."""
        return {item.wanted: str(item) for item in self._bad()}

    @property
    def is_transient(self) -> bool:
        """Return whether something failed that may succeed later."""
        return any(item.is_transient for item in self._bad())

    def as_document(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "loaded": list(self.loaded),
            "fresh": list(self.fresh),
            "skipped": list(self.skipped),
            "failed": self.failed,
            "ambiguous": {
                item.wanted: list(item.candidates)
                for item in self.items
                if item.outcome is LoadOutcome.AMBIGUOUS
            },
            "not_found": [
                item.wanted for item in self.items if item.outcome is LoadOutcome.NOT_FOUND
            ],
            "rules_failed": {str(rule): reason for rule, reason in self.rules_failed.items()},
        }

    def _bad(self) -> Iterable[LoadItem]:
        return (item for item in self.items if item.outcome not in _GOOD)

    def _ids(self, outcome: LoadOutcome) -> tuple[str, ...]:
        found = (item.instrument_id for item in self.items if item.outcome is outcome)
        return tuple(dict.fromkeys(found))
