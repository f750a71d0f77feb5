# SPDX-License-Identifier: Apache-2.0
"""Tidy the lake after processes that were killed: compact what they left in parts, sweep the rest.

What runs now is let be: a table that is being written is passed over and told.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ib_provider.errors import WriteConflict
from ib_provider.store.account_table import ACCOUNT_TABLES
from ib_provider.store.atomic_file import STALE_S, sweep_tree
from ib_provider.store.fill_store import FILL_TABLE
from ib_provider.store.live_table import LIVE_TABLES
from ib_provider.store.part_store import PartStore
from ib_provider.usecases.progress import Progress, silent

__all__ = ["TidyReport", "tidy_lake"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyReport:
    """What was done.

    Attributes:
        parts: Part files that are in the file of their day now.
        swept: Temporary files of killed writers that were deleted.
        busy: Tables that are being written.
    """

    parts: int
    swept: int
    busy: tuple[str, ...]


def tidy_lake(
    market: Path, *, older_than_s: float = STALE_S, progress: Progress = silent
) -> TidyReport:
    """Compact every live table that nobody writes, and delete stale temporary files.

    Args:
        older_than_s: From which age on a temporary file is stale.

    Raises:
        CorruptFile: A part is damaged; its day was not changed.
    """
    store, parts, busy = PartStore(market, lock_wait_s=0.0), 0, []
    for table in (*LIVE_TABLES.values(), *ACCOUNT_TABLES.values(), FILL_TABLE):
        for name in store.names(table):
            before = store.parts(table, name)
            if not before:
                continue
            try:
                with store.writing(table, name):
                    store.compact(table, name)
            except WriteConflict:
                busy.append(f"{table.name} of {name}")
                continue
            parts += before
            progress(f"{before:,} parts of {table.name} of {name} are in the files of their days")
    return TidyReport(
        parts=parts, swept=sweep_tree(market, older_than_s=older_than_s), busy=tuple(busy)
    )
