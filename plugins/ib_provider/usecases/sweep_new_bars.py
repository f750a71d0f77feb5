# SPDX-License-Identifier: Apache-2.0
"""Look through what came into the lake since the last look.

What is new is read from the store, not from whoever calls: events of several runs may arrive as
one, late, twice, or not at all, and the next look still finds everything.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from ib_provider.domain.finding import Finding
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.bar_rules import DEFAULT_RULES, RuleBook
from ib_provider.quality.sweep import EVER
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from ib_provider.store.sweep_mark import read_sweep_mark, write_sweep_mark
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.sweep_bars import sweep_bars

__all__ = ["sweep_new_bars"]

#: Bars may be published so long after they were fetched: the longest download there is.
_LATE: Final = timedelta(hours=12)


def sweep_new_bars(
    *,
    bars: BarStore,
    ledger: Ledger,
    batch: str,
    rules: RuleBook = DEFAULT_RULES,
    whole: bool = False,
    progress: Progress = silent,
) -> tuple[Finding, ...]:
    """Return what is wrong with the bars that came since the last sweep, and remember this one.

    Args:
        batch: The name under which the findings are recorded.
        whole: Look at every bar, whenever it came.

    Raises:
        CorruptFile: A file of the tree is damaged; named.
    """
    rebuild_catalog(bars.root, ledger.spans())
    newest = _newest(bars)
    mark = None if whole else read_sweep_mark(bars.root)
    since = EVER if mark is None else mark - _LATE
    progress("the whole lake" if mark is None else f"bars fetched since {since:%Y-%m-%d %H:%M} UTC")
    found = sweep_bars(
        bars=bars, ledger=ledger, batch=batch, rules=rules, since=since, progress=progress
    )
    if newest is not None:
        write_sweep_mark(bars.root, newest)
    return found


def _newest(bars: BarStore) -> datetime | None:
    with open_catalog(bars.root) as catalog:
        row = catalog.execute("SELECT epoch_us(max(fetched_at)) FROM bars").fetchone()
    if row is None or row[0] is None:
        return None
    return datetime.fromtimestamp(row[0] / 1_000_000, UTC)
