# SPDX-License-Identifier: Apache-2.0
"""Expectations of ours, for what Great Expectations has none.

Warning:
    Importing this module imports Great Expectations: five to nine seconds. Only ``validation``
    does, and only when bars are judged. The definition of a class registers it there.

Rules:
    An expectation has a metric, which finds the offending rows, and a class, which names it in a
    suite. Great Expectations pairs the two by the metric's name.

    The bars of many series stand in one table, those of one together and numbered by the column
    ``series``: the framework's cost is one of tables, 0.2 s each, whatever is in them.

    Sessions travel in one string: a list is copied and validated date by date a hundred times on
    its way through the framework (3,270 dates: 1.4 s a series instead of 0.2 s).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    MulticolumnMapExpectation,
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
from ib_provider.quality.series_text import read_series_text

__all__ = [
    "ExpectOhlcToBeConsistent",
    "ExpectPricesNotToBeStale",
    "ExpectPricesNotToJump",
    "ExpectPricesNotToSpike",
    "ExpectSessionsToBeComplete",
    "ExpectSessionsToBeTradingDays",
    "ExpectSessionsToHaveTheirBars",
]


class _SeriesMetric(MulticolumnMapMetricProvider):
    """A metric that looks at several columns of a bar, a missing value among them."""

    condition_domain_keys = (
        "batch_id",
        "table",
        "column_list",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )


class OhlcConsistency(_SeriesMetric):
    """Which bars have all their prices between low and high."""

    condition_metric_name = "ib_provider.ohlc_consistent"
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


class PriceSpikes(_SeriesMetric):
    """Which closes do not leave both neighbours by a factor."""

    condition_metric_name = "ib_provider.price_spikes"
    condition_value_keys = ("factor",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, factor: float, **_: Any) -> pd.Series[bool]:  # noqa: N805
        return _sound(column_list, lambda bars: is_spike(bars[:, 0], factor))


class ExpectPricesNotToSpike(MulticolumnMapExpectation):
    """Expect no close that is away from both its neighbours by a factor."""

    map_metric: ClassVar[str] = "ib_provider.price_spikes"
    success_keys: ClassVar[tuple[str, ...]] = ("factor",)
    factor: float
    ignore_row_if: Literal["never"] = "never"


class PriceJumps(_SeriesMetric):
    """Which closes move within what the series does."""

    condition_metric_name = "ib_provider.price_jumps"
    condition_value_keys = ("z", "least")

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(
        cls,  # noqa: N805
        column_list: pd.DataFrame,
        z: float,
        least: float,
        **_: Any,
    ) -> pd.Series[bool]:
        return _sound(column_list, lambda bars: is_jump(bars[:, 0], z, least))


class ExpectPricesNotToJump(MulticolumnMapExpectation):
    """Expect no close that moves far beyond all others of the series."""

    map_metric: ClassVar[str] = "ib_provider.price_jumps"
    success_keys: ClassVar[tuple[str, ...]] = ("z", "least")
    z: float
    least: float
    ignore_row_if: Literal["never"] = "never"


class StalePrices(_SeriesMetric):
    """Which bars are in no run of equal ones."""

    condition_metric_name = "ib_provider.stale_prices"
    condition_value_keys = ("run",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, run: int, **_: Any) -> pd.Series[bool]:  # noqa: N805
        return _sound(column_list, lambda bars: is_stale(bars, run))


class ExpectPricesNotToBeStale(MulticolumnMapExpectation):
    """Expect no run of bars that repeat their prices and their volume."""

    map_metric: ClassVar[str] = "ib_provider.stale_prices"
    success_keys: ClassVar[tuple[str, ...]] = ("run",)
    run: int
    ignore_row_if: Literal["never"] = "never"


class TradingSessions(_SeriesMetric):
    """Which sessions are among those expected of their series."""

    condition_metric_name = "ib_provider.trading_sessions"
    condition_value_keys = ("expected",)

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, expected: str, **_: Any) -> pd.Series[bool]:  # noqa: N805
        sound = pd.Series(True, index=column_list.index)  # noqa: FBT003  nothing is known of others
        for numbers, text in read_series_text(expected):
            own = column_list["series"].isin(numbers)
            sound[own] = column_list.loc[own, "session"].isin(_sessions(text))
        return sound


class ExpectSessionsToBeTradingDays(MulticolumnMapExpectation):
    """Expect every bar on a session of the exchange.

    Attributes:
        expected: The sessions of each series, ISO dates between spaces, as ``series_text``.
    """

    map_metric: ClassVar[str] = "ib_provider.trading_sessions"
    success_keys: ClassVar[tuple[str, ...]] = ("expected",)
    expected: str
    ignore_row_if: Literal["never"] = "never"


class MissingSessions(TableMetricProvider):
    """Which expected sessions between a series' first bar and its last have none.

    By the number of the series, ascending.
    """

    metric_name = "ib_provider.missing_sessions"
    value_keys = ("expected",)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> dict[int, list[str]]:
        sessions = _sessions_of_series(execution_engine, metric_domain_kwargs)
        missing = {}
        for numbers, text in read_series_text(metric_value_kwargs["expected"]):
            expected = _sessions(text)
            for number in numbers:
                have = pd.DatetimeIndex(sessions[number])
                within = expected[(expected >= have.min()) & (expected <= have.max())]
                days = within.difference(have)
                missing[number] = [session.date().isoformat() for session in days]
        return missing


class ExpectSessionsToBeComplete(BatchExpectation):
    """Expect a bar in every given session between a series' first bar and its last.

    Attributes:
        expected: The sessions of each series, ISO dates between spaces, as ``series_text``.
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
        missing = metrics["ib_provider.missing_sessions"].items()
        return _verdict({n: [f"{day} has no bar" for day in days] for n, days in missing})


class ShortSessions(TableMetricProvider):
    """Which sessions have fewer bars than they should, in words, by the number of the series."""

    metric_name = "ib_provider.short_sessions"
    value_keys = ("expected", "share")

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> dict[int, list[str]]:
        sessions = _sessions_of_series(execution_engine, metric_domain_kwargs)
        share = metric_value_kwargs["share"]
        short = {}
        for numbers, text in read_series_text(metric_value_kwargs["expected"]):
            wanted = {day: int(count) for day, count in (pair.split("=") for pair in text.split())}
            for number in numbers:
                counts = sessions[number].value_counts(sort=False)
                days = pd.DatetimeIndex(counts.index).strftime("%Y-%m-%d")
                have = dict(zip(days, counts.tolist(), strict=True))
                short[number] = [
                    f"{day} has {have[day]} of {count} bars"
                    for day, count in wanted.items()
                    if day in have and have[day] < count * share
                ]
        return short


class ExpectSessionsToHaveTheirBars(BatchExpectation):
    """Expect in every session most of the bars that its hours have room for.

    Attributes:
        expected: Sessions of each series with their number of bars, ``2013-02-28=390``, between
            spaces, as ``series_text``.
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
        return _verdict(metrics["ib_provider.short_sessions"])


def _verdict(told: dict[int, list[str]]) -> dict[str, Any]:
    """Return the result of an expectation that tells of sessions, by the number of the series."""
    counted = sum(len(texts) for texts in told.values())
    return {
        "success": not counted,
        "result": {
            "observed_value": f"{counted} session(s)",
            "details": {"told": {number: texts for number, texts in told.items() if texts}},
        },
    }


def _sessions_of_series(
    execution_engine: PandasExecutionEngine, domain_kwargs: dict[str, Any]
) -> dict[Any, pd.Series[Any]]:
    """Return the sessions of the bars of each series, by its number."""
    bars, _compute, _accessor = execution_engine.get_compute_domain(
        domain_kwargs=domain_kwargs, domain_type=MetricDomainTypes.TABLE
    )
    return dict(iter(bars.groupby("series")["session"]))


def _sound(
    bars: pd.DataFrame, is_broken: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.bool_]]
) -> pd.Series[bool]:
    """Return which rows are sound, judging the rows of each series by themselves."""
    values = bars.drop(columns="series").to_numpy("float64")
    edges = np.flatnonzero(np.diff(bars["series"].to_numpy())) + 1
    broken = np.concatenate([is_broken(rows) for rows in np.split(values, edges)])
    return pd.Series(~broken, index=bars.index)


def _sessions(text: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(text.split())
