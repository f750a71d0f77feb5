# SPDX-License-Identifier: Apache-2.0
"""Publish refused bars on somebody's word."""

from __future__ import annotations

from datetime import datetime

from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.quarantine import Quarantine, QuarantinedBars
from ib_provider.store.staged_bars import WriteReport
from ib_provider.usecases.prove_coverage import prove_coverage
from ib_provider.usecases.series_sessions import SeriesSessions

__all__ = ["accept_bars"]


def accept_bars(
    *, bars: BarStore, ledger: Ledger, item: QuarantinedBars, by: str, why: str, at: datetime
) -> WriteReport:
    """Publish one refused file, record what it covers, and show it in the catalog.

    Raises:
        ConfigError: Nobody, or no reason, was named.
        WriteConflict: Another process holds the series, or dealt with these bars already.
    """
    table = bars.read_staged(item.bars)
    report = Quarantine(bars).accept(item, by=by, why=why, at=at)
    known = SeriesSessions.of(bars.root, [item.bars.key])
    for span in prove_coverage(item.bars, table, known.asked(item.bars)):
        ledger.record_span(span)
    rebuild_catalog(bars.root, ledger.spans())
    return report
