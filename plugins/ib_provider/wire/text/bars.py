# SPDX-License-Identifier: Apache-2.0
"""Bars as text. A loop of its own: 100,000 rows do not go through a layout table."""

from __future__ import annotations

from collections.abc import Iterable

from ib_provider.errors import LocalProtocolError
from ib_provider.wire.answers import BarRow, HistoricalData

__all__ = ["END_MESSAGE_SINCE", "render_bars"]

END_MESSAGE_SINCE = 196
"""From here the end of the bars is a message of its own; before, the bars carry the span."""


_FIELDS = 8


def _rows(bars: Iterable[BarRow]) -> Iterable[str]:
    for date, open_, high, low, close, volume, wap, count in bars:
        yield f"{date}\0{open_}\0{high}\0{low}\0{close}\0{volume}\0{wap}\0{count}\0"


def render_bars(answer: HistoricalData, version: int) -> bytes:
    """Return the body after the id, every field with its terminator.

    Raises:
        LocalProtocolError: A text field is not ASCII, or holds a NUL.
    """
    span = "" if version >= END_MESSAGE_SINCE else f"{answer.start}\0{answer.end}\0"
    body = f"{answer.request_id}\0{span}{len(answer.bars)}\0" + "".join(_rows(answer.bars))
    expected = _FIELDS * len(answer.bars) + 2 + 2 * bool(span)
    if not body.isascii() or body.count("\0") != expected:
        raise LocalProtocolError("a bar's text is not ASCII, or holds a NUL")
    return body.encode("ascii")
