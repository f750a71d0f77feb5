# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.console import Console

from ib_provider.cli.demo_portfolio import DEMO_PORTFOLIOS
from ib_provider.cli.demo_report import (
    Holdings,
    Tally,
    last_line,
    print_report,
    read_tally,
    rebalance_id,
)
from ib_provider.domain.finding import Finding, Severity
from tests.support.desk_home import KEY, fill_home, home_settings, open_ledger
from tests.support.plans import ACCOUNT, a_leg, a_plan

NOTHING = Tally(instruments=0, bars=0, findings=0, orders=0, fills=0)
HELD = Holdings(quantities={}, values={})


def test_last_line_counts_one_thing_as_one() -> None:
    """A newcomer reads it as a sentence; the second run has nothing new."""
    done = Tally(instruments=5, bars=12154, findings=1, orders=5, fills=7)
    assert last_line(DEMO_PORTFOLIOS["demo"], NOTHING, done) == (
        "demo: 5 instruments, 12154 bars (12154 new), 1 finding, 5 orders (5 new), 7 fills"
    )
    assert last_line(DEMO_PORTFOLIOS["demo"], done, done) == (
        "demo: 5 instruments, 12154 bars (0 new), 1 finding, 5 orders (0 new), 7 fills"
    )


def test_last_line_of_a_portfolio_without_bars_speaks_of_none() -> None:
    """It collected none."""
    done = Tally(instruments=3, bars=0, findings=0, orders=1, fills=1)
    assert last_line(DEMO_PORTFOLIOS["futures"], NOTHING, done) == (
        "futures: 3 instruments, 1 order (1 new), 1 fill"
    )


def test_read_tally_before_the_first_run_is_nothing(tmp_path: Path) -> None:
    """No catalog is no error."""
    assert read_tally(home_settings(tmp_path)) == NOTHING


def test_report_says_of_each_finding_what_became_of_its_bars(tmp_path: Path) -> None:
    """A warning was published, a critical one was not; the demo's own is explained."""
    settings = fill_home(tmp_path)
    jump = Finding(
        key=KEY, check="price_jumps", severity=Severity.WARNING, count=1,
        rows=(f"{date(2000, 9, 29)} close 12.875",),
    )  # fmt: skip
    demo = DEMO_PORTFOLIOS["demo"]
    with open_ledger(settings) as ledger:
        ledger.record_findings("wednesday", [jump])
        ledger.save_plan(a_plan(a_leg("ref-9"), key=rebalance_id(demo)))
    console = Console(record=True, width=200)
    print_report(console, settings, demo, account=ACCOUNT, before=HELD, after=HELD)
    text = console.export_text()
    assert "warning: the bars were published; only a critical finding holds them back" in text
    assert "critical: the bars were not published, they wait in quarantine" in text
    assert "no close moves far beyond all others" in text
    assert "Apple lost half of its value that day" in text
    (page,) = (tmp_path / "reports").glob("demo-2013-03-04-*.html")
    assert page.as_uri() in text
