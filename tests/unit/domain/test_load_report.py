# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.domain.load_report import LoadItem, LoadOutcome, LoadReport


def test_load_report_tells_the_good_from_the_bad() -> None:
    """Loaded once although asked for twice; each failure by what was asked for."""
    report = LoadReport(
        items=(
            LoadItem(wanted="A", outcome=LoadOutcome.LOADED, instrument_id="A.NYSE"),
            LoadItem(wanted="A.NYSE", outcome=LoadOutcome.LOADED, instrument_id="A.NYSE"),
            LoadItem(wanted="B", outcome=LoadOutcome.FRESH, instrument_id="B.NYSE"),
            LoadItem(wanted="C", outcome=LoadOutcome.SKIPPED),
            LoadItem(wanted="D", outcome=LoadOutcome.NOT_FOUND, reason="error 200"),
            LoadItem(wanted="E", outcome=LoadOutcome.AMBIGUOUS, candidates=("E1", "E2")),
        )
    )
    assert report.loaded == ("A.NYSE",)
    assert report.fresh == ("B.NYSE",)
    assert report.skipped == ("C",)
    assert report.failed == {"D": "error 200", "E": "E: ambiguous"}
    assert report.as_document()["ambiguous"] == {"E": ["E1", "E2"]}
    assert not report.is_transient


def test_load_report_is_transient_only_where_a_failure_is() -> None:
    """A retry makes sense only then."""
    item = LoadItem(wanted="A", outcome=LoadOutcome.FAILED, is_transient=True)
    assert LoadReport(items=(item,)).is_transient
