# SPDX-License-Identifier: Apache-2.0
"""Bars as text. A loop of its own: 100,000 rows do not go through a layout table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from ib_provider.errors import LocalProtocolError
from ib_provider.wire.answers import BarRow, HistoricalData
from ib_provider.wire.kept_rows import encoded_rows
from ib_provider.wire.text.kinds import COUNT, DECIMAL, ID, INT, Kind
from ib_provider.wire.text.layout import Cursor, Values

__all__ = ["END_MESSAGE_SINCE", "UpdatedBar", "parse_bars", "render_bars"]

END_MESSAGE_SINCE = 196
"""From here the end of the bars is a message of its own; before, the bars carry the span."""

_FIELDS = 8
_FLOAT = Kind(float, str)


def render_bars(answer: HistoricalData, version: int) -> bytes:
    """Return the body after the id, every field with its terminator.

    Raises:
        LocalProtocolError: A text field is not ASCII, or holds a NUL.
    """
    span = "" if version >= END_MESSAGE_SINCE else f"{answer.start}\0{answer.end}\0"
    head = f"{answer.request_id}\0{span}{len(answer.bars)}\0"
    if not head.isascii() or head.count("\0") != 2 + 2 * bool(span):
        raise LocalProtocolError("the span of the bars is not ASCII, or holds a NUL")
    return head.encode("ascii") + encoded_rows(answer.bars, _render_rows)


def _render_rows(bars: Sequence[BarRow]) -> bytes:
    body = "\0".join((*map(str, chain.from_iterable(bars)), ""))
    if not body.isascii() or body.count("\0") != _FIELDS * len(bars):
        raise LocalProtocolError("a bar's text is not ASCII, or holds a NUL")
    return body.encode("ascii")


def parse_bars(texts: Sequence[str], version: int) -> HistoricalData:
    """Return the bars that these fields spell.

    Raises:
        RemoteProtocolError: A field is missing, malformed or too many.
    """
    cursor = Cursor(texts, version)
    request_id = cursor.take("request_id", ID)
    spanned = version < END_MESSAGE_SINCE
    start, end = (cursor.take("start"), cursor.take("end")) if spanned else ("", "")
    bars = []
    for _ in range(cursor.take("bar count", COUNT)):
        date = cursor.take("date")
        prices = [cursor.take("price", _FLOAT) for _ in range(4)]
        volume, wap = cursor.take("volume", DECIMAL), cursor.take("wap", DECIMAL)
        bars.append((date, *prices, volume, wap, cursor.take("count", INT)))
    cursor.finish()
    return HistoricalData(request_id=request_id, bars=bars, start=start, end=end)


@dataclass(frozen=True, slots=True)
class UpdatedBar:
    """One growing bar. Warning: count first, close before high and low, wap before volume."""

    path: str

    def read(self, cursor: Cursor, values: Values) -> None:
        """Take the bar."""
        count, date = cursor.take("count", INT), cursor.take("date")
        open_, close, high, low = (cursor.take("price", _FLOAT) for _ in range(4))
        wap, volume = cursor.take("wap", DECIMAL), cursor.take("volume", DECIMAL)
        values[self.path] = (date, open_, high, low, close, volume, wap, count)

    def write(self, source: object, version: int) -> Iterable[str]:  # noqa: ARG002
        """Yield the bar's fields."""
        date, open_, high, low, close, volume, wap, count = attrgetter(self.path)(source)
        yield from map(str, (count, date, open_, close, high, low, wap, volume))
