# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps what validation found, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.finding import Finding, Severity
from ib_provider.ledger.database import Database
from ib_provider.ledger.schema import bar_finding, fill, order_intent

__all__ = ["BatchFinding", "FindingBook", "Totals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many rows the ledger holds of what people count."""

    intents: int
    fills: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFinding:
    """A finding with the batch in which it was made."""

    batch: str
    finding: Finding


class FindingBook:
    """Findings by batch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_findings(self, batch: str, findings: Iterable[Finding]) -> None:
        """Record a batch's findings beside those on record.

        A series that is judged again in the same batch has its former findings replaced; a series
        that is not among ``findings`` keeps what it has.
        """
        rows = [_columns(batch, finding) for finding in findings]
        with self._database.write() as connection:
            columns = bar_finding.c
            for row in rows:
                former = delete(bar_finding).where(
                    columns.batch == batch,
                    columns.instrument_id == row["instrument_id"],
                    columns.bar == row["bar"],
                    columns.what == row["what"],
                    columns.rth == row["rth"],
                    columns.expectation == row["expectation"],
                )
                connection.execute(former)
            if rows:
                connection.execute(bar_finding.insert(), rows)

    def findings(self) -> tuple[Finding, ...]:
        """Return every finding on record, oldest first."""
        statement = select(bar_finding).order_by(bar_finding.c.finding_id)
        with self._database.read() as connection:
            return tuple(_finding(row) for row in connection.execute(statement).mappings())

    def latest_findings(self, limit: int) -> tuple[BatchFinding, ...]:
        """Return the findings recorded last, newest first, at most ``limit`` of them."""
        statement = select(bar_finding).order_by(bar_finding.c.finding_id.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(
                BatchFinding(batch=row["batch"], finding=_finding(row))
                for row in connection.execute(statement).mappings()
            )

    def findings_of(self, key: SeriesKey) -> tuple[BatchFinding, ...]:
        """Return every finding about a series, newest first."""
        columns, spec = bar_finding.c, key.spec
        statement = (
            select(bar_finding)
            .where(
                columns.instrument_id == key.instrument_id,
                columns.bar == spec.size.value,
                columns.what == spec.what.value,
                columns.rth == spec.rth,
            )
            .order_by(columns.finding_id.desc())
        )
        with self._database.read() as connection:
            return tuple(
                BatchFinding(batch=row["batch"], finding=_finding(row))
                for row in connection.execute(statement).mappings()
            )

    def totals(self) -> Totals:
        """Return how many intents, fills and findings there are."""
        with self._database.read() as connection:
            intents, fills, findings = (
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (order_intent, fill, bar_finding)
            )
        return Totals(intents=intents, fills=fills, findings=findings)


def _columns(batch: str, finding: Finding) -> dict[str, Any]:
    return {
        "batch": batch,
        "instrument_id": finding.key.instrument_id,
        "bar": finding.key.spec.size.value,
        "what": finding.key.spec.what.value,
        "rth": finding.key.spec.rth,
        "expectation": finding.check,
        "severity": finding.severity.value,
        "row_count": finding.count,
        "example_rows": json.dumps(finding.rows),
    }


def _finding(row: Mapping[Any, Any]) -> Finding:
    spec = BarSpec(size=BarSize(row["bar"]), what=WhatToShow(row["what"]), rth=row["rth"])
    return Finding(
        key=SeriesKey(instrument_id=row["instrument_id"], spec=spec),
        check=row["expectation"],
        severity=Severity(row["severity"]),
        count=row["row_count"],
        rows=tuple(json.loads(row["example_rows"])),
    )
