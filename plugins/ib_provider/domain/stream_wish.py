# SPDX-License-Identifier: Apache-2.0
"""What is wanted of a subscription, as a person writes it.

trades                    every reported trade
bars:1 min                minutes made of trades, regular hours
bars:5 mins:MIDPOINT:all  all hours
real_time_bars:BID        five seconds
depth:5                   five rows a side
depth:10:smart            over all venues
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.live import StreamKind

__all__ = ["StreamWish", "parse_stream_wish"]

_DEFAULT_ROWS: Final = 10
_HOURS: Final = {"rth": True, "all": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWish:
    """One kind of subscription with what that kind can be told.

    Attributes:
        spec: Of kinds that yield bars, else None.
        rows: Rows a side, of depth.
        smart: Depth over all venues.
    """

    kind: StreamKind
    spec: BarSpec | None = None
    rows: int = _DEFAULT_ROWS
    smart: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.spec}" if self.spec else str(self.kind)


def parse_stream_wish(text: str) -> StreamWish:
    """Return what a text wants.

    Raises:
        ValueError: It names no kind, or tells a kind what it cannot be told.
    """
    name, *details = (part.strip() for part in text.split(":"))
    try:
        kind = StreamKind(name)
    except ValueError:
        known = ", ".join(StreamKind)
        raise ValueError(f"{text!r}: {name!r} is none of {known}") from None
    if kind is StreamKind.BARS:
        return StreamWish(kind=kind, spec=_bar_spec(text, details))
    if kind is StreamKind.REAL_TIME_BARS:
        return StreamWish(kind=kind, spec=_bar_spec(text, [BarSize.SEC_5, *details]))
    if kind is StreamKind.DEPTH:
        return _depth(text, details)
    if details:
        raise ValueError(f"{text!r}: {name} takes no more words")
    return StreamWish(kind=kind)


def _bar_spec(text: str, details: Sequence[str]) -> BarSpec:
    if not 1 <= len(details) <= 3:
        raise ValueError(f"{text!r}: write bars:1 min, or bars:1 min:MIDPOINT:all")
    size, what, hours = (*details, *("TRADES", "rth")[len(details) - 1 :])
    try:
        return BarSpec(size=BarSize(size), what=WhatToShow(what), rth=_HOURS[hours])
    except (ValueError, KeyError) as error:
        raise ValueError(f"{text!r}: {error} is no bar size, kind of bar, rth or all") from None


def _depth(text: str, details: Sequence[str]) -> StreamWish:
    smart = "smart" in details
    numbers = [part for part in details if part != "smart"]
    if len(numbers) > 1 or not all(part.isdecimal() and int(part) > 0 for part in numbers):
        raise ValueError(f"{text!r}: write depth, depth:5 or depth:5:smart")
    rows = int(numbers[0]) if numbers else _DEFAULT_ROWS
    return StreamWish(kind=StreamKind.DEPTH, rows=rows, smart=smart)
