# SPDX-License-Identifier: Apache-2.0
"""How much traded at which price: the trades of a few sessions, by price."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from ib_provider.simulator.market.bar_query import Window
from ib_provider.simulator.market.instrument import instrument
from ib_provider.simulator.market.market import Market
from ib_provider.simulator.market.noise import Ints
from ib_provider.simulator.market.price_paths import SessionPath
from ib_provider.simulator.market.second_path import SECONDS
from ib_provider.simulator.market.session_path import LEAST_VOLUME, Minutes
from ib_provider.simulator.market.venue_calendar import VenueCalendar

__all__ = ["traded_at", "window_of_period"]

_PERIOD: Final = re.compile(r"(\d{1,4}) (second|minute|hour|day|week|month|year)s?")
_UNITS: Final = {"day": 1, "week": 5, "month": 21, "year": 252}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}


def window_of_period(
    period: str, venue: str, now: datetime, calendar: VenueCalendar
) -> Window | None:
    """Return what ``3 days``, ``1 week`` or ``2 hours`` up to now means; None where nothing.

    Weeks, months and years are so many sessions: 5, 21, 252.
    """
    match = _PERIOD.fullmatch(period.strip().lower())
    if match is None or int(match[1]) == 0:
        return None
    count, unit = int(match[1]), match[2]
    start = None
    sessions = count * _UNITS.get(unit, 1)
    if unit in _SECONDS:
        start, sessions = now - timedelta(seconds=count * _SECONDS[unit]), 2 + count // 20_000
    latest = calendar.trade_date(venue, now)
    if latest is None:
        return Window(sessions=(), start=start, cutoff=now)
    first = latest.session - timedelta(days=2 * sessions + 14)
    known = calendar.sessions(venue, first, latest.session)
    return Window(sessions=known[-sessions:], start=start, cutoff=now)


def traded_at(market: Market, key: str, window: Window, *, regular: bool) -> Mapping[float, int]:
    """Return price → units traded there, ascending; as of the cutoff's splits.

    The sizes are those of the historical ticks: together, the volume of the bars.
    """
    what, found = instrument(key), dict[float, int]()
    if not window.sessions:
        return found
    today = window.cutoff.date()
    for session in market.sessions(key, window.sessions[0], window.sessions[-1]):
        path = market.paths.path(key, session)
        if path is None:
            continue
        seconds = _seconds(path, window, regular=regular)
        factor = market.split_factor(key, session, today)
        prices, sizes = _by_price(seconds)
        for price, size in zip(prices.tolist(), sizes.tolist(), strict=True):
            shown = price / (what.scale * factor)
            found[shown] = found.get(shown, 0) + size * factor
    return dict(sorted(found.items()))


def _seconds(path: SessionPath, window: Window, *, regular: bool) -> Minutes:
    rows = path.regular if regular else (0, len(path.minutes))
    begin, end = rows[0] * SECONDS, rows[1] * SECONDS
    end = min(end, int(window.cutoff.timestamp()) - path.begin)
    if window.start is not None:
        begin = max(begin, int(window.start.timestamp()) - path.begin)
    if end <= begin:
        return path.minutes.between(0, 0)
    first, last = begin // SECONDS, -(-end // SECONDS)
    offset = first * SECONDS
    return path.seconds(first, last).between(begin - offset, end - offset)


def _by_price(seconds: Minutes) -> tuple[Ints, Ints]:
    """Return prices, ascending, and sizes: what ``prints_of`` does, for all seconds at once."""
    opened, high, low, close = seconds.open, seconds.high, seconds.low, seconds.close
    volume = seconds.volume
    full = volume >= LEAST_VOLUME
    at_low = full & (low != opened) & (low != close)
    at_high = full & (high != opened) & (high != close)
    prints = np.where(volume < 2, 1, 2 + at_low.astype(np.int64) + at_high.astype(np.int64))
    share = volume // prints
    sizes = (
        np.where(volume >= 2, share, 0),
        np.where(at_low, share, 0),
        np.where(at_high, share, 0),
        volume - share * (prints - 1),
    )
    prices, places = np.unique(np.concatenate((opened, low, high, close)), return_inverse=True)
    total = np.bincount(places, weights=np.concatenate(sizes), minlength=len(prices))
    summed: Ints = total.astype(np.int64)
    traded = summed > 0
    return prices[traded], summed[traded]
