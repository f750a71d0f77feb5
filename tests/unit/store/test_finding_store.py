# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ib_provider.domain.finding import Severity
from ib_provider.store import open_catalog, rebuild_catalog
from ib_provider.store.finding_store import FindingStore, KeptFinding, keep_findings
from tests.support.desk_home import KEY, a_finding

OTHER = replace(KEY, instrument_id="IBM.NYSE")


def test_findings_are_read_by_sql_without_a_new_catalog(tmp_path: Path) -> None:
    """The view was made before there was a finding."""
    rebuild_catalog(tmp_path, ())
    keep_findings(tmp_path, "monday", [a_finding("nulls", Severity.CRITICAL)])
    with open_catalog(tmp_path) as catalog:
        rows = catalog.sql(
            "SELECT batch, instrument_id, bar, what, rth, check_name, severity, row_count, "
            "example_rows[1] FROM findings"
        ).fetchall()
    assert rows == [
        ("monday", "AAPL.NASDAQ", "1 day", "TRADES", True, "nulls", "critical", 3, "high < low <b>")
    ]


def test_findings_of_a_batch_that_is_judged_again_are_replaced(tmp_path: Path) -> None:
    """Those of other series, checks and batches stay."""
    first = a_finding("nulls", Severity.CRITICAL)
    elsewhere = replace(first, key=OTHER)
    keep_findings(tmp_path, "monday", [first, elsewhere])
    keep_findings(tmp_path, "tuesday", [first])
    keep_findings(tmp_path, "monday", [replace(first, count=9)])
    assert FindingStore(tmp_path).all() == (
        KeptFinding(batch="monday", finding=replace(first, count=9)),
        KeptFinding(batch="monday", finding=elsewhere),
        KeptFinding(batch="tuesday", finding=first),
    )


def test_no_findings_make_no_file(tmp_path: Path) -> None:
    """A clean batch costs nothing."""
    keep_findings(tmp_path, "monday", [])
    assert list(tmp_path.iterdir()) == []
