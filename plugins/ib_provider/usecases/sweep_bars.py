# SPDX-License-Identifier: Apache-2.0
"""Look through every published bar: one pass in SQL, then a closer look at what it suspects."""

from __future__ import annotations

from datetime import datetime

from ib_provider.domain.finding import Finding
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.bar_rules import DEFAULT_RULES, RuleBook
from ib_provider.quality.bar_suite import Judged, judge_each
from ib_provider.quality.sweep import EVER, disagreeing_sessions, suspects
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import open_catalog, rebuild_catalog
from ib_provider.store.finding_store import keep_findings
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.series_sessions import SeriesSessions

__all__ = ["sweep_bars"]


def sweep_bars(
    *,
    bars: BarStore,
    ledger: Ledger,
    batch: str,
    rules: RuleBook = DEFAULT_RULES,
    since: datetime = EVER,
    progress: Progress = silent,
) -> tuple[Finding, ...]:
    """Return what is wrong in the lake; nothing is moved, repaired or hidden.

    Args:
        batch: The name under which the findings are recorded, such as ``sweep-2013-03-04``.
        rules: How strict each series is judged; see ``read_rules``.
        since: Look only at bars that were fetched from then on; by default at all.

    Raises:
        CorruptFile: A file of the tree is damaged; named.
    """
    rebuild_catalog(bars.root, ledger.spans())
    with open_catalog(bars.root) as catalog:
        suspected = suspects(catalog, rules, since=since)
        disagreeing = disagreeing_sessions(catalog, rules, since=since)
    progress(f"{len(bars.keys()):,} series looked through, {len(suspected):,} looked at closely")
    known = SeriesSessions.of(bars.root, suspected)
    judged: list[Judged] = []
    for key in suspected:
        table = bars.read(key)
        judged.append((key, table, known.expected(key, table)))
    found = (*(item for against in judge_each(judged, rules) for item in against), *disagreeing)
    ledger.record_findings(batch, found)
    keep_findings(bars.root, batch, found)
    for item in found:
        progress(str(item))
    return found
