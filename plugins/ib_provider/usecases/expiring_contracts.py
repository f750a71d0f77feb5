# SPDX-License-Identifier: Apache-2.0
"""What ends soon: IB serves nothing of an expired option, and a future for two years more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.usecases.missing_bars import GONE_AT_EXPIRY
from ib_provider.usecases.session_calendar import last_session_of

__all__ = ["expiring_contracts", "soonest_gone_first"]


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
