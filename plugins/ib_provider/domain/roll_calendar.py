# SPDX-License-Identifier: Apache-2.0
"""Which month stands for a continuous future, and from which day on. Needs no prices.

The rule: a month is held until so many calendar days before its last day of trading; from that day
on the next one is. Months are listed for years, which no calendar of sessions reaches.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ib_provider.domain.contract import Instrument
from ib_provider.domain.roll_rule import HeldContract, RollBasis, RollRule, last_trading_day
from ib_provider.errors import ConfigError

__all__ = ["roll_calendar"]


def roll_calendar(months: Iterable[Instrument], rule: RollRule) -> tuple[HeldContract, ...]:
    """Return which month is held when, by expiry; each begins where the one before it ends.

    Raises:
        ConfigError: The rule needs bars, or sessions.
    """
    if rule.basis is not RollBasis.CALENDAR or rule.days_before is None:
        raise ConfigError("roll calendar", [f"{rule}: say days_before, by calendar"])
    dated = [
        (day, item)
        for item in months
        if rule.takes(item) and (day := last_trading_day(item)) is not None
    ]
    dated.sort(key=lambda entry: (entry[0], entry[1].instrument_id))
    ahead = timedelta(days=rule.days_before)
    ends = [day - ahead for day, _ in dated]
    return tuple(
        HeldContract(
            instrument_id=item.instrument_id,
            con_id=item.contract.con_id,
            expiry=day,
            start=ends[place - 1] if place else None,
            end=ends[place] if place + 1 < len(dated) else None,
        )
        for place, (day, item) in enumerate(dated)
    )
