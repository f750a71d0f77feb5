# SPDX-License-Identifier: Apache-2.0
"""The suites of many series, run by Great Expectations, and their results as findings.

Warning:
    Importing this module imports Great Expectations; ``bar_suite`` does so when it is called.

Strategy:
    A validation costs 0.2 s, whatever the rows, so series that are judged by the same rules are
    put into one table. What fails without naming a row might be the fault of one of them: then
    each is validated by itself.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Final

import great_expectations as gx
import numpy as np
import pyarrow as pa
from great_expectations.core import ExpectationValidationResult
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.finding import Finding, Severity
from ib_provider.quality.bar_rules import DEFAULT_RULES, BarRules, RuleBook
from ib_provider.quality.checks import CHECKS, Check
from ib_provider.quality.row_text import SHOWN, row_texts
from ib_provider.quality.suite import COLUMNS, Series, expectations

__all__ = ["validate_all"]

#: Bars in one table of Great Expectations, which copies columns as it goes: some 200 MB.
_ROWS_AT_ONCE: Final = 500_000

# Otherwise Airflow's task log begins with hundreds of lines on what was registered.
logging.getLogger("great_expectations").setLevel(logging.WARNING)


def validate_all(
    tables: Sequence[Series], rules: RuleBook = DEFAULT_RULES
) -> list[tuple[Finding, ...]]:
    """Return the findings of each table, in the tables' order; every table has rows.

    Args:
        tables: Series, bars in ``BAR_SCHEMA`` at least, and the sessions that may have bars.
        rules: How strict each series is judged.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("bars").add_dataframe_asset("bars")
    definition = asset.add_batch_definition_whole_dataframe("bars")
    findings: dict[int, tuple[Finding, ...]] = {}
    for strict, places in _lots(tables, rules):
        lot = [tables[place] for place in places]
        results = _validate(definition, lot, strict)
        if len(lot) == 1 or not any(_names_nothing(one) for one in results):
            findings |= zip(places, _findings(lot, strict, results), strict=True)
            continue
        for place, series in zip(places, lot, strict=True):
            (findings[place],) = _findings(
                [series], strict, _validate(definition, [series], strict)
            )
    return [findings[place] for place in range(len(tables))]


def _lots(tables: Sequence[Series], rules: RuleBook) -> Iterator[tuple[BarRules, list[int]]]:
    """Yield the places of the tables that one validation can judge, with their rules."""
    alike: list[tuple[BarRules, bool, list[int]]] = []
    for place, (key, table, _) in enumerate(tables):
        strict, intraday = rules.of(key), key.spec.size.is_intraday
        for other, kind, places in alike:
            rows = sum(len(tables[one][1]) for one in places)
            if (other, kind) == (strict, intraday) and rows + len(table) <= _ROWS_AT_ONCE:
                places.append(place)
                break
        else:
            alike.append((strict, intraday, [place]))
    return ((strict, places) for strict, _, places in alike)


def _validate(
    definition: BatchDefinition[Any], lot: Sequence[Series], rules: BarRules
) -> Sequence[ExpectationValidationResult]:
    """Return the results of the lot's suite over all its bars, numbered by series."""
    numbers = np.repeat(np.arange(len(lot)), [len(bars) for _, bars, _ in lot])
    bars = pa.concat_tables(bars.select(COLUMNS[1:]) for _, bars, _ in lot)
    frame = bars.add_column(0, COLUMNS[0], pa.array(numbers)).to_pandas(date_as_object=False)
    suite = gx.ExpectationSuite(name="bars", expectations=list(expectations(lot, rules)))
    validated = definition.get_batch({"dataframe": frame}).validate(
        suite, result_format={"result_format": "COMPLETE"}
    )
    return validated.results


def _findings(
    lot: Sequence[Series], rules: BarRules, results: Sequence[ExpectationValidationResult]
) -> Iterator[tuple[Finding, ...]]:
    """Yield the findings of each series: one a failed check, whichever expectation failed."""
    failed: dict[str, list[ExpectationValidationResult]] = {}
    for result in results:
        if not result.success:
            failed.setdefault(_configuration(result).meta["check"], []).append(result)
    begin = 0
    for number, (key, bars, _) in enumerate(lot):
        rows = range(begin, begin + len(bars))
        begin = rows.stop
        found = (
            _finding(key, bars, rules, check, failed[check.name], rows=rows, number=number)
            for check in CHECKS.values()
            if check.name in failed
        )
        yield tuple(one for one in found if one is not None)


def _finding(
    key: SeriesKey,
    bars: pa.Table,
    rules: BarRules,
    check: Check,
    failed: Sequence[ExpectationValidationResult],
    *,
    rows: range,
    number: int,
) -> Finding | None:
    """Return what a failed check says of one series, whose bars are some rows of the lot."""
    indices = sorted({index - rows.start for one in failed for index in _within(rows, one)})
    told = [text for one in failed for text in _told(one).get(number, [])]
    broken = [_failure(one) for one in failed if _names_nothing(one)]
    if not (indices or told or broken):
        return None
    return Finding(
        key=key,
        check=check.name,
        # A check that could not be made proves nothing: as good as a critical finding.
        severity=Severity.CRITICAL if broken else rules.severity(check.name) or check.severity,
        count=len(broken) + len(indices) + len(told),
        rows=(*broken, *row_texts(check, bars, indices), *told[:SHOWN]),
    )


def _names_nothing(result: ExpectationValidationResult) -> bool:
    """Return whether an expectation failed and says of no row or session that it is broken."""
    return not (result.success or _indices(result) or _told(result))


def _within(rows: range, result: ExpectationValidationResult) -> list[int]:
    """Return the rows that an expectation found broken, of some rows."""
    indices = _indices(result)
    return indices[bisect_left(indices, rows.start) : bisect_left(indices, rows.stop)]


def _indices(result: ExpectationValidationResult) -> list[int]:
    """Return the rows that an expectation found broken, ascending."""
    return result.result.get("unexpected_index_list") or []


def _told(result: ExpectationValidationResult) -> dict[int, list[str]]:
    """Return what an expectation says of sessions, by the number of the series."""
    return result.result.get("details", {}).get("told") or {}


def _failure(result: ExpectationValidationResult) -> str:
    """Return why an expectation failed that names no row: it raised, or is about the table."""
    info = result.exception_info or {}
    # One entry a metric, or the entry itself; the tracebacks beside the messages are not for here.
    entries = [entry for entry in info.values() if isinstance(entry, dict)] or [info]
    messages = {
        str(entry["exception_message"]) for entry in entries if entry.get("exception_message")
    }
    reason = "; ".join(sorted(messages)) or str(result.result)
    return f"{_configuration(result).type} could not be made: {reason}"


def _configuration(result: ExpectationValidationResult) -> ExpectationConfiguration:
    if result.expectation_config is None:
        raise TypeError("Great Expectations returned a result without its expectation")
    return result.expectation_config
