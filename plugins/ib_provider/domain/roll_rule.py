# SPDX-License-Identifier: Apache-2.0
"""When a continuous future moves on to the next month, and what its months are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from ib_provider.domain.contract import Instrument
from ib_provider.errors import ConfigError

__all__ = ["HeldContract", "RollBasis", "RollRule", "last_trading_day"]

_CODES: Final = "FGHJKMNQUVXZ"
_SESSIONS_BEFORE: Final = 5


class RollBasis(StrEnum):
    """What decides on the day of a roll."""

    CALENDAR = "calendar"
    VOLUME = "volume"
    OPEN_INTEREST = "open_interest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollRule:
    """When a continuous future moves on, and through which months.

    Attributes:
        basis: By calendar, or once the next month has more volume or open interest, and by
            calendar at the latest.
        days_before: A month is left so many calendar days before its last day of trading; 0 holds
            it to its end, that day exclusive. Needs no bars.
        sessions_before: The same in sessions of the venue, at least one. Of the two one is said;
            where neither is, it is five sessions.
        months: Letters of the months that take part, ``HMUZ``; empty is every month.

    Raises:
        ConfigError: It cannot be.
    """

    basis: RollBasis = RollBasis.CALENDAR
    days_before: int | None = None
    sessions_before: int | None = None
    months: str = ""

    def __post_init__(self) -> None:
        problems = []
        if self.days_before is not None and self.days_before < 0:
            problems.append(f"days_before: {self.days_before} is below zero")
        if self.sessions_before is not None and self.sessions_before < 1:
            problems.append(
                f"sessions_before: {self.sessions_before}; a contract is left before it ends"
            )
        if self.days_before is not None and self.sessions_before is not None:
            problems.append("days_before, sessions_before: say one of them")
        if set(self.months) - set(_CODES):
            problems.append(f"months: {self.months!r} is not made of {_CODES}")
        if problems:
            raise ConfigError("roll rule", problems)
        if self.days_before is None and self.sessions_before is None:
            object.__setattr__(self, "sessions_before", _SESSIONS_BEFORE)

    def __str__(self) -> str:
        count, unit = self.days_before, "days"
        if count is None:
            count, unit = self.sessions_before, "sessions"
        basis = "" if self.basis is RollBasis.CALENDAR else f"{self.basis}, at the latest "
        months = f", months {self.months}" if self.months else ""
        return f"{basis}{count} {unit} before expiry{months}"

    def takes(self, instrument: Instrument) -> bool:
        """Return whether a month takes part."""
        month = instrument.contract_month or instrument.contract.last_trade_date[:6]
        return not self.months or _CODES[int(month[4:6]) - 1] in self.months


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldContract:
    """The month that stands for a continuous future, and for how long.

    Attributes:
        start: First day, inclusive; None for the first month there is.
        end: First day of the next month, exclusive; None for the last month there is.
    """

    instrument_id: str
    con_id: int
    expiry: date
    start: date | None
    end: date | None


def last_trading_day(instrument: Instrument) -> date | None:
    """Return the last day of trading, or None where IB names no full date."""
    text = instrument.contract.last_trade_date[:8]
    if len(text) == len("20130315") and text.isdecimal():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return instrument.expiry
