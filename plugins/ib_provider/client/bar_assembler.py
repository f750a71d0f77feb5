# SPDX-License-Identifier: Apache-2.0
"""Updates of a growing bar to finished bars; five-second bars, which come finished.

Rules:
    * A bar is finished when the next one begins, or when its time is over by the gateway's clock:
      the last bar of a session has no next one.
    * IB begins with bars of the past. Those from ``since`` on are put like live ones, so that a
      subscription that begins again where the last one broke off leaves no gap.
    * What IB corrects after a bar was put is put again, marked as a revision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ib_provider.client.bar_frame import BarFrame
from ib_provider.client.decode_bars import decode_bars
from ib_provider.client.decode_time import parse_date, parse_instant
from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.live import LiveBar
from ib_provider.errors import RemoteProtocolError

__all__ = ["HISTORY", "BarAssembler", "BarWish", "FiveSecondsAssembler"]

#: IB's message id of the bars of the past that an updating answer begins with.
HISTORY: Final = 17

#: How long after a bar's end its last trades may still come.
_SETTLE_S: Final = 2.0

_NONE_ABOVE: Final = 1e300

_FIELDS: Final = ("open", "high", "low", "close", "volume", "wap", "bar_count")


@dataclass(frozen=True, slots=True, kw_only=True)
class BarWish:
    """What is wanted of a subscription to bars.

    Attributes:
        time_zone: IANA name of the exchange's zone, which gives a bar its session.
        since: Bars of the past from this instant on are put, too; None for none.
        revisions: Put what is known of a bar so far at every update, and every correction.
        behind_s: How far the gateway's clock is behind ours.
    """

    con_id: int
    spec: BarSpec
    time_zone: str
    since: datetime | None = None
    revisions: bool = False
    behind_s: float = 0.0


class BarAssembler:
    """Bars of one size out of an updating historical answer."""

    def __init__(self, emit: Callable[[LiveBar], None], *, wish: BarWish) -> None:
        self._emit = emit
        self._wish = wish
        self._zone = ZoneInfo(wish.time_zone)
        self._current: LiveBar | None = None
        self._put: LiveBar | None = None
        self._timer: asyncio.TimerHandle | None = None

    def take(self, message_id: int, message: Any) -> None:
        """Take in a frame of the past, or one update."""
        if message_id == HISTORY:
            self._take_history(message[1])
        else:
            self._take_bar(self._read(message), is_live=True)

    def reset(self) -> None:
        """Forget the bar that grows."""
        self._current = None

    def close(self) -> None:
        """Stop waiting for the end of a bar."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take_history(self, frame: BarFrame) -> None:
        wish = self._wish
        table = decode_bars([frame], size=wish.spec.size, time_zone=wish.time_zone)
        for row in table.to_pylist():
            if any(row[name] is None for name in ("open", "high", "low", "close")):
                continue
            start = row.pop("ts")
            session = row.pop("session")
            self._take_bar(self._bar(start, session, row), is_live=False)

    def _take_bar(self, bar: LiveBar, *, is_live: bool) -> None:
        current = self._current
        if current is not None and _key(bar) < _key(current):
            return  # IB repeats a bar of the past
        is_same = current is not None and _key(bar) == _key(current)
        if current is not None and not is_same:
            self._finish(current)
        self._current = bar
        if not is_same:
            self._wait_for_end(bar)
        if is_live and self._wish.revisions and self._is_wanted(bar):
            self._emit(replace(bar, is_final=False, is_revision=is_same))

    def _finish(self, bar: LiveBar) -> None:
        put, self._put = self._put, bar
        if not self._is_wanted(bar):
            return
        if put is not None and _key(put) == _key(bar):
            if put != bar:
                self._emit(replace(bar, is_revision=True))
            return
        self._emit(bar)

    def _is_wanted(self, bar: LiveBar) -> bool:
        since = self._wish.since
        if since is None or bar.start is None:
            return since is None or bar.session >= since.astimezone(self._zone).date()
        return bar.start >= since

    def _wait_for_end(self, bar: LiveBar) -> None:
        self.close()
        if bar.end is None:
            return
        loop = asyncio.get_running_loop()
        gateway_now = datetime.now(UTC) - timedelta(seconds=self._wish.behind_s)
        left_s = (bar.end - gateway_now).total_seconds() + _SETTLE_S
        self._timer = loop.call_later(max(0.0, left_s), self._end_by_clock)

    def _end_by_clock(self) -> None:
        self._timer = None
        bar = self._current
        if bar is not None and (self._put is None or _key(self._put) != _key(bar)):
            self._finish(bar)

    def _read(self, message: Any) -> LiveBar:
        start, session = self._times(message[1])
        row = dict(zip(_FIELDS, message[2:], strict=True))
        return self._bar(start, session, row)

    def _times(self, text: str) -> tuple[datetime | None, date]:
        if not self._wish.spec.size.is_intraday:
            return None, parse_date(text)
        start = parse_instant(text)
        return start, start.astimezone(self._zone).date()

    def _bar(self, start: datetime | None, session: date, row: dict[str, Any]) -> LiveBar:
        wish = self._wish
        count = row["bar_count"]
        return LiveBar(
            con_id=wish.con_id,
            spec=wish.spec,
            session=session,
            start=start,
            end=None if start is None else start + wish.spec.size.length,
            volume=_or_none(row["volume"]),
            wap=_or_none(row["wap"]),
            bar_count=None if count is None or count < 0 else count,
            open=_price(row["open"]),
            high=_price(row["high"]),
            low=_price(row["low"]),
            close=_price(row["close"]),
        )


class FiveSecondsAssembler:
    """Real-time bars: each comes once, when it is over."""

    def __init__(self, emit: Callable[[LiveBar], None], *, wish: BarWish) -> None:
        if wish.spec.size is not BarSize.SEC_5:
            raise ValueError(f"real-time bars are of 5 secs, not of {wish.spec.size}")
        self._emit = emit
        self._wish = wish
        self._zone = ZoneInfo(wish.time_zone)

    def take(self, _message_id: int, message: Any) -> None:
        """Put one bar."""
        _, second, first, high, low, close, volume, wap, count = message
        start = datetime.fromtimestamp(second, UTC)
        self._emit(
            LiveBar(
                con_id=self._wish.con_id,
                spec=self._wish.spec,
                session=start.astimezone(self._zone).date(),
                start=start,
                end=start + self._wish.spec.size.length,
                volume=_or_none(volume),
                wap=_or_none(wap),
                bar_count=None if count < 0 else count,
                open=_price(first),
                high=_price(high),
                low=_price(low),
                close=_price(close),
            )
        )

    def reset(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing happens by itself."""


def _key(bar: LiveBar) -> tuple[date, datetime]:
    return bar.session, bar.start or datetime.min.replace(tzinfo=UTC)


def _or_none(value: float | None) -> float | None:
    """Return a volume or average; -1 is IB's "none", and so is its "not set"."""
    return None if value is None or value < 0 or value >= _NONE_ABOVE else value


def _price(value: float) -> float:
    if value != value or abs(value) >= _NONE_ABOVE:  # noqa: PLR0124 NaN differs from itself
        raise RemoteProtocolError("a bar without a price")
    return value
