# SPDX-License-Identifier: Apache-2.0
"""Judge bars: which of them cannot be believed, and why.

Great Expectations is imported when something is judged and not before: it takes seconds, and a
DAG file that names an operator must not pay them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import pyarrow as pa

from ib_provider.domain.bar import SeriesKey
from ib_provider.domain.bar_table import bar_table_problems
from ib_provider.domain.expected_sessions import ExpectedSessions
from ib_provider.domain.finding import Finding
from ib_provider.quality.bar_rules import DEFAULT_RULES, RuleBook
from ib_provider.quality.checks import CHECKS

__all__ = ["Expected", "Judged", "judge", "judge_all", "judge_each"]

#: What is known of the sessions that may have bars. Dates alone leave uncounted how many; None:
#: nobody knows.
Expected = ExpectedSessions | Sequence[date] | None
#: A series, its bars, and its sessions.
Judged = tuple[SeriesKey, pa.Table, Expected]


def judge(table: pa.Table, key: SeriesKey, *, expected: Expected) -> tuple[Finding, ...]:
    """Return what is wrong with a series; nothing when all is well.

    For many series use ``judge_all``, which shares what is costly.

    Args:
        table: Bars in ``BAR_SCHEMA`` or ``STORED_BAR_SCHEMA``, in any order. A table of another
            shape gets one critical finding, ``schema``, and no other check.
        expected: Every session of the exchange from before the first bar to after the last: a bar
            outside of them is critical, one of them between two bars without a bar is a warning.
            None leaves sessions unjudged, and so do bars of a week or a month. With their hours
            given, too few bars inside one are a warning.

    Returns:
        One finding a failed check, at most ten rows named in each, all counted. An empty table has
        none: that there was nothing is for the ledger to judge.
    """
    return judge_each([(key, table, expected)])[0]


def judge_all(
    tables: Mapping[SeriesKey, tuple[pa.Table, Expected]],
) -> dict[SeriesKey, tuple[Finding, ...]]:
    """Return the findings of each series, as ``judge`` does, at one cost of preparation."""
    found = judge_each([(key, table, expected) for key, (table, expected) in tables.items()])
    return dict(zip(tables, found, strict=True))


def judge_each(
    tables: Sequence[Judged], rules: RuleBook = DEFAULT_RULES
) -> tuple[tuple[Finding, ...], ...]:
    """Return the findings of each table, in their order; a series may come more than once.

    What a batch staged for one series in several spans is several tables: each is judged by
    itself, and none may be published on the word of another.

    Args:
        rules: How strict each series is judged.
    """
    problems = [bar_table_problems(table) for _, table, _ in tables]
    sound = [
        (key, table, None if expected is None else ExpectedSessions.of(expected))
        for (key, table, expected), faults in zip(tables, problems, strict=True)
        if not faults and len(table)
    ]
    validated: Iterator[tuple[Finding, ...]] = iter(())
    if sound:
        from ib_provider.quality.validation import validate_all  # noqa: PLC0415 - see above

        validated = iter(validate_all(sound, rules))
    return tuple(
        _schema_findings(key, faults) if faults or not len(table) else next(validated)
        for (key, table, _), faults in zip(tables, problems, strict=True)
    )


def _schema_findings(key: SeriesKey, problems: Sequence[str]) -> tuple[Finding, ...]:
    if not problems:
        return ()
    check = CHECKS["schema"]
    return (
        Finding(
            key=key,
            check=check.name,
            severity=check.severity,
            count=len(problems),
            rows=tuple(problems),
        ),
    )
