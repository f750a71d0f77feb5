# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ib_provider.domain.bar import BarSpec, SeriesKey
from ib_provider.domain.finding import Finding, Severity
from ib_provider.ledger.ledger import Ledger

FINDING = Finding(
    key=SeriesKey(instrument_id="AAPL.NASDAQ", spec=BarSpec()),
    check="ohlc_consistent",
    severity=Severity.CRITICAL,
    count=2,
    rows=("2013-02-01 high 10.0 < low 11.0", "2013-02-04 high 1.0 < low 2.0"),
)


def test_findings_recorded_and_read_are_the_same(tmp_path: Path) -> None:
    """A finding survives the ledger whole."""
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", locks=tmp_path) as ledger:
        ledger.record_findings("batch", [FINDING])
        assert ledger.findings() == (FINDING,)
        assert ledger.totals().findings == 1


def test_findings_of_a_repeated_batch_replace_the_former(tmp_path: Path) -> None:
    """A retry judges again and counts once; another batch counts for itself."""
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", locks=tmp_path) as ledger:
        ledger.record_findings("batch", [FINDING])
        ledger.record_findings("batch", [replace(FINDING, count=3)])
        ledger.record_findings("other", [FINDING])
        assert [found.count for found in ledger.findings()] == [3, 2]


def test_findings_latest_name_their_batch_newest_first(tmp_path: Path) -> None:
    """The last recorded comes first; a limit cuts off the oldest."""
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", locks=tmp_path) as ledger:
        assert ledger.latest_findings(9) == ()
        for number, batch in enumerate(("first", "second", "third")):
            ledger.record_findings(batch, [replace(FINDING, count=number)])
        latest = ledger.latest_findings(2)
        assert [(found.batch, found.finding.count) for found in latest] == [
            ("third", 2),
            ("second", 1),
        ]
