# SPDX-License-Identifier: Apache-2.0
"""What validation found, for analysts: one row a batch, series and check.

The ledger is what counts; this is a copy of it that SQL reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ib_provider.domain.finding import Finding, Severity
from ib_provider.store.reference_store import (
    SERIES_FIELDS,
    ReferenceStore,
    series_columns,
    series_of,
)

__all__ = ["FindingStore", "KeptFinding", "keep_findings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFinding:
    """A finding with the batch in which it was made."""

    batch: str
    finding: Finding


class FindingStore(ReferenceStore[KeptFinding]):
    """Findings; of one batch, series and check the last word."""

    __slots__ = ()
    name = "findings"
    schema = pa.schema(
        [
            pa.field("batch", pa.string(), nullable=False),
            *SERIES_FIELDS,
            pa.field("check_name", pa.string(), nullable=False),
            pa.field("severity", pa.string(), nullable=False),
            pa.field("row_count", pa.int64(), nullable=False),
            pa.field("example_rows", pa.list_(pa.string()), nullable=False),
        ]
    )

    def _place(self, fact: KeptFinding) -> tuple[str, str, str]:
        return fact.batch, str(fact.finding.key), fact.finding.check

    def _joined(self, old: KeptFinding, new: KeptFinding) -> KeptFinding:  # noqa: ARG002
        return new

    def _row(self, fact: KeptFinding) -> dict[str, Any]:
        finding = fact.finding
        return series_columns(finding.key) | {
            "batch": fact.batch,
            "check_name": finding.check,
            "severity": finding.severity.value,
            "row_count": finding.count,
            "example_rows": list(finding.rows),
        }

    def _fact(self, row: dict[str, Any]) -> KeptFinding:
        finding = Finding(
            key=series_of(row),
            check=row["check_name"],
            severity=Severity(row["severity"]),
            count=row["row_count"],
            rows=tuple(row["example_rows"]),
        )
        return KeptFinding(batch=row["batch"], finding=finding)


def keep_findings(root: Path, batch: str, findings: Iterable[Finding]) -> None:
    """Write a batch's findings into the store under ``root``, where SQL reads them.

    Raises:
        CorruptFile: The file is damaged; delete it, the ledger has them still.
        WriteConflict: Another process is writing it.
    """
    FindingStore(root).record(KeptFinding(batch=batch, finding=item) for item in findings)
