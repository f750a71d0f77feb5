# SPDX-License-Identifier: Apache-2.0
"""The expectations of a series.

Warning:
    Importing this module imports Great Expectations; only ``validation`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

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
from ib_provider.quality.session_bars import session_bars

__all__ = ["expectations"]


def expectations(
    key: SeriesKey, bars: pa.Table, expected: ExpectedSessions | None, rules: BarRules
) -> Iterator[Expectation]:
    """Yield what is expected of the bars of one series, each marked with its check.

    Args:
        expected: Every session that may have a bar, with hours where they are known; None leaves
            sessions unjudged.
        rules: Thresholds and severities; a check that they switch off is not made.
    """
    for item in (*_of_the_table(key, bars, rules), *_of_sessions(key, bars, expected, rules)):
        if rules.severity(item.meta["check"]) is not None:
            yield item


def _of_the_table(key: SeriesKey, bars: pa.Table, rules: BarRules) -> Iterator[Any]:
    def marked(check: str) -> dict[str, Any]:
        return _marked(check, rules)

    yield ExpectTableColumnsToMatchSet(
        column_set=bars.schema.names, exact_match=True, **marked("schema")
    )
    timed = ExpectColumnValuesToNotBeNull
    untimed = ExpectColumnValuesToBeNull
    kind = timed if key.spec.size.is_intraday else untimed
    yield kind(column="ts", **marked("times"))
    yield ExpectCompoundColumnsToBeUnique(
        column_list=["session", "ts"], ignore_row_if="never", **marked("duplicates")
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
    yield ExpectPricesNotToSpike(factor=rules.spike_factor, **marked("price_spikes"))
    yield ExpectPricesNotToJump(z=rules.jump_z, least=rules.least_jump, **marked("price_jumps"))
    yield ExpectPricesNotToBeStale(
        column_list=[*PRICES, "volume"], run=rules.stale_run, **marked("stale_prices")
    )


def _of_sessions(
    key: SeriesKey, bars: pa.Table, expected: ExpectedSessions | None, rules: BarRules
) -> Iterator[Any]:
    # A week or a month is named by one of its days; which one is the broker's habit, no fact.
    if expected is None or key.spec.size in (BarSize.WEEK_1, BarSize.MONTH_1):
        return
    sessions = " ".join(session.isoformat() for session in expected.days)
    yield ExpectSessionsToBeComplete(expected=sessions, **_marked("missing_sessions", rules))
    yield ExpectSessionsToBeTradingDays(expected=sessions, **_marked("not_a_session", rules))
    days = sorted(set(bars["session"].to_pylist()) & set(expected.days))
    counts = session_bars(key.spec, days, expected.hours)
    if counts:
        text = " ".join(f"{day.isoformat()}={count}" for day, count in counts.items())
        yield ExpectSessionsToHaveTheirBars(
            expected=text, share=rules.session_share, **_marked("session_bars", rules)
        )


def _marked(check: str, rules: BarRules) -> dict[str, Any]:
    """Return the arguments that tie an expectation to its check."""
    severity = rules.severity(check) or CHECKS[check].severity
    return {"severity": severity.value, "meta": {"check": check}}
