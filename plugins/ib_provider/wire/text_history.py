# SPDX-License-Identifier: Apache-2.0
"""Bars as text. A loop of its own: 100,000 rows do not go through a layout table."""

from __future__ import annotations

from collections.abc import Iterable

from ib_provider.wire.answers import BarRow, HistoricalData

__all__ = ["END_MESSAGE_SINCE", "render_bars"]

END_MESSAGE_SINCE = 196
"""From here the end of the bars is a message of its own; before, the bars carry the span."""


def _rows(bars: Iterable[BarRow]) -> Iterable[str]:
    for date, open_, high, low, close, volume, wap, count in bars:
        yield f"{date}\0{open_}\0{high}\0{low}\0{close}\0{volume}\0{wap}\0{count}\0"


def render_bars(answer: HistoricalData, version: int) -> bytes:
    """Return the body after the id, every field with its terminator."""
    span = "" if version >= END_MESSAGE_SINCE else f"{answer.start}\0{answer.end}\0"
    rows = "".join(_rows(answer.bars))
    return f"{answer.request_id}\0{span}{len(answer.bars)}\0{rows}".encode("ascii")
