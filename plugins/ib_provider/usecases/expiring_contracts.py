# SPDX-License-Identifier: Apache-2.0
"""What ends soon: IB serves nothing of an expired option, and a future for two years more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ib_provider.domain.bar import BarSpec
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.pacing import SMALL_BARS
from ib_provider.usecases.missing_bars import GONE_AT_EXPIRY
from ib_provider.usecases.session_calendar import last_session_of

__all__ = ["expiring_contracts", "served_from", "soonest_gone_first"]

#: Source: TWS API, "Unavailable Historical Data".
_FUTURES_KEPT = timedelta(days=2 * 365)
_SMALL_BARS_KEPT = timedelta(days=180)


def expiring_contracts(
    instruments: Sequence[Instrument],
    *,
    now: datetime,
    days: int,
    kinds: Collection[SecType] = GONE_AT_EXPIRY,
) -> tuple[Instrument, ...]:
    """Return the contracts whose last session is today or within so many days, soonest first.

    Args:
        now: Today is the day it is then where the exchange is.
        kinds: Of which security types.
    """
    found = []
    for item in instruments:
        last = last_session_of(item)
        if last is None or item.contract.sec_type not in kinds:
            continue
        today = now.astimezone(ZoneInfo(item.time_zone or "UTC")).date()
        if today <= last <= today + timedelta(days=days):
            found.append(item)
    return soonest_gone_first(found)


def soonest_gone_first(instruments: Sequence[Instrument]) -> tuple[Instrument, ...]:
    """Return the same instruments, those first that IB stops serving first; else as they were."""
    return tuple(sorted(instruments, key=_served_until))


def _served_until(item: Instrument) -> tuple[bool, date]:
    """Return whether a contract outlives its expiry at IB, and its last session."""
    last = last_session_of(item)
    if last is None:
        return True, date.max
    return item.contract.sec_type not in GONE_AT_EXPIRY, last


def served_from(item: Instrument, spec: BarSpec, now: datetime) -> date | None:
    """Return the first day of which IB still serves bars of a contract; None where of no day.

    What it serves no more is not asked for again: what is stored may be the only copy.
    """
    today = now.astimezone(ZoneInfo(item.time_zone or "UTC")).date()
    last = last_session_of(item)
    kept = timedelta(0) if item.contract.sec_type in GONE_AT_EXPIRY else _FUTURES_KEPT
    if last is not None and last + kept < today:
        return None
    return today - _SMALL_BARS_KEPT if str(spec.size) in SMALL_BARS else date.min
