# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from ib_provider.domain.contract import SecType
from ib_provider.domain.finding import Severity
from ib_provider.quality import judge_each
from ib_provider.quality.bar_rules import RuleBook, RuleSuite
from tests.support.bar_tables import daily_bars, series_key, weekdays

DAYS = weekdays(date(2013, 1, 7), 10)


def judged(table: pa.Table, suite: RuleSuite) -> list[tuple[str, Severity]]:
    book = RuleBook(suites=(suite,), asset_classes={"AAPL.NASDAQ": SecType.STK})
    (found,) = judge_each([(series_key(), table, DAYS)], book)
    return [(item.check, item.severity) for item in found]


@pytest.mark.parametrize(
    ("severity", "told"),
    [
        (Severity.INFO, [("negative_volume", Severity.INFO)]),
        (Severity.CRITICAL, [("negative_volume", Severity.CRITICAL)]),
        (None, []),
    ],
)
def test_severity_of_a_suite_is_that_of_the_finding(
    severity: Severity | None, told: list[tuple[str, Severity]]
) -> None:
    """Off is not looked at."""
    table = daily_bars(DAYS, replace={"volume": {3: -1.0}})
    suite = RuleSuite(name="x", severities={"negative_volume": severity})
    assert judged(table, suite) == told


@pytest.mark.parametrize(("factor", "told"), [(1.5, ["price_spikes"]), (2.5, [])])
def test_threshold_of_a_suite_decides(factor: float, told: list[str]) -> None:
    """A close of twice its neighbours is a spike from a factor of one and a half."""
    table = daily_bars(DAYS, replace={"close": {4: 210.0}, "high": {4: 211.0}})
    suite = RuleSuite(name="x", severities={"price_jumps": None}, values={"spike_factor": factor})
    assert [check for check, _ in judged(table, suite)] == told


def test_stale_run_of_a_suite_decides() -> None:
    """Three equal bars in a row, where three are too many."""
    same = {"open": 100.0, "high": 102.0, "low": 99.0, "close": 101.0, "volume": 1000.0}
    table = daily_bars(
        DAYS, replace={name: dict.fromkeys((1, 2, 3), value) for name, value in same.items()}
    )
    assert judged(table, RuleSuite(name="x", values={"stale_run": 4 + 1})) == []
    three = RuleSuite(name="x", values={"stale_run": 3})
    assert judged(table, three) == [("stale_prices", Severity.WARNING)]


def test_suite_for_another_asset_class_changes_nothing() -> None:
    """A share is no future."""
    table = daily_bars(DAYS, replace={"low": {3: -1.0}})
    suite = RuleSuite(
        name="x",
        asset_classes=frozenset({SecType.FUT}),
        severities={"positive_prices": None},
    )
    assert judged(table, suite) == [("positive_prices", Severity.CRITICAL)]
