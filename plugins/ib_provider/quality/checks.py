# SPDX-License-Identifier: Apache-2.0
"""What is demanded of a series of bars: one row a check, with its weight and its words.

The words name an offending bar and what is wrong with it, so that a person can look at that bar
and at no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from ib_provider.domain.finding import Severity

__all__ = ["BAR_COUNT", "CHECKS", "MINUTES_MATCH_DAY", "PRICES", "REVISED", "Check", "Row"]

#: One bar, by column of ``BAR_SCHEMA``; a missing number is NaN or None.
Row = Mapping[str, Any]

PRICES: Final = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class Check:
    """One demand.

    Attributes:
        demand: What holds for sound bars, as a sentence.
        describe: What to say of one offending bar; its time comes in front.
    """

    name: str
    severity: Severity
    demand: str
    describe: Callable[[Row], str]


def _missing(row: Row) -> str:
    return f"{', '.join(name for name in PRICES if _is_missing(row[name]))} missing"


def _inconsistent(row: Row) -> str:
    broken = [
        f"{upper} {row[upper]!r} < {lower} {row[lower]!r}"
        for upper, lower in (
            ("high", "low"),
            ("high", "open"),
            ("high", "close"),
            ("open", "low"),
            ("close", "low"),
        )
        if row[upper] < row[lower]
    ]
    return ", ".join(broken)


def _prices(row: Row) -> str:
    return ", ".join(f"{name} {row[name]!r}" for name in PRICES)


def _close(row: Row) -> str:
    return f"close {row['close']!r}, volume {row['volume']!r}"


def _volume(row: Row) -> str:
    return f"volume {row['volume']!r}"


def _is_missing(value: float | None) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN is unlike itself


_TABLE = (
    Check("schema", Severity.CRITICAL, "the table has the columns of a bar table", _close),
    Check("times", Severity.CRITICAL, "an intraday bar has a time, a longer one none", _close),
    Check("nulls", Severity.CRITICAL, "every price is there", _missing),
    Check("duplicates", Severity.CRITICAL, "a time has one bar", _close),
    Check("ohlc_consistent", Severity.CRITICAL, "low <= open, close <= high", _inconsistent),
    Check("positive_prices", Severity.CRITICAL, "prices are above zero and finite", _prices),
    Check("negative_volume", Severity.CRITICAL, "volume is not below zero", _volume),
    Check("not_a_session", Severity.CRITICAL, "the exchange was open that day", _close),
    Check("missing_sessions", Severity.WARNING, "no session between two bars lacks one", _close),
    Check("session_bars", Severity.WARNING, "a session has the bars its hours have", _close),
    Check("price_spikes", Severity.CRITICAL, "no close leaves and returns by a factor", _close),
    Check("price_jumps", Severity.WARNING, "no close moves far beyond all others", _close),
    Check("stale_prices", Severity.WARNING, "bars in a row are not all equal", _prices),
    Check("zero_volume", Severity.INFO, "something traded", _volume),
)

#: The checks by name, in the order in which findings are reported.
CHECKS: Final[Mapping[str, Check]] = MappingProxyType({check.name: check for check in _TABLE})

#: Not of one series: a day's bar beside the bars of that day.
MINUTES_MATCH_DAY: Final = Check(
    "minutes_match_day", Severity.WARNING, "a day's range is that of its bars", _prices
)

#: Not of one answer: what an audit was told beside what is stored.
REVISED: Final = Check("revised", Severity.WARNING, "IB says again what it said before", _prices)

#: Not of one answer: what is stored of a range beside the sessions that it has.
BAR_COUNT: Final = Check(
    "bar_count", Severity.WARNING, "a series has the bars that its sessions say", _close
)
