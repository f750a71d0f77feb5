# SPDX-License-Identifier: Apache-2.0
"""What validation found, as a person at the desk wants to see it. Only reads.

Rules:
    - The same check may find the same in every sweep: the newest word of it stands, and says how
      many batches said so.
    - A series with bars and without a finding is on the page too: it was looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from ib_provider.config import Settings
from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.finding import Finding, Severity
from ib_provider.ledger.findings import BatchFinding
from ib_provider.ledger.ledger import Ledger
from ib_provider.store import BarStore, open_catalog
from ib_provider.store.quarantine import AcceptedBars, Quarantine, QuarantinedBars
from ib_provider.usecases.view_section import Section, ledger_section, read_section

__all__ = [
    "BarContext",
    "SeriesFindings",
    "SeriesVerdict",
    "StandingFinding",
    "ValidationView",
    "series_findings",
    "validation_view",
]

#: Findings on record beyond which the oldest are not read for the page.
_MOST: Final = 20_000
#: Offending bars shown with their neighbours, and how many of these on either side.
_SHOWN: Final = 5
_BESIDE: Final = 2
_NEAR: Final = timedelta(days=10)
_GRAVEST_FIRST: Final = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)

_BARS: Final = """
    SELECT session, ts, open, high, low, close, volume FROM bars
    WHERE instrument_id = ? AND bar = ? AND what = ? AND rth = ? AND session BETWEEN ? AND ?
    ORDER BY session, ts
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFinding:
    """A finding as the newest batch has it, and in how many batches the check found something."""

    finding: Finding
    batch: str
    batches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesVerdict:
    """What stands against a series, the gravest first; nothing where it is clean.

    Attributes:
        is_stored: Whether it has published bars.
    """

    key: SeriesKey
    is_stored: bool
    findings: tuple[StandingFinding, ...]

    @property
    def worst(self) -> Severity | None:
        """Return the gravest severity, None without a finding."""
        return self.findings[0].finding.severity if self.findings else None

    @property
    def counts(self) -> dict[Severity, int]:
        """Return how many checks found something, by severity, the gravest first."""
        return _counts(item.finding for item in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationView:
    """Everything on the page.

    Attributes:
        series: By instrument and kind of bar.
        waiting: Bars in quarantine.
        accepted: Bars that were published on somebody's word.
    """

    series: Section[SeriesVerdict]
    waiting: Section[QuarantinedBars]
    accepted: Section[AcceptedBars]

    @property
    def counts(self) -> dict[Severity, int]:
        """Return how many findings stand, by severity, the gravest first."""
        return _counts(item.finding for row in self.series.rows for item in row.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarContext:
    """A published bar that a finding names, or one beside it."""

    session: date
    ts: datetime | None
    values: tuple[float | None, ...]
    is_named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFindings:
    """What was ever found in a series, newest first, and the bars that it is about."""

    key: SeriesKey
    findings: Section[BatchFinding]
    bars: Section[tuple[BarContext, ...]]


def validation_view(settings: Settings) -> ValidationView:
    """Return what validation found, and what became of it. Makes nothing."""
    store = BarStore(settings.market)
    quarantine = Quarantine(store)

    def series(ledger: Ledger) -> Section[SeriesVerdict]:
        latest = ledger.latest_findings(_MOST)
        total = ledger.totals().findings
        return Section(
            rows=_verdicts(latest, stored=store.keys()),
            total=total if total > len(latest) else None,
        )

    return ValidationView(
        series=ledger_section(settings, series),
        waiting=read_section(lambda: Section(rows=quarantine.all())),
        accepted=read_section(lambda: Section(rows=quarantine.accepted())),
    )


def series_findings(settings: Settings, key: SeriesKey) -> SeriesFindings:
    """Return what was found in one series, with the published bars that it is about."""
    found = ledger_section(settings, lambda ledger: Section(rows=ledger.findings_of(key)))
    named = _named(item.finding for item in found.rows)
    if not named or not settings.catalog.exists():
        return SeriesFindings(key=key, findings=found, bars=Section())
    return SeriesFindings(
        key=key,
        findings=found,
        bars=read_section(lambda: Section(rows=_contexts(settings, key, named))),
    )


def _verdicts(
    latest: Iterable[BatchFinding], *, stored: Iterable[SeriesKey]
) -> tuple[SeriesVerdict, ...]:
    """Return the verdict on every series; ``latest`` newest first."""
    newest: dict[tuple[SeriesKey, str], BatchFinding] = {}
    batches: Counter[tuple[SeriesKey, str]] = Counter()
    for item in latest:
        name = (item.finding.key, item.finding.check)
        newest.setdefault(name, item)
        batches[name] += 1
    against: dict[SeriesKey, list[StandingFinding]] = {}
    for name, item in newest.items():
        standing = StandingFinding(finding=item.finding, batch=item.batch, batches=batches[name])
        against.setdefault(name[0], []).append(standing)
    kept = set(stored)
    return tuple(
        SeriesVerdict(
            key=key,
            is_stored=key in kept,
            findings=tuple(sorted(against.get(key, ()), key=_gravest_first)),
        )
        for key in sorted({*kept, *against}, key=str)
    )


def _gravest_first(item: StandingFinding) -> tuple[int, str]:
    return _GRAVEST_FIRST.index(item.finding.severity), item.finding.check


def _counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    counted = Counter(finding.severity for finding in findings)
    return {severity: counted[severity] for severity in _GRAVEST_FIRST if counted[severity]}


def _named(findings: Iterable[Finding]) -> list[tuple[date, str]]:
    """Return session and instant of the bars that findings name; the latter may be empty."""
    named: dict[tuple[date, str], None] = {}
    for finding in findings:
        for row in finding.rows:
            words = row.split(maxsplit=2)
            try:
                session = date.fromisoformat(words[0])
            except (ValueError, IndexError):
                continue  # about no one bar
            instant = words[1] if len(words) > 1 and words[1].endswith("Z") else ""
            named[session, instant] = None
    return list(named)[:_SHOWN]


def _contexts(
    settings: Settings, key: SeriesKey, named: Iterable[tuple[date, str]]
) -> tuple[tuple[BarContext, ...], ...]:
    with open_catalog(settings.market) as catalog:
        found = []
        for session, instant in named:
            near = timedelta(0) if key.spec.size.is_intraday else _NEAR
            spec = key.spec
            arguments = [key.instrument_id, spec.size.value, spec.what.value, spec.rth]
            rows = catalog.execute(_BARS, [*arguments, session - near, session + near]).fetchall()
            found.append(_around(rows, session, instant))
    return tuple(context for context in found if context)


def _around(rows: list[Any], session: date, instant: str) -> tuple[BarContext, ...]:
    """Return the named bar and its neighbours; nothing where it is not published."""

    def is_named(row: Any) -> bool:
        return row[0] == session and (not instant or (row[1] and _utc(row[1]) == instant))

    at = next((index for index, row in enumerate(rows) if is_named(row)), None)
    if at is None:
        return ()
    return tuple(
        BarContext(session=row[0], ts=row[1], values=tuple(row[2:]), is_named=is_named(row))
        for row in rows[max(0, at - _BESIDE) : at + _BESIDE + 1]
    )


def _utc(ts: datetime) -> str:
    return f"{ts.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
