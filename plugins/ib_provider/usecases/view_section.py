# SPDX-License-Identifier: Apache-2.0
"""A part of a page that stands alone: its rows, or the error that stood in their way.

A section without rows is one that was read and is empty. One that failed has its error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ib_provider.config import Settings
from ib_provider.errors import IbProviderError
from ib_provider.ledger.ledger import Ledger

__all__ = ["Section", "ledger_section", "read_section"]

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Generic[_Row]):
    """Rows that were read, or the error that stood in the way.

    Attributes:
        error: Type and text of what failed; ``rows`` is then empty and says nothing.
        total: How many there are, where not all of them are in ``rows``; None otherwise.
    """

    rows: tuple[_Row, ...] = ()
    error: str | None = None
    total: int | None = None


def read_section(section: Callable[[], Section[_Row]]) -> Section[_Row]:
    """Return what was read, or its error."""
    try:
        return section()
    except IbProviderError as error:
        return Section(error=f"{type(error).__name__}: {error}")


def ledger_section(settings: Settings, section: Callable[[Ledger], Section[_Row]]) -> Section[_Row]:
    """Return what was read of the ledger; nothing where there is none yet. Makes none."""

    def read() -> Section[_Row]:
        ledger = Ledger.find(settings.ledger_url, locks=settings.locks)
        if ledger is None:
            return Section()
        with ledger:
            return section(ledger)

    return read_section(read)
