# SPDX-License-Identifier: Apache-2.0
"""Which month stands for a continuous future, and from which day on. Needs no prices.

The rule: a month is held until so many calendar days before its last day of trading; from that day
on the next one is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ib_provider.domain.chain_entry import Roll
from ib_provider.domain.contract import Instrument
from ib_provider.errors import ConfigError

__all__ = ["RollRule", "last_trading_day", "roll_calendar"]

_CODES = "FGHJKMNQUVXZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRule:
    """When a continuous future moves on, and through which months.

    Attributes:
        days_before: Calendar days before the last day of trading; 0 holds a month to its end,
            that day exclusive.
        months: Letters of the months that take part, ``HMUZ``; empty is every month.

    Raises:
        ConfigError: It cannot be.
    """

    days_before: int
    months: str = ""

    def __post_init__(self) -> None:
        problems = []
        if self.days_before < 0:
            problems.append(f"days_before: {self.days_before} is below zero")
        if set(self.months) - set(_CODES):
            problems.append(f"months: {self.months!r} is not made of {_CODES}")
        if problems:
            raise ConfigError("roll rule", problems)

    def __str__(self) -> str:
        return f"{self.days_before} days before expiry" + (
            f", months {self.months}" if self.months else ""
        )

    def takes(self, instrument: Instrument) -> bool:
        """Return whether a month takes part."""
        month = instrument.contract_month or instrument.contract.last_trade_date[:6]
        return not self.months or _CODES[int(month[4:6]) - 1] in self.months


def last_trading_day(instrument: Instrument) -> date | None:
    """Return the last day of trading, or None where IB names no full date."""
    text = instrument.contract.last_trade_date
    if len(text) == 8 and text.isdecimal():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return instrument.expiry


def roll_calendar(months: Iterable[Instrument], rule: RollRule) -> tuple[Roll, ...]:
    """Return which month is held when, by expiry; each begins where the one before it ends."""
    dated = [
        (day, item)
        for item in months
        if rule.takes(item) and (day := last_trading_day(item)) is not None
    ]
    dated.sort(key=lambda entry: (entry[0], entry[1].instrument_id))
    ahead = timedelta(days=rule.days_before)
    ends = [day - ahead for day, _ in dated]
    return tuple(
        Roll(
            instrument_id=item.instrument_id,
            con_id=item.contract.con_id,
            expiry=day,
            start=ends[place - 1] if place else None,
            end=ends[place] if place + 1 < len(dated) else None,
        )
        for place, (day, item) in enumerate(dated)
    )
