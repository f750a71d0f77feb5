# SPDX-License-Identifier: Apache-2.0
"""The whole lake looked through in SQL: which series want a closer look.

Strategy:
    Files of the store are sorted, so one streaming pass with the row before and after each bar
    finds every kind of broken bar without a sort or a hash: about twice the cost of reading. It
    names series, not bars; the suite then judges those series and names the bars.

Rules:
    * What the suite calls critical the SQL suspects, but for sessions, which it does not know; a
      test feeds both the same bars. At the border of two series of one instrument it may suspect
      one that is sound, which costs a look.
    * What intraday bars say of a session and what its daily bar says are compared here only: a
      series by itself cannot know.
"""

from __future__ import annotations

from typing import Final

import duckdb

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.finding import Finding
from ib_provider.quality.checks import MINUTES_MATCH_DAY
from ib_provider.quality.price_shape import SPIKE_FACTOR
from ib_provider.quality.row_text import SHOWN

__all__ = ["disagreeing_sessions", "suspects"]

#: How far a day's high or low may be from that of its bars: auctions and late prints.
_TOLERANCE: Final = 0.005

# Written so that a missing price and a NaN, which DuckDB holds to be above all numbers, are broken.
_SUSPECTS: Final = f"""
SELECT DISTINCT instrument_id, bar, what, rth
FROM (
    SELECT instrument_id, bar, what, rth, session, ts, open, high, low, close, volume,
        lag(instrument_id) OVER () AS id_before, lag(session) OVER () AS session_before,
        lag(ts) OVER () AS ts_before,
        lag(close) OVER () AS close_before, lead(close) OVER () AS close_after
    FROM bars
)
WHERE NOT coalesce(high >= open AND high >= close AND open >= low AND close >= low
                   AND low > 0 AND high < 'inf'::DOUBLE, false)
   OR volume < 0
   OR (ts IS NULL) <> (bar IN ('1 day', '1W', '1M'))
   OR instrument_id = id_before AND (
          ts <= ts_before OR session < session_before OR session = session_before AND ts IS NULL
          OR close > {SPIKE_FACTOR} * close_before AND close > {SPIKE_FACTOR} * close_after
          OR {SPIKE_FACTOR} * close < close_before AND {SPIKE_FACTOR} * close < close_after)
ORDER BY ALL
"""  # noqa: S608 - constants of this module

_DISAGREEING: Final = f"""
WITH days AS (
    SELECT instrument_id, what, rth, session, high, low
    FROM bars WHERE bar = '1 day' AND what = 'TRADES'
),
inside AS (
    SELECT instrument_id, bar, what, rth, session, max(high) AS high, min(low) AS low
    FROM bars WHERE bar NOT IN ('1 day', '1W', '1M') AND what = 'TRADES'
    GROUP BY ALL
)
SELECT instrument_id, bar, what, rth, session, inside.high, days.high, inside.low, days.low
FROM inside JOIN days USING (instrument_id, what, rth, session)
WHERE abs(inside.high / days.high - 1) > {_TOLERANCE} OR abs(inside.low / days.low - 1) > {_TOLERANCE}
ORDER BY ALL
"""  # noqa: S608, E501 - constants of this module


def suspects(catalog: duckdb.DuckDBPyConnection) -> tuple[SeriesKey, ...]:
    """Return the series of the view ``bars`` that the suite should judge, sorted.

    Every series with a critical finding is among them; one among them may be sound.
    """
    rows = catalog.execute(_SUSPECTS).fetchall()
    return tuple(_key(name, bar, what, rth=rth) for name, bar, what, rth in rows)


def disagreeing_sessions(catalog: duckdb.DuckDBPyConnection) -> tuple[Finding, ...]:
    """Return where the bars inside a session and its daily bar tell different stories.

    Returns:
        One finding an intraday series of TRADES, its sessions counted, the first ones named.
    """
    found: dict[SeriesKey, list[str]] = {}
    for name, bar, what, rth, session, high, day_high, low, day_low in catalog.execute(
        _DISAGREEING
    ).fetchall():
        text = (
            f"{session} high {high!r}, the day's {day_high!r}; low {low!r}, the day's {day_low!r}"
        )
        found.setdefault(_key(name, bar, what, rth=rth), []).append(text)
    return tuple(
        Finding(
            key=key,
            check=MINUTES_MATCH_DAY.name,
            severity=MINUTES_MATCH_DAY.severity,
            count=len(texts),
            rows=tuple(texts[:SHOWN]),
        )
        for key, texts in found.items()
    )


def _key(name: str, bar: str, what: str, *, rth: bool) -> SeriesKey:
    spec = BarSpec(size=BarSize(bar), what=WhatToShow(what), rth=rth)
    return SeriesKey(instrument_id=name, spec=spec)
