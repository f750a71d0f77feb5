# SPDX-License-Identifier: Apache-2.0
"""Expectations of ours, for what Great Expectations has none.

Warning:
    Importing this module imports Great Expectations: five to nine seconds. Only ``validation``
    does, and only when bars are judged. The definition of a class registers it there.

Rules:
    An expectation has a metric, which finds the offending rows, and a class, which names it in a
    suite. Great Expectations pairs the two by the metric's name.

    Sessions travel in one string: a list is copied and validated date by date a hundred times on
    its way through the framework (3,270 dates: 1.4 s a series instead of 0.2 s).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pandas as pd
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    ColumnMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (  # noqa: E501
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (  # noqa: E501
    MulticolumnMapMetricProvider,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from ib_provider.quality.price_shape import is_jump, is_spike, is_stale

__all__ = [
    "ExpectOhlcToBeConsistent",
    "ExpectPricesNotToBeStale",
    "ExpectPricesNotToJump",
    "ExpectPricesNotToSpike",
    "ExpectSessionsToBeComplete",
    "ExpectSessionsToBeTradingDays",
    "ExpectSessionsToHaveTheirBars",
]


class OhlcConsistency(MulticolumnMapMetricProvider):
    """Which bars have all their prices between low and high."""

    condition_metric_name = "ib_provider.ohlc_consistent"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_list",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )
    condition_value_keys = ()

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series[bool]:  # noqa: N805
        # Written as what is broken: a missing price breaks nothing here, it has its own check.
        bars = column_list
        above = bars[["open", "close", "low"]].gt(bars["high"], axis=0).any(axis=1)
        below = bars[["open", "close"]].lt(bars["low"], axis=0).any(axis=1)
        return ~(above | below)


class ExpectOhlcToBeConsistent(MulticolumnMapExpectation):
    """Expect low <= open, close <= high in every bar."""

    map_metric: ClassVar[str] = "ib_provider.ohlc_consistent"
    ignore_row_if: Literal["never"] = "never"


class PriceSpikes(ColumnMapMetricProvider):
    """Which closes do not leave both neighbours by a factor."""

    condition_metric_name = "ib_provider.price_spikes"
    condition_value_keys = ("factor",)
    filter_column_isnull = False

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], factor: float, **_: Any) -> pd.Series[bool]:  # noqa: N805
        return pd.Series(~is_spike(column.to_numpy("float64"), factor), index=column.index)


class ExpectPricesNotToSpike(ColumnMapExpectation):
    """Expect no close that is away from both its neighbours by a factor."""

    map_metric: ClassVar[str] = "ib_provider.price_spikes"
    success_keys: ClassVar[tuple[str, ...]] = ("factor",)
    column: str = "close"
    factor: float


class PriceJumps(ColumnMapMetricProvider):
    """Which closes move within what the series does."""

    condition_metric_name = "ib_provider.price_jumps"
    condition_value_keys = ("z", "least")
    filter_column_isnull = False

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        column: pd.Series[Any],
        z: float,
        least: float,
        **_: Any,
    ) -> pd.Series[bool]:
        return pd.Series(~is_jump(column.to_numpy("float64"), z, least), index=column.index)


class ExpectPricesNotToJump(ColumnMapExpectation):
    """Expect no close that moves far beyond all others of the series."""

    map_metric: ClassVar[str] = "ib_provider.price_jumps"
    success_keys: ClassVar[tuple[str, ...]] = ("z", "least")
    column: str = "close"
    z: float
    least: float


class StalePrices(MulticolumnMapMetricProvider):
    """Which bars are in no run of equal ones."""

    condition_metric_name = "ib_provider.stale_prices"
    condition_domain_keys = OhlcConsistency.condition_domain_keys
    condition_value_keys = ("run",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, run: int, **_: Any) -> pd.Series[bool]:  # noqa: N805
        return pd.Series(~is_stale(column_list.to_numpy("float64"), run), index=column_list.index)


class ExpectPricesNotToBeStale(MulticolumnMapExpectation):
    """Expect no run of bars that repeat their prices and their volume."""

    map_metric: ClassVar[str] = "ib_provider.stale_prices"
    success_keys: ClassVar[tuple[str, ...]] = ("run",)
    run: int
    ignore_row_if: Literal["never"] = "never"


class TradingSessions(ColumnMapMetricProvider):
    """Which sessions are among those expected."""

    condition_metric_name = "ib_provider.trading_sessions"
    condition_value_keys = ("expected",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[Any], expected: str, **_: Any) -> pd.Series[bool]:  # noqa: N805
        return column.isin(_sessions(expected))


class ExpectSessionsToBeTradingDays(ColumnMapExpectation):
    """Expect every bar on a session of the exchange.

    Attributes:
        expected: The sessions, as ISO dates between spaces.
    """

    map_metric: ClassVar[str] = "ib_provider.trading_sessions"
    success_keys: ClassVar[tuple[str, ...]] = ("expected",)
    column: str = "session"
    expected: str


class MissingSessions(TableMetricProvider):
    """Which expected sessions between the first bar and the last have none, ascending."""

    metric_name = "ib_provider.missing_sessions"
    value_keys = ("expected",)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> list[str]:
        bars, _compute, _accessor = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        expected = _sessions(metric_value_kwargs["expected"])
        within = expected[(expected >= bars["session"].min()) & (expected <= bars["session"].max())]
        missing = within.difference(pd.DatetimeIndex(bars["session"]))
        return [session.date().isoformat() for session in missing]


class ExpectSessionsToBeComplete(BatchExpectation):
    """Expect a bar in every given session between the first bar and the last.

    Attributes:
        expected: The sessions, as ISO dates between spaces.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("ib_provider.missing_sessions",)
    success_keys: ClassVar[tuple[str, ...]] = ("expected",)
    expected: str

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - their signature
        execution_engine: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        missing = metrics["ib_provider.missing_sessions"]
        return {
            "success": not missing,
            "result": {
                "observed_value": f"{len(missing)} session(s) missing",
                "details": {"told": [f"{day} has no bar" for day in missing]},
            },
        }


class ShortSessions(TableMetricProvider):
    """Which sessions have fewer bars than they should, ascending, in words."""

    metric_name = "ib_provider.short_sessions"
    value_keys = ("expected", "share")

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> list[str]:
        bars, _compute, _accessor = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        pairs = (pair.split("=") for pair in metric_value_kwargs["expected"].split())
        wanted = {day: int(count) for day, count in pairs}
        counts = bars["session"].value_counts(sort=False)
        days = pd.DatetimeIndex(counts.index).strftime("%Y-%m-%d")
        have = dict(zip(days, counts.tolist(), strict=True))
        return [
            f"{day} has {have[day]} of {count} bars"
            for day, count in wanted.items()
            if day in have and have[day] < count * metric_value_kwargs["share"]
        ]


class ExpectSessionsToHaveTheirBars(BatchExpectation):
    """Expect in every session most of the bars that its hours have room for.

    Attributes:
        expected: Sessions with their number of bars, ``2013-02-28=390``, between spaces.
        share: Which share of them is enough.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("ib_provider.short_sessions",)
    success_keys: ClassVar[tuple[str, ...]] = ("expected", "share")
    expected: str
    share: float

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - their signature
        execution_engine: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        short = metrics["ib_provider.short_sessions"]
        return {
            "success": not short,
            "result": {
                "observed_value": f"{len(short)} session(s) short of bars",
                "details": {"told": short},
            },
        }


def _sessions(text: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(text.split())
