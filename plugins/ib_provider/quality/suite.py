# SPDX-License-Identifier: Apache-2.0
"""The expectations of a series.

Warning:
    Importing this module imports Great Expectations; only ``validation`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date
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
from ib_provider.quality.bar_expectations import (
    ExpectOhlcToBeConsistent,
    ExpectPricesNotToBeStale,
    ExpectPricesNotToJump,
    ExpectPricesNotToSpike,
    ExpectSessionsToBeComplete,
    ExpectSessionsToBeTradingDays,
)
from ib_provider.quality.checks import CHECKS, PRICES

__all__ = ["expectations"]


def expectations(
    key: SeriesKey, bars: pa.Table, expected: Sequence[date] | None
) -> Iterator[Expectation]:
    """Yield what is expected of the bars of one series, each marked with its check.

    Args:
        expected: Every session that may have a bar; None leaves sessions unjudged.
    """
    yield ExpectTableColumnsToMatchSet(
        column_set=bars.schema.names, exact_match=True, **_marked("schema")
    )
    timed = ExpectColumnValuesToNotBeNull
    untimed = ExpectColumnValuesToBeNull
    kind = timed if key.spec.size.is_intraday else untimed
    yield kind(column="ts", **_marked("times"))
    yield ExpectCompoundColumnsToBeUnique(
        column_list=["session", "ts"], ignore_row_if="never", **_marked("duplicates")
    )
    yield ExpectOhlcToBeConsistent(column_list=list(PRICES), **_marked("ohlc_consistent"))
    for column in PRICES:
        yield ExpectColumnValuesToNotBeNull(column=column, **_marked("nulls"))
        yield ExpectColumnValuesToBeBetween(
            column=column,
            min_value=0,
            strict_min=True,
            max_value=sys.float_info.max,
            **_marked("positive_prices"),
        )
    yield ExpectColumnValuesToBeBetween(column="volume", min_value=0, **_marked("negative_volume"))
    yield ExpectColumnValuesToNotBeInSet(column="volume", value_set=[0.0], **_marked("zero_volume"))
    yield ExpectPricesNotToSpike(**_marked("price_spikes"))
    yield ExpectPricesNotToJump(**_marked("price_jumps"))
    yield ExpectPricesNotToBeStale(column_list=[*PRICES, "volume"], **_marked("stale_prices"))
    # A week or a month is named by one of its days; which one is the broker's habit, no fact.
    if expected is not None and key.spec.size not in (BarSize.WEEK_1, BarSize.MONTH_1):
        sessions = " ".join(session.isoformat() for session in expected)
        yield ExpectSessionsToBeComplete(expected=sessions, **_marked("missing_sessions"))
        yield ExpectSessionsToBeTradingDays(expected=sessions, **_marked("not_a_session"))


def _marked(check: str) -> dict[str, Any]:
    """Return the arguments that tie an expectation to its check."""
    return {"severity": CHECKS[check].severity.value, "meta": {"check": check}}
