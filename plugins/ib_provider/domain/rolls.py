# SPDX-License-Identifier: Apache-2.0
"""When a continuous future leaves one contract for the next: a pure decision over daily bars.

Rules:
    * Contracts follow one another by their last trading day, and a roll never goes back.
    * By calendar: so many sessions before the last trading day.
    * By volume: at the first session after the next contract traded more than the current one,
      and by calendar at the latest, so that an illiquid chain still rolls.
    * The gap is taken from closes of one session, the last that both contracts traded before the
      roll. Where that is not the session right before it, the roll is marked as not aligned.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from ib_provider.errors import ConfigError

__all__ = ["ContractDays", "DayBar", "Roll", "RollRule", "plan_rolls"]


class RollRule(StrEnum):
    """What decides on the day of a roll."""

    CALENDAR = "calendar"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    """What a roll needs to know of one session of one contract."""

    close: float
    volume: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDays:
    """One contract of a chain.

    Attributes:
        last_trade_date: The last session on which it trades.
        days: Its daily bars by session.
    """

    instrument_id: str
    last_trade_date: date
    days: Mapping[date, DayBar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """One change of contract.

    Attributes:
        session: The first session of ``to_id``.
        priced_on: The session whose two closes make the gap.
        difference: New close less old close.
        ratio: New close over old close; None where one is not above zero, as crude oil once was.
        aligned: Whether ``priced_on`` is the session right before the roll.
    """

    session: date
    from_id: str
    to_id: str
    priced_on: date
    difference: float
    ratio: float | None
    aligned: bool


def plan_rolls(
    contracts: Sequence[ContractDays],
    *,
    sessions: Sequence[date],
    rule: RollRule,
    sessions_before: int = 5,
) -> tuple[Roll, ...]:
    """Return the rolls through a chain that its bars have reached, oldest first.

    Args:
        contracts: In any order, each with its daily bars; one without bars is passed over.
        sessions: The sessions of the venue, ascending, from the first bar to the last trading day.
        sessions_before: How many sessions before its last one a contract is left at the latest.

    Raises:
        ConfigError: Two contracts end on one day, none has bars, or two neighbours never traded on
            one session: no gap can be told, and none is invented.
    """
    chain = sorted((item for item in contracts if item.days), key=lambda item: item.last_trade_date)
    _check(chain, sessions_before)
    reached = max(day for item in chain for day in item.days)
    rolls: list[Roll] = []
    earliest = min(day for item in chain for day in item.days)
    for current, following in pairwise(chain):
        session = _by_calendar(current, sessions, sessions_before)
        if rule is RollRule.VOLUME:
            session = min(session, _by_volume(current, following, sessions) or session)
        session = max(session, earliest)
        if session > reached:
            break
        rolls.append(_priced(current, following, session, sessions))
        earliest = session
    return tuple(rolls)


def _check(chain: Sequence[ContractDays], sessions_before: int) -> None:
    problems = [
        f"{left.instrument_id}, {right.instrument_id}: both end on {left.last_trade_date}"
        for left, right in pairwise(chain)
        if left.last_trade_date == right.last_trade_date
    ]
    if not chain:
        problems.append("contracts: none has a daily bar")
    if sessions_before < 1:
        problems.append(f"sessions_before: {sessions_before}; a contract is left before it ends")
    if problems:
        raise ConfigError("rolls", problems)


def _by_calendar(current: ContractDays, sessions: Sequence[date], sessions_before: int) -> date:
    """Return the session so many sessions before a contract's last one."""
    last = bisect_left(sessions, current.last_trade_date)
    return sessions[max(min(last, len(sessions) - 1) - sessions_before, 0)]


def _by_volume(
    current: ContractDays, following: ContractDays, sessions: Sequence[date]
) -> date | None:
    """Return the session after the next contract first traded more; None where it never did."""
    for session, after in pairwise(sessions):
        old, new = current.days.get(session), following.days.get(session)
        if old is not None and new is not None and new.volume > old.volume:
            return after
    return None


def _priced(
    current: ContractDays, following: ContractDays, session: date, sessions: Sequence[date]
) -> Roll:
    shared = [day for day in current.days if day < session and day in following.days]
    if not shared:
        reason = (
            f"{current.instrument_id}, {following.instrument_id}: no bars of one session "
            f"before {session}"
        )
        raise ConfigError("rolls", [reason])
    priced_on = max(shared)
    old, new = current.days[priced_on].close, following.days[priced_on].close
    before = sessions[bisect_left(sessions, session) - 1]
    return Roll(
        session=session,
        from_id=current.instrument_id,
        to_id=following.instrument_id,
        priced_on=priced_on,
        difference=new - old,
        ratio=new / old if old > 0 and new > 0 else None,
        aligned=priced_on == before,
    )
