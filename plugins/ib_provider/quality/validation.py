# SPDX-License-Identifier: Apache-2.0
"""The suite of a series, run by Great Expectations, and its results as findings.

Warning:
    Importing this module imports Great Expectations; ``bar_suite`` does so when it is called.
    Its cost is the import and a few milliseconds an expectation, whatever the rows: one context
    serves many tables.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import great_expectations as gx
import pyarrow as pa
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.expected_sessions import ExpectedSessions
from ib_provider.domain.finding import Finding, Severity
from ib_provider.quality.bar_rules import DEFAULT_RULES, BarRules, RuleBook
from ib_provider.quality.checks import CHECKS, PRICES
from ib_provider.quality.row_text import SHOWN, row_texts
from ib_provider.quality.suite import expectations

__all__ = ["validate_all"]

# Otherwise Airflow's task log begins with hundreds of lines on what was registered.
logging.getLogger("great_expectations").setLevel(logging.WARNING)


def validate_all(
    tables: Sequence[tuple[SeriesKey, pa.Table, ExpectedSessions | None]],
    rules: RuleBook = DEFAULT_RULES,
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
    findings = []
    for key, table, expected in tables:
        bars = table.select(["session", "ts", *PRICES, "volume"])
        frame = bars.to_pandas(date_as_object=False)
        strict = rules.of(key)
        suite = gx.ExpectationSuite(
            name=str(key), expectations=list(expectations(key, bars, expected, strict))
        )
        results = definition.get_batch({"dataframe": frame}).validate(
            suite, result_format={"result_format": "COMPLETE"}
        )
        findings.append(tuple(_findings(key, bars, strict, results.results)))
    return findings


def _findings(
    key: SeriesKey,
    bars: pa.Table,
    rules: BarRules,
    results: Sequence[ExpectationValidationResult],
) -> Iterator[Finding]:
    """Yield one finding a failed check, whichever of its expectations failed."""
    failed: dict[str, list[ExpectationValidationResult]] = {}
    for result in results:
        if not result.success:
            failed.setdefault(_configuration(result).meta["check"], []).append(result)
    for name, check in CHECKS.items():
        if name not in failed:
            continue
        indices = sorted({index for one in failed[name] for index in _indices(one)})
        told = [text for one in failed[name] for text in _told(one)]
        broken = [_failure(one) for one in failed[name] if not _indices(one) and not told]
        shown = (
            *broken,
            *row_texts(check, bars, indices),
            *told[:SHOWN],
        )
        yield Finding(
            key=key,
            check=name,
            # A check that could not be made proves nothing: as good as a critical finding.
            severity=Severity.CRITICAL if broken else rules.severity(name) or check.severity,
            count=len(broken) + len(indices) + len(told),
            rows=shown,
        )


def _indices(result: ExpectationValidationResult) -> list[int]:
    return result.result.get("unexpected_index_list") or []


def _told(result: ExpectationValidationResult) -> list[str]:
    return result.result.get("details", {}).get("told") or []


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
