# SPDX-License-Identifier: Apache-2.0
"""What validation found as HTML: by severity and series, what waits, what was let through."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.finding import Severity
from ib_provider.pages.template import render
from ib_provider.quality.checks import CHECKS, MINUTES_MATCH_DAY, REVISED
from ib_provider.usecases.validation_view import SeriesFindings, SeriesVerdict, ValidationView

__all__ = ["findings_link", "findings_page", "validation_page"]

_MEANING: Final = {
    Severity.CRITICAL: "not published until somebody decides",
    Severity.WARNING: "published; somebody should look",
    Severity.INFO: "published; good to know",
}
_DEMANDS: Final = {
    check.name: check.demand for check in (*CHECKS.values(), MINUTES_MATCH_DAY, REVISED)
}


def validation_page(view: ValidationView, *, read_at: datetime) -> str:
    """Return the page; ``read_at`` in UTC."""
    verdicts = view.series.rows
    return render(
        "validation.html",
        view=view,
        read_at=read_at,
        meaning=_MEANING,
        specs=_specs(verdicts),
        table=_table(verdicts),
        link=findings_link,
        demands=_DEMANDS,
    )


def findings_page(found: SeriesFindings, *, read_at: datetime) -> str:
    """Return the page of one series; ``read_at`` in UTC."""
    return render(
        "findings.html", found=found, read_at=read_at, query=_query(found.key), demands=_DEMANDS
    )


def findings_link(key: SeriesKey) -> str:
    """Return the address of a series' page, relative to the desk's others."""
    spec = key.spec
    words = {
        "instrument": key.instrument_id,
        "bar": spec.size.value,
        "what": spec.what.value,
        "rth": int(spec.rth),
    }
    return f"findings?{urlencode(words)}"


def _specs(verdicts: Iterable[SeriesVerdict]) -> list[BarSpec]:
    return sorted({verdict.key.spec for verdict in verdicts}, key=str)


def _table(verdicts: Iterable[SeriesVerdict]) -> dict[str, dict[BarSpec, SeriesVerdict]]:
    """Return the verdicts by instrument, then by kind of bar."""
    rows: dict[str, dict[BarSpec, SeriesVerdict]] = {}
    for verdict in verdicts:
        rows.setdefault(verdict.key.instrument_id, {})[verdict.key.spec] = verdict
    return rows


def _query(key: SeriesKey) -> str:
    """Return what an analyst types to see the bars of a series."""
    name = key.instrument_id.replace("'", "''")
    rth = "rth" if key.spec.rth else "NOT rth"
    kind = f"bar = '{key.spec.size.value}' AND what = '{key.spec.what.value}' AND {rth}"
    return f"FROM bars_of('{name}') WHERE {kind} ORDER BY session, ts"
