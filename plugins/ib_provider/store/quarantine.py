# SPDX-License-Identifier: Apache-2.0
"""Bars that were refused: they lie beside their findings until somebody decides.

Three ways lead out. *Accept*: a person says that the bars are right; who and why is written into
the findings before anything is published. *Discard*: they go, and the range is asked for again.
*Re-pull*: a later run brings the range anew; the refused bars stay for whoever wants to compare.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ib_provider.domain.bar import SeriesKey
from ib_provider.errors import ConfigError, CorruptFile
from ib_provider.store.atomic_file import remove_file, replacing
from ib_provider.store.bar_store import BarStore
from ib_provider.store.layout import series_in, series_key
from ib_provider.store.staged_bars import StagedBars, WriteReport, read_staged_bars

__all__ = ["AcceptedBars", "Quarantine", "QuarantinedBars"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedBars:
    """Refused bars and why.

    Attributes:
        reasons: One line a finding, ``critical ohlc_consistent: 1 row(s): …``.
    """

    bars: StagedBars
    findings: Path
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedBars:
    """Bars that were refused and published all the same, on somebody's word.

    Attributes:
        sessions: The range they were asked for, as their file is named.
        reasons: Why they had been refused, one line a finding.
        at: When, as it was written down.
    """

    batch: str
    key: SeriesKey
    sessions: str
    reasons: tuple[str, ...]
    by: str
    why: str
    at: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The refused bars of one store."""

    store: BarStore

    @property
    def root(self) -> Path:
        """Return the folder of refused bars."""
        return self.store.root / "quarantine"

    def all(self) -> tuple[QuarantinedBars, ...]:
        """Return everything that waits for a decision, by batch and series.

        Raises:
            CorruptFile: A file there is damaged.
        """
        batches = sorted(self.root.glob("batch=*"))
        paths = [
            path
            for batch in batches
            for folder in series_in(batch)
            for path in sorted(folder.glob("*.parquet"))
        ]
        return tuple(_read(path) for path in paths)

    def accepted(self) -> tuple[AcceptedBars, ...]:
        """Return what was published on somebody's word, the latest first.

        Raises:
            CorruptFile: A file of findings there is damaged.
        """
        found = (
            _accepted(path)
            for path in sorted(
                self.root.glob("batch=*/bar=*/what=*/rth=*/instrument_id=*/*.findings.json")
            )
        )
        return tuple(
            sorted((item for item in found if item), key=lambda item: item.at, reverse=True)
        )

    def accept(self, item: QuarantinedBars, *, by: str, why: str, at: datetime) -> WriteReport:
        """Publish refused bars on somebody's word, which stays beside their findings.

        Raises:
            ConfigError: Nobody, or no reason, was named.
            WriteConflict: Another process holds the series, or dealt with these bars already.
        """
        if not by.strip() or not why.strip():
            raise ConfigError("quarantine", ["by, why: who accepts refused bars says so, and why"])
        document = _document(item.findings)
        document["accepted"] = {"by": by, "why": why, "at": at.isoformat()}
        with replacing(item.findings) as temporary:
            text = json.dumps(document, indent=2, ensure_ascii=False)
            temporary.write_text(f"{text}\n", encoding="utf-8")
        return self.store.publish(item.bars)

    def discard(self, item: QuarantinedBars) -> None:
        """Delete refused bars and their findings; their range is asked for again."""
        self.store.discard(item.bars)
        remove_file(item.findings, root=self.root)


def _read(path: Path) -> QuarantinedBars:
    findings = path.with_suffix(".findings.json")
    reasons = _reasons(_document(findings))
    return QuarantinedBars(bars=read_staged_bars(path), findings=findings, reasons=reasons)


def _accepted(path: Path) -> AcceptedBars | None:
    document = _document(path)
    word = document.get("accepted")
    if not isinstance(word, dict):
        return None
    return AcceptedBars(
        batch=unquote(path.parents[4].name.removeprefix("batch=")),
        key=series_key(path.parent),
        sessions=path.name.removesuffix(".findings.json"),
        reasons=_reasons(document),
        by=str(word.get("by", "")),
        why=str(word.get("why", "")),
        at=str(word.get("at", "")),
    )


def _reasons(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{one['severity']} {one['check']}: {one['count']} row(s): {'; '.join(one['rows'])}"
        for one in document["findings"]
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorruptFile(str(path), f"the findings cannot be read: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise CorruptFile(str(path), "it holds no findings")
    return document
