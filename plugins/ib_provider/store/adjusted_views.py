# SPDX-License-Identifier: Apache-2.0
"""The SQL of adjustment: bars as they traded, as IB adjusts them, and with dividends.

bars_split         what IB serves as TRADES: adjusted for splits as of the last pull
bars_raw           the same before the splits that were met while collecting
bars_total         bars_split times the dividend factor of its session
dividend_factors   the daily ADJUSTED_LAST close over the daily TRADES close; it changes on
                   ex-dates. Only sessions of which both are collected are in it, and in
                   bars_total
"""

from __future__ import annotations

from typing import Final

__all__ = ["ADJUSTED_VIEWS"]

_PRICES: Final = ("open", "high", "low", "close", "wap")

_DIVIDEND_FACTORS: Final = """
CREATE VIEW dividend_factors AS
SELECT split.instrument_id, split.session, adjusted.close / split.close AS factor
FROM bars AS split
JOIN bars AS adjusted USING (instrument_id, session, bar, rth)
WHERE split.bar = '1 day' AND split.rth AND split.close > 0
  AND split.what = 'TRADES' AND adjusted.what = 'ADJUSTED_LAST'
"""

_SPLIT_FACTORS: Final = """
CREATE VIEW split_factors AS
SELECT instrument_id, bar, what, rth, ex_session,
       product(ratio) OVER (
           PARTITION BY instrument_id, bar, what, rth
           ORDER BY ex_session DESC ROWS UNBOUNDED PRECEDING
       ) AS factor
FROM splits
"""


def _scaled(view: str, factor: str, source: str, *, volume: str) -> str:
    prices = ", ".join(f"{name} {factor} AS {name}" for name in _PRICES)
    # Only constants of this module stand in it.
    return f"CREATE VIEW {view} AS SELECT bars.* REPLACE ({prices}, {volume} AS volume) {source}"


_BARS_RAW: Final = _scaled(
    "bars_raw",
    "/ coalesce(split_factors.factor, 1)",
    """
    FROM bars ASOF LEFT JOIN split_factors
    ON bars.instrument_id = split_factors.instrument_id AND bars.bar = split_factors.bar
       AND bars.what = split_factors.what AND bars.rth = split_factors.rth
       AND bars.session < split_factors.ex_session
    WHERE bars.what = 'TRADES'
    """,
    volume="volume * coalesce(split_factors.factor, 1)",
)
_BARS_TOTAL: Final = _scaled(
    "bars_total",
    "* dividend_factors.factor",
    """
    FROM bars JOIN dividend_factors USING (instrument_id, session)
    WHERE bars.what = 'TRADES'
    """,
    volume="volume",
)
_BARS_SPLIT: Final = "CREATE VIEW bars_split AS SELECT * FROM bars WHERE what = 'TRADES'"

#: In the order in which they can be made, after the views ``bars`` and ``splits``.
ADJUSTED_VIEWS: Final = (_BARS_SPLIT, _SPLIT_FACTORS, _BARS_RAW, _DIVIDEND_FACTORS, _BARS_TOTAL)
