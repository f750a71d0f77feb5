# SPDX-License-Identifier: Apache-2.0
"""When a continuous future leaves one contract for the next: a pure decision over daily bars.

Rules:
    * Contracts follow one another by their last trading day, and a roll never goes back.
    * By calendar: so many sessions, or days, before the last trading day.
    * By volume: at the first session after the next contract traded more than the current one,
      and by calendar at the latest, so that an illiquid chain still rolls.
    * By open interest: at the first session after more of the next contract was open, looked for
      in the last weeks before the calendar's day, and on that day at the latest. Where it is not
      known of the sessions before one on which the next contract is ahead, or of the last ones,
      nobody can say when that began: refused, with the days named, and not left to another rule.
    * The gap is taken from closes of one session, the last that both contracts traded before the
      roll. Where that is not the session right before it, the roll is marked as not aligned.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from ib_provider.domain.roll_rule import RollBasis, RollRule
from ib_provider.errors import ConfigError, OpenInterestUnknown

__all__ = ["ContractDays", "DayBar", "Roll", "plan_rolls"]

#: Sessions before the calendar's day in which open interest is looked at: it moves in the last
#: weeks, and is kept from the day on which somebody began to keep it.
_LOOKED_AT: Final = 15


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
        open_interest: What was told by session: the contracts open after the one before it.
    """

    instrument_id: str
    last_trade_date: date
    days: Mapping[date, DayBar]
    open_interest: Mapping[date, float] = field(default_factory=dict)


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
    contracts: Sequence[ContractDays], *, sessions: Sequence[date], rule: RollRule
) -> tuple[Roll, ...]:
    """Return the rolls through a chain that its bars have reached, oldest first.

    Args:
        contracts: In any order, each with its daily bars; one without bars is passed over.
        sessions: The sessions of the venue, ascending, from the first bar to the last trading day.

    Raises:
        ConfigError: Two contracts end on one day, none has bars, or two neighbours never traded on
            one session: no gap can be told, and none is invented.
        OpenInterestUnknown: The rule looks at it, and it is not known of a session that counts.
    """
    chain = sorted((item for item in contracts if item.days), key=lambda item: item.last_trade_date)
    _check(chain)
    reached = max(day for item in chain for day in item.days)
    rolls: list[Roll] = []
    earliest = min(day for item in chain for day in item.days)
    for current, following in pairwise(chain):
        session = _by_calendar(current, sessions, rule)
        if rule.basis is RollBasis.VOLUME:
            session = min(session, _by_volume(current, following, sessions) or session)
        elif rule.basis is RollBasis.OPEN_INTEREST:
            session = _by_open_interest(current, following, _window(sessions, session, reached))
        session = max(session, earliest)
        if session > reached:
            break
        rolls.append(_priced(current, following, session, sessions))
        earliest = session
    return tuple(rolls)


def _check(chain: Sequence[ContractDays]) -> None:
    problems = [
        f"{left.instrument_id}, {right.instrument_id}: both end on {left.last_trade_date}"
        for left, right in pairwise(chain)
        if left.last_trade_date == right.last_trade_date
    ]
    if not chain:
        problems.append("contracts: none has a daily bar")
    if problems:
        raise ConfigError("rolls", problems)


def _by_calendar(current: ContractDays, sessions: Sequence[date], rule: RollRule) -> date:
    """Return the session so many sessions, or the first so many days, before the last one."""
    end, back = current.last_trade_date, rule.sessions_before or 0
    if rule.days_before is not None:
        end -= timedelta(days=rule.days_before)
    place = min(bisect_left(sessions, end), len(sessions) - 1)
    return sessions[max(place - back, 0)]


def _by_volume(
    current: ContractDays, following: ContractDays, sessions: Sequence[date]
) -> date | None:
    """Return the session after the next contract first traded more; None where it never did."""
    for session, after in pairwise(sessions):
        old, new = current.days.get(session), following.days.get(session)
        if old is not None and new is not None and new.volume > old.volume:
            return after
    return None


def _window(sessions: Sequence[date], latest: date, reached: date) -> tuple[date, ...]:
    """Return the sessions in which open interest is looked at, with the latest day of the roll.

    Of a roll that the bars have not reached yet these are the sessions until now and the day
    after: none has happened in them unless the next contract is ahead.
    """
    place = bisect_left(sessions, latest)
    window = sessions[max(place - _LOOKED_AT, 0) : place + 1]
    known = [day for day in window if day <= reached]
    return tuple(window[: len(known) + 1]) or (latest,)


def _by_open_interest(
    current: ContractDays, following: ContractDays, window: Sequence[date]
) -> date:
    """Return the session after more of the next contract was told to be open; else the last one.

    Raises:
        OpenInterestUnknown: Nobody said of the sessions before that.
    """
    unknown: dict[date, list[str]] = {}
    for session, after in pairwise(window):
        pair = (current, following)
        lacking = [item.instrument_id for item in pair if session not in item.open_interest]
        if lacking:
            unknown[session] = lacking
        elif following.open_interest[session] > current.open_interest[session]:
            if not unknown:
                return after
            break
        else:
            unknown = {}  # it was not ahead on this one, so it does not matter when it was told
    if unknown:
        raise OpenInterestUnknown(current.instrument_id, following.instrument_id, unknown)
    return window[-1]


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
