# SPDX-License-Identifier: Apache-2.0
"""The whole lake looked through in SQL: which series want a closer look.

Strategy:
    Files of the store are sorted, so one pass over the bars, and one over the times and closes
    with the row before and after each, find every kind of broken bar without a sort or a hash:
    about twice the cost of reading. They name series, not bars; the suite then judges those series
    and names the bars.

Rules:
    * What the suite calls critical the SQL suspects, but for sessions, which it does not know; a
      test feeds both the same bars. At the border of two series of one instrument it may suspect
      one that is sound, which costs a look.
    * What intraday bars say of a session and what its daily bar says are compared here only: a
      series by itself cannot know.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import duckdb

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.finding import Finding
from ib_provider.quality.bar_rules import DEFAULT_RULES, RuleBook
from ib_provider.quality.checks import MINUTES_MATCH_DAY
from ib_provider.quality.row_text import SHOWN

__all__ = ["EVER", "disagreeing_sessions", "suspects"]

#: Before any bar was fetched.
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Written so that a missing price and a NaN, which DuckDB holds to be above all numbers, are broken.
_BROKEN: Final = """
SELECT DISTINCT instrument_id, bar, what, rth
FROM bars
WHERE ((high >= open AND high >= close AND open >= low AND close >= low
        AND low > 0 AND high < 'inf'::DOUBLE) IS NOT TRUE
       OR volume < 0
       OR (ts IS NULL) <> (bar IN ('1 day', '1W', '1M'))) /* since */
"""

# By itself, for it goes row after row on one processor: every column it does not need slows it.
_OUT_OF_PLACE: Final = """
SELECT DISTINCT instrument_id, bar, what, rth
FROM (
    SELECT instrument_id, bar, what, rth, session, ts, close,
        lag(instrument_id) OVER () AS id_before, lag(session) OVER () AS session_before,
        lag(ts) OVER () AS ts_before,
        lag(close) OVER () AS close_before, lead(close) OVER () AS close_after
    FROM bars WHERE true /* since */
)
WHERE instrument_id = id_before AND (
          ts <= ts_before OR session < session_before OR session = session_before AND ts IS NULL
          OR close > $factor * close_before AND close > $factor * close_after
          OR $factor * close < close_before AND $factor * close < close_after)
"""

_DISAGREEING: Final = """
WITH days AS (
    SELECT instrument_id, what, rth, session, high, low
    FROM bars WHERE bar = '1 day' AND what = 'TRADES'
),
inside AS (
    SELECT instrument_id, bar, what, rth, session, max(high) AS high, min(low) AS low
    FROM bars WHERE bar NOT IN ('1 day', '1W', '1M') AND what = 'TRADES' /* since */
        AND (instrument_id, rth) IN (SELECT DISTINCT instrument_id, rth FROM days)
    GROUP BY ALL
)
SELECT instrument_id, bar, what, rth, session, inside.high, days.high, inside.low, days.low,
    greatest(abs(inside.high / days.high - 1), abs(inside.low / days.low - 1)) AS apart
FROM inside JOIN days USING (instrument_id, what, rth, session)
WHERE apart > $tolerance
ORDER BY ALL
"""


def suspects(
    catalog: duckdb.DuckDBPyConnection,
    rules: RuleBook = DEFAULT_RULES,
    *,
    since: datetime = EVER,
) -> tuple[SeriesKey, ...]:
    """Return the series of the view ``bars`` that the suite should judge, sorted.

    Every series with a critical finding is among them; one among them may be sound.

    Args:
        since: Look only at bars that were fetched from then on.
    """
    strict = rules.everywhere()
    found: set[tuple[str, str, str, bool]] = set()
    for text, asked in ((_BROKEN, {}), (_OUT_OF_PLACE, {"factor": strict.spike_factor})):
        query, of_when = _since(text, since)
        found.update(catalog.execute(query, asked | of_when).fetchall())
    return tuple(_key(name, bar, what, rth=rth) for name, bar, what, rth in sorted(found))


def disagreeing_sessions(
    catalog: duckdb.DuckDBPyConnection,
    rules: RuleBook = DEFAULT_RULES,
    *,
    since: datetime = EVER,
) -> tuple[Finding, ...]:
    """Return where the bars inside a session and its daily bar tell different stories.

    Returns:
        One finding an intraday series of TRADES, its sessions counted, the first ones named.
    """
    found: dict[SeriesKey, list[str]] = {}
    query, asked = _since(_DISAGREEING, since)
    asked["tolerance"] = rules.everywhere().tolerance
    for name, bar, what, rth, session, *values in catalog.execute(query, asked).fetchall():
        high, day_high, low, day_low, apart = values
        key = _key(name, bar, what, rth=rth)
        if apart > rules.of(key).tolerance:
            text = (
                f"{session} high {high!r}, the day's {day_high!r}; "
                f"low {low!r}, the day's {day_low!r}"
            )
            found.setdefault(key, []).append(text)
    return tuple(
        Finding(
            key=key,
            check=MINUTES_MATCH_DAY.name,
            severity=severity,
            count=len(texts),
            rows=tuple(texts[:SHOWN]),
        )
        for key, texts in found.items()
        if (severity := rules.of(key).severity(MINUTES_MATCH_DAY.name)) is not None
    )


def _since(query: str, since: datetime) -> tuple[str, dict[str, object]]:
    """Return a query and its parameters; the condition costs a column, so only where it is one."""
    if since == EVER:
        return query, {}
    return query.replace("/* since */", "AND fetched_at >= $since"), {"since": since}


def _key(name: str, bar: str, what: str, *, rth: bool) -> SeriesKey:
    spec = BarSpec(size=BarSize(bar), what=WhatToShow(what), rth=rth)
    return SeriesKey(instrument_id=name, spec=spec)
