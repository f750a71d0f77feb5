# SPDX-License-Identifier: Apache-2.0
"""What a person at the desk wants to see: series, findings, rebalances. Only reads.

Rules:
    - Each section stands alone: what cannot be read is said in its place, and the others are shown.
    - A section without rows is one that was read and is empty. One that failed has its error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ib_provider.config import Settings
from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.finding import Finding
from ib_provider.domain.rebalance_report import RebalanceReport
from ib_provider.ledger.ledger import Ledger
from ib_provider.store import open_catalog
from ib_provider.usecases.rebalances_view import rebalances_view
from ib_provider.usecases.view_section import Section, ledger_section, read_section

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["BatchView", "DeskView", "Section", "SeriesView", "YearCoverage", "desk_view"]

_Series = tuple[str, str, str, bool]

_BARS: Final = """
    SELECT b.instrument_id, b.bar, b.what, b.rth, count(*), min(b.session), max(b.session)
    FROM bars b GROUP BY ALL
"""
#: Spans may overlap; of each day the best that is known counts. Week-ends are asked for only when
#: they lie inside a span, so they are left out.
_COVERAGE: Final = """
    WITH days AS (
        SELECT instrument_id, bar, what, rth, state,
               unnest(range(start_session::TIMESTAMP, end_session::TIMESTAMP, INTERVAL 1 DAY))
                   AS day
        FROM coverage
    ), best AS (
        SELECT instrument_id, bar, what, rth, day,
               min(CASE state WHEN 'data' THEN 0 WHEN 'empty' THEN 1 ELSE 2 END) AS rank
        FROM days WHERE isodow(day) <= 5 GROUP BY ALL
    )
    SELECT instrument_id, bar, what, rth, year(day),
           count_if(rank = 0), count_if(rank = 1), count_if(rank = 2)
    FROM best GROUP BY ALL ORDER BY ALL
"""
_NAMES: Final = "SELECT instrument_id, long_name FROM instruments"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearCoverage:
    """How many weekdays of a year are data, proved empty, or asked for and unknown."""

    year: int
    data: int
    empty: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesView:
    """One series.

    Attributes:
        name: The instrument's long name; empty where the instrument is not in the store.
        first: First session with a bar, None without bars; ``last`` likewise.
        coverage: By year, ascending; years that were never asked for are not in it.
    """

    key: SeriesKey
    name: str
    bars: int
    first: date | None
    last: date | None
    coverage: tuple[YearCoverage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """The findings of one batch, newest first."""

    batch: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """Everything on the page."""

    series: Section[SeriesView]
    findings: Section[BatchView]
    rebalances: Section[RebalanceReport]


def desk_view(settings: Settings, *, max_findings: int = 50, max_plans: int = 10) -> DeskView:
    """Return what the catalog and the ledger hold. Makes neither of them."""
    return DeskView(
        series=read_section(lambda: _series_section(settings)),
        findings=ledger_section(settings, lambda ledger: _findings_section(ledger, max_findings)),
        rebalances=rebalances_view(settings, limit=max_plans),
    )


def _series_section(settings: Settings) -> Section[SeriesView]:
    # Bars without a catalog are no empty tree: opening it then says what is missing.
    if not settings.catalog.exists() and not (settings.market / "bars").exists():
        return Section()
    with open_catalog(settings.market) as catalog:
        bars = {_series(row): row[4:] for row in _rows(catalog, _BARS)}
        coverage = _coverage(_rows(catalog, _COVERAGE))
        names = dict(_rows(catalog, _NAMES))
    return Section(
        rows=tuple(
            _series_view(series, bars.get(series, (0, None, None)), coverage, names)
            for series in sorted(bars.keys() | coverage.keys())
        )
    )


def _rows(catalog: DuckDBPyConnection, query: str) -> Sequence[Any]:
    return catalog.sql(query).fetchall()


def _series(row: Sequence[Any]) -> _Series:
    instrument_id, bar, what, rth = row[:4]
    return instrument_id, bar, what, rth


def _coverage(rows: Sequence[Any]) -> dict[_Series, tuple[YearCoverage, ...]]:
    found: dict[_Series, tuple[YearCoverage, ...]] = {}
    for row in rows:
        year, data, empty, unknown = row[4:]
        known = YearCoverage(year=year, data=data, empty=empty, unknown=unknown)
        found[_series(row)] = (*found.get(_series(row), ()), known)
    return found


def _series_view(
    series: _Series,
    bars: tuple[int, date | None, date | None],
    coverage: Mapping[_Series, tuple[YearCoverage, ...]],
    names: Mapping[str, str],
) -> SeriesView:
    instrument_id, bar, what, rth = series
    count, first, last = bars
    spec = BarSpec(size=BarSize(bar), what=WhatToShow(what), rth=rth)
    return SeriesView(
        key=SeriesKey(instrument_id=instrument_id, spec=spec),
        name=names.get(instrument_id, ""),
        bars=count,
        first=first,
        last=last,
        coverage=coverage.get(series, ()),
    )


def _findings_section(ledger: Ledger, limit: int) -> Section[BatchView]:
    batches: dict[str, list[Finding]] = {}
    latest = ledger.latest_findings(limit)
    for found in latest:
        batches.setdefault(found.batch, []).append(found.finding)
    total = ledger.totals().findings
    return Section(
        rows=tuple(
            BatchView(batch=batch, findings=tuple(findings)) for batch, findings in batches.items()
        ),
        total=total if total > len(latest) else None,
    )
