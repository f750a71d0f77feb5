# SPDX-License-Identifier: Apache-2.0
"""The expectations of many series that are judged alike.

Warning:
    Importing this module imports Great Expectations; only ``validation`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_null import (
    ExpectColumnValuesToBeNull,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_in_set import (
    ExpectColumnValuesToNotBeInSet,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.expect_compound_columns_to_be_unique import (
    ExpectCompoundColumnsToBeUnique,
)
from great_expectations.expectations.core.expect_table_columns_to_match_set import (
    ExpectTableColumnsToMatchSet,
)
from great_expectations.expectations.expectation import Expectation

from ib_provider.domain.bar import BarSize, SeriesKey
from ib_provider.domain.expected_sessions import ExpectedSessions
from ib_provider.quality.bar_expectations import (
    ExpectOhlcToBeConsistent,
    ExpectPricesNotToBeStale,
    ExpectPricesNotToJump,
    ExpectPricesNotToSpike,
    ExpectSessionsToBeComplete,
    ExpectSessionsToBeTradingDays,
    ExpectSessionsToHaveTheirBars,
)
from ib_provider.quality.bar_rules import BarRules
from ib_provider.quality.checks import CHECKS, PRICES
from ib_provider.quality.series_text import series_text
from ib_provider.quality.session_bars import session_bars

__all__ = ["COLUMNS", "Series", "expectations"]

#: A series, its bars, and every session that may have one, with hours where they are known.
Series = tuple[SeriesKey, pa.Table, ExpectedSessions | None]

#: What is judged: the number of the series, and of each bar.
COLUMNS: Final = ("series", "session", "ts", *PRICES, "volume")


def expectations(lot: Sequence[Series], rules: BarRules) -> Iterator[Expectation]:
    """Yield what is expected of the bars of some series, each marked with its check.

    Args:
        lot: Series that are all intraday, or all longer; their places in it are their numbers.
        rules: Thresholds and severities of all; a check that they switch off is not made.
    """
    for item in (*_of_the_table(lot, rules), *_of_sessions(lot, rules)):
        if rules.severity(item.meta["check"]) is not None:
            yield item


def _of_the_table(lot: Sequence[Series], rules: BarRules) -> Iterator[Any]:
    def marked(check: str) -> dict[str, Any]:
        return _marked(check, rules)

    yield ExpectTableColumnsToMatchSet(
        column_set=list(COLUMNS), exact_match=True, **marked("schema")
    )
    timed = ExpectColumnValuesToNotBeNull
    untimed = ExpectColumnValuesToBeNull
    kind = timed if lot[0][0].spec.size.is_intraday else untimed
    yield kind(column="ts", **marked("times"))
    yield ExpectCompoundColumnsToBeUnique(
        column_list=["series", "session", "ts"], ignore_row_if="never", **marked("duplicates")
    )
    yield ExpectOhlcToBeConsistent(column_list=list(PRICES), **marked("ohlc_consistent"))
    for column in PRICES:
        yield ExpectColumnValuesToNotBeNull(column=column, **marked("nulls"))
        yield ExpectColumnValuesToBeBetween(
            column=column,
            min_value=0,
            strict_min=True,
            max_value=sys.float_info.max,
            **marked("positive_prices"),
        )
    yield ExpectColumnValuesToBeBetween(column="volume", min_value=0, **marked("negative_volume"))
    yield ExpectColumnValuesToNotBeInSet(column="volume", value_set=[0.0], **marked("zero_volume"))
    closes = ["series", "close"]
    yield ExpectPricesNotToSpike(
        column_list=closes, factor=rules.spike_factor, **marked("price_spikes")
    )
    yield ExpectPricesNotToJump(
        column_list=closes, z=rules.jump_z, least=rules.least_jump, **marked("price_jumps")
    )
    yield ExpectPricesNotToBeStale(
        column_list=["series", *PRICES, "volume"], run=rules.stale_run, **marked("stale_prices")
    )


def _of_sessions(lot: Sequence[Series], rules: BarRules) -> Iterator[Any]:
    sessions: dict[int, str] = {}
    counts: dict[int, str] = {}
    for number, (key, bars, expected) in enumerate(lot):
        # A week or a month is named by one of its days; which one is the broker's habit, no fact.
        if expected is None or key.spec.size in (BarSize.WEEK_1, BarSize.MONTH_1):
            continue
        sessions[number] = " ".join(session.isoformat() for session in expected.days)
        days = sorted(set(bars["session"].to_pylist()) & set(expected.days))
        room = session_bars(key.spec, days, expected.hours)
        if room:
            counts[number] = " ".join(f"{day.isoformat()}={count}" for day, count in room.items())
    if sessions:
        text = series_text(sessions)
        yield ExpectSessionsToBeComplete(expected=text, **_marked("missing_sessions", rules))
        yield ExpectSessionsToBeTradingDays(
            column_list=["series", "session"], expected=text, **_marked("not_a_session", rules)
        )
    if counts:
        yield ExpectSessionsToHaveTheirBars(
            expected=series_text(counts),
            share=rules.session_share,
            **_marked("session_bars", rules),
        )


def _marked(check: str, rules: BarRules) -> dict[str, Any]:
    """Return the arguments that tie an expectation to its check."""
    severity = rules.severity(check) or CHECKS[check].severity
    return {"severity": severity.value, "meta": {"check": check}}
