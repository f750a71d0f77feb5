# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.errors import ConfigError
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.plan_bars import plan_bars
from tests.support.bar_tables import FETCHED_AT
from tests.support.instrument_values import AAPL

MINUTES = BarSpec(size=BarSize.MIN_1)
YEAR: dict[str, Any] = {"start": date(2012, 1, 1), "end": date(2013, 1, 1)}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", locks=tmp_path / "locks") as ledger:
        yield ledger


def test_plan_of_an_empty_ledger_is_the_whole_range(ledger: Ledger) -> None:
    """A year of minutes of one stock: 250 sessions, a request a week."""
    other = replace(AAPL, instrument_id="IBM.NYSE")
    plan = plan_bars(ledger=ledger, instruments=[AAPL, other], spec=MINUTES, **YEAR)
    assert [item.sessions for item in plan.series] == [250, 250]
    assert 2 * 52 <= plan.requests <= 2 * 54
    assert str(plan).startswith("1 min TRADES rth: 2 of 2 series lack 500 session(s)")


def test_plan_leaves_out_what_is_covered(ledger: Ledger) -> None:
    """Half a year that is there costs nothing, what is unknown is asked for again."""
    for start, end, state in (
        (date(2012, 1, 1), date(2012, 7, 1), CoverageState.DATA),
        (date(2012, 9, 1), date(2012, 10, 1), CoverageState.UNKNOWN),
    ):
        ledger.record_span(
            Span(
                key=SeriesKey(instrument_id=AAPL.instrument_id, spec=MINUTES),
                con_id=1,
                start=start,
                end=end,
                state=state,
                rows=1,
                fetched_at=FETCHED_AT,
            )
        )
    (series,) = plan_bars(ledger=ledger, instruments=[AAPL], spec=MINUTES, **YEAR).series
    assert series.parts == ((date(2012, 7, 2), date(2013, 1, 1)),)
    assert series.sessions == 125


@pytest.mark.parametrize(
    ("spec", "hours"),
    [
        (BarSpec(size=BarSize.SEC_5), 7 * 5 * 10 / 3600),
        (BarSpec(size=BarSize.SEC_5, what=WhatToShow.BID_ASK), 2 * 7 * 5 * 10 / 3600),
        (BarSpec(size=BarSize.MIN_1), 0.02 / 3600),
        (BarSpec(), 0.02 / 3600),
    ],
    ids=str,
)
def test_plan_says_what_the_rules_take_at_the_least(
    ledger: Ledger, spec: BarSpec, hours: float
) -> None:
    """Sixty requests in ten minutes for short bars, bid and ask count twice."""
    week: dict[str, Any] = {"start": date(2012, 3, 5), "end": date(2012, 3, 10)}
    plan = plan_bars(ledger=ledger, instruments=[AAPL], spec=spec, **week)
    assert plan.at_least == pytest.approx(timedelta(hours=hours), abs=timedelta(milliseconds=1))


def test_plan_of_a_weekend_is_refused(ledger: Ledger) -> None:
    """Nothing to do because nothing trades is said, not planned."""
    with pytest.raises(ConfigError, match="no session"):
        plan_bars(
            ledger=ledger,
            instruments=[AAPL],
            spec=MINUTES,
            start=date(2012, 3, 10),
            end=date(2012, 3, 12),
        )
