# SPDX-License-Identifier: Apache-2.0
"""What loading a chain brought."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ChainReport", "ChainsReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What became of one chain.

    Attributes:
        underlying_id: Of a chain of futures the continuous future.
        instruments: Ids that are wanted and listed, in the store, by expiry, strike and right.
        new: Contracts that were not known to be listed.
        absent: Strikes that an expiry asked about does not have.
        requests: Messages that were sent for it.
        failed: Why a part of the chain could not be had.
        is_transient: One of those may succeed later.
    """

    underlying_id: str
    instruments: tuple[str, ...] = ()
    new: int = 0
    absent: int = 0
    requests: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    is_transient: bool = False

    def as_document(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "underlying": self.underlying_id,
            "instruments": list(self.instruments),
            "new": self.new,
            "absent": self.absent,
            "requests": self.requests,
            "failed": self.failed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainsReport:
    """What became of several chains.

    Attributes:
        failed: Why a chain, or a part of one, could not be had.
        is_transient: One of those may succeed later.
    """

    reports: tuple[ChainReport, ...]
    failed: dict[str, str]
    is_transient: bool

    @property
    def instruments(self) -> tuple[str, ...]:
        """Return every id that is wanted and listed, each once."""
        return tuple(dict.fromkeys(one for each in self.reports for one in each.instruments))

    def as_document(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "chains": [report.as_document() for report in self.reports],
            "instruments": list(self.instruments),
            "failed": self.failed,
        }
