# SPDX-License-Identifier: Apache-2.0
"""Bars as the wire has them: columns and stamps made into rows, days into weeks and months.

Bars of a day and longer are dated ``yyyymmdd``; weeks and months carry their last session (from
memory of real answers, unverified). Intraday bars carry their start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from ib_provider.domain.bar import BarSize
from ib_provider.simulator.market.bar_columns import BarColumns
from ib_provider.wire.messages import BarRow

__all__ = ["flat_row", "in_periods", "rows_of", "stamps_of"]


def rows_of(bars: BarColumns, stamps: Sequence[str]) -> list[BarRow]:
    """Return bars as rows."""
    return list(
        zip(
            stamps,
            bars.open.tolist(),
            bars.high.tolist(),
            bars.low.tolist(),
            bars.close.tolist(),
            bars.volume.tolist(),
            bars.wap.tolist(),
            bars.trades.tolist(),
            strict=True,
        )
    )


def flat_row(stamp: str, value: float) -> BarRow:
    """Return the row of a series that has one number a bar, and no trades."""
    return stamp, value, value, value, value, -1, -1.0, -1


def stamps_of(bars: BarColumns, *, zone_name: str, date_style: int, shift_s: int) -> list[str]:
    """Return the bars' starts: epoch seconds, or local time; no session crosses a clock change.

    Args:
        zone_name: What to call the zone; empty for epoch seconds.
        date_style: 3 for short text.
        shift_s: Local time less UTC.
    """
    if not zone_name:
        return [str(start) for start in bars.start.tolist()]
    local = (bars.start + shift_s).astype("datetime64[s]").astype(str).tolist()
    if date_style == 3:
        return [f"{at[5:7]}{at[8:10]} {at[11:]} {zone_name}" for at in local]
    return [f"{at[:4]}{at[5:7]}{at[8:10]} {at[11:]} {zone_name}" for at in local]


def in_periods(days: Iterable[BarRow], size: BarSize) -> Iterator[BarRow]:
    """Yield days as they are, or gathered to weeks or months."""
    if size is BarSize.DAY_1:
        yield from days
        return
    period = _week if size is BarSize.WEEK_1 else _month
    for _, group in groupby(days, key=period):
        yield _merged(list(group))


def _merged(rows: list[BarRow]) -> BarRow:
    """Return several days as one bar, dated as the last."""
    volume = sum(row[5] for row in rows)
    money = sum(float(row[6]) * float(row[5]) for row in rows)
    return (
        rows[-1][0],
        rows[0][1],
        max(row[2] for row in rows),
        min(row[3] for row in rows),
        rows[-1][4],
        volume if volume >= 0 else -1,
        round(money / float(volume), 4) if volume > 0 else rows[-1][6],
        max(-1, sum(row[7] for row in rows)),
    )


def _day(row: BarRow) -> date:
    return date(int(row[0][:4]), int(row[0][4:6]), int(row[0][6:8]))


def _week(row: BarRow) -> tuple[int, int]:
    return _day(row).isocalendar()[:2]


def _month(row: BarRow) -> tuple[int, int]:
    day = _day(row)
    return day.year, day.month
