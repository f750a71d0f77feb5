# SPDX-License-Identifier: Apache-2.0
"""The open interest of futures, one number a contract and day, in the live table of that name.

Rules:
    * IB tells today's number only: a day on which nobody asked is lost, and stays a gap.
    * Of several numbers of one day the last one counts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ib_provider.domain.live import OpenInterest, StreamKind
from ib_provider.store.key_lock import DEFAULT_WAIT_S
from ib_provider.store.live_table import LIVE_TABLES, live_rows
from ib_provider.store.part_store import PartStore

__all__ = ["OpenInterestStore"]

_TABLE: Final = LIVE_TABLES[StreamKind.OPEN_INTEREST]


@dataclass(frozen=True, slots=True)
class OpenInterestStore:
    """The table ``open_interest`` of a market tree.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    def keep(self, instrument_id: str, values: Sequence[OpenInterest], *, capture: str) -> None:
        """Keep what was told of one contract.

        Args:
            capture: Who writes.

        Raises:
            WriteConflict: Another process is writing there.
        """
        parts, now_us = PartStore(self.root, self.lock_wait_s), time.time_ns() // 1000
        received = [now_us] * len(values)
        rows = live_rows(
            StreamKind.OPEN_INTEREST, values, received_us=received, capture=capture, seq=0
        )
        with parts.writing(_TABLE, instrument_id):
            parts.append(_TABLE, instrument_id, rows, part=f"{capture}-{now_us}")
            parts.compact(_TABLE, instrument_id)

    def by_session(self, instrument_id: str) -> dict[date, float]:
        """Return what is kept of one contract, by the day it was told on; nothing of others.

        Raises:
            CorruptFile: A file is damaged.
        """
        rows = PartStore(self.root, self.lock_wait_s).read(_TABLE, instrument_id)
        pairs = zip(rows["session"].to_pylist(), rows["open_interest"].to_pylist(), strict=True)
        return dict(pairs)
