# SPDX-License-Identifier: Apache-2.0
"""Judge what a batch staged: publish the good, quarantine the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ib_provider.domain.finding import Finding, Severity
from ib_provider.errors import DataQualityError
from ib_provider.ledger.ledger import Ledger
from ib_provider.quality.bar_rules import DEFAULT_RULES, RuleBook
from ib_provider.quality.bar_suite import judge_each
from ib_provider.store.bar_store import BarStore
from ib_provider.store.catalog import rebuild_catalog
from ib_provider.store.finding_store import keep_findings
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.prove_coverage import prove_coverage
from ib_provider.usecases.series_sessions import SeriesSessions

__all__ = ["JudgeReport", "judge_bars"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReport:
    """What became of a batch.

    Attributes:
        published: Rows that are new in the tree, by instrument id.
        quarantined: Instruments whose data was kept apart, with the folder it lies in.
        findings: Of every severity.
    """

    batch: str
    published: dict[str, int]
    quarantined: dict[str, Path]
    findings: tuple[Finding, ...]

    @property
    def critical(self) -> tuple[Finding, ...]:
        """Return the findings that stopped data from being published."""
        return tuple(item for item in self.findings if item.severity is Severity.CRITICAL)

    def raise_if_critical(self) -> None:
        """Raise when anything was held back.

        Raises:
            DataQualityError: With every critical finding.
        """
        if self.critical:
            raise DataQualityError(self.critical)


def judge_bars(
    *,
    bars: BarStore,
    ledger: Ledger,
    batch: str,
    rules: RuleBook = DEFAULT_RULES,
    progress: Progress = silent,
) -> JudgeReport:
    """Validate each staged series of a batch and publish it, or set it aside.

    Publishing is an upsert and coverage follows the data, so a run that is killed anywhere can
    be run again. The catalog is rebuilt last, also for a batch with nothing in it.

    Args:
        rules: How strict each series is judged; see ``read_rules``.

    Raises:
        CorruptFile: A file in the tree is not readable; nothing was written over it.
        WriteConflict: Another process writes the same series.
    """
    staged = bars.staged(batch)
    tables = [bars.read_staged(item) for item in staged]
    known = SeriesSessions.of(bars.root, [item.key for item in staged])
    judged = judge_each(
        [
            (item.key, table, known.expected(item.key, table))
            for item, table in zip(staged, tables, strict=True)
        ],
        rules,
    )
    findings = (*(found for against in judged for found in against), *known.disagreements(staged))
    ledger.record_findings(batch, findings)
    keep_findings(bars.root, batch, findings)
    for found in findings:
        progress(str(found))
    published: dict[str, int] = {}
    quarantined: dict[str, Path] = {}
    for item, table, against in zip(staged, tables, judged, strict=True):
        name = item.key.instrument_id
        if any(found.severity is Severity.CRITICAL for found in against):
            quarantined[name] = bars.quarantine(item, against)
            progress(f"{name}: {item.rows:,} bars kept in quarantine")
            continue
        report = bars.publish(item)
        for span in prove_coverage(item, table, known.asked(item)):
            ledger.record_span(span)
        published[name] = published.get(name, 0) + report.new
        progress(
            f"{name}: {report.new:,} bars new, {report.changed:,} changed, {report.total:,} in all"
        )
    rebuild_catalog(bars.root, ledger.spans())
    return JudgeReport(batch=batch, published=published, quarantined=quarantined, findings=findings)
