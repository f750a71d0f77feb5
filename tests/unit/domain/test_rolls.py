# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.roll_rule import RollBasis, RollRule
from ib_provider.domain.rolls import ContractDays, DayBar, Roll, plan_rolls
from ib_provider.errors import ConfigError, OpenInterestUnknown

SESSIONS = [
    day for offset in range(260) if (day := date(2024, 1, 1) + timedelta(days=offset)).weekday() < 5
]
CALENDAR = RollRule()


def contract(name: str, first: int, last: int, close: float, volume: object = 100) -> ContractDays:
    """Return a contract that trades from one session's number to another's, at one price."""
    days = {
        SESSIONS[i]: DayBar(close=close, volume=volume(i) if callable(volume) else float(volume))  # type: ignore[arg-type]
        for i in range(first, last + 1)
    }
    return ContractDays(instrument_id=name, last_trade_date=SESSIONS[last], days=days)


def test_calendar_rolls_so_many_sessions_before_the_last() -> None:
    """The new contract is held from the fifth session before the old one's last."""
    old, new = contract("ESH24.CME", 0, 50, 100.0), contract("ESM24.CME", 20, 110, 102.0)
    assert plan_rolls([new, old], sessions=SESSIONS, rule=CALENDAR) == (
        Roll(
            session=SESSIONS[45],
            from_id="ESH24.CME",
            to_id="ESM24.CME",
            priced_on=SESSIONS[44],
            difference=2.0,
            ratio=1.02,
            aligned=True,
        ),
    )


def test_volume_rolls_after_the_next_contract_traded_more() -> None:
    """The day on which it traded more is still the old contract's: it is known at its end."""
    old = contract("A", 0, 50, 100.0, volume=lambda i: 1000.0 - 20 * i)
    new = contract("B", 20, 110, 102.0, volume=lambda i: 10.0 * i)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=RollRule(basis=RollBasis.VOLUME))
    assert roll.session == SESSIONS[35]  # 10 i > 1000 - 20 i from i = 34 on


def test_volume_that_never_crosses_rolls_by_calendar() -> None:
    """An illiquid chain is left before it ends all the same."""
    old, new = contract("A", 0, 50, 100.0, 1000), contract("B", 20, 110, 102.0, 1)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=RollRule(basis=RollBasis.VOLUME))
    assert roll.session == SESSIONS[45]


def test_roll_beyond_the_data_is_not_planned() -> None:
    """What has not happened yet is no roll."""
    old, new = contract("A", 0, 50, 100.0), contract("B", 20, 30, 102.0)
    cut = ContractDays(
        instrument_id="A",
        last_trade_date=old.last_trade_date,
        days={day: bar for day, bar in old.days.items() if day <= SESSIONS[40]},
    )
    later = ContractDays(instrument_id="B", last_trade_date=SESSIONS[110], days=new.days)
    assert plan_rolls([cut, later], sessions=SESSIONS, rule=CALENDAR) == ()


def test_gap_is_priced_on_the_last_session_both_traded() -> None:
    """A hole in the new contract moves the pricing back, and the roll says so."""
    old, new = contract("A", 0, 50, 100.0), contract("B", 20, 110, 102.0)
    holed = {day: bar for day, bar in new.days.items() if day not in SESSIONS[42:45]}
    new = ContractDays(instrument_id="B", last_trade_date=new.last_trade_date, days=holed)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=CALENDAR)
    assert (roll.session, roll.priced_on, roll.aligned) == (SESSIONS[45], SESSIONS[41], False)


def test_negative_price_has_a_difference_and_no_ratio() -> None:
    """Crude oil closed at -37.63 dollars on 20 April 2020."""
    old, new = contract("CLK20.NYMEX", 0, 50, -37.63), contract("CLM20.NYMEX", 20, 110, 20.43)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=CALENDAR)
    assert roll.difference == pytest.approx(58.06)
    assert roll.ratio is None


@pytest.mark.parametrize(
    ("contracts", "named"),
    [
        ([], "none has a daily bar"),
        ([contract("A", 0, 50, 1.0), contract("B", 0, 50, 1.0)], "both end on"),
        ([contract("A", 0, 50, 1.0), contract("B", 51, 110, 1.0)], "no bars of one session"),
    ],
)
def test_chain_that_cannot_be_rolled_is_refused(contracts: list[ContractDays], named: str) -> None:
    """No gap is invented."""
    with pytest.raises(ConfigError, match=named):
        plan_rolls(contracts, sessions=SESSIONS, rule=CALENDAR)


def test_calendar_days_roll_on_the_first_session_from_that_day_on() -> None:
    """Eight days before Monday, 11 March is a Sunday: the next session is the Monday after it."""
    last = SESSIONS.index(date(2024, 3, 11))
    old, new = contract("A", 0, last, 100.0), contract("B", 20, 110, 102.0)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=RollRule(days_before=8))
    assert roll.session == date(2024, 3, 4)


INTEREST = RollRule(basis=RollBasis.OPEN_INTEREST)


def with_interest(item: ContractDays, told: Callable[[int], float | None]) -> ContractDays:
    """Return a contract with what was told of each of its sessions, by the session's number."""
    found = {day: told(SESSIONS.index(day)) for day in item.days}
    return replace(item, open_interest={k: v for k, v in found.items() if v is not None})


def interested(
    old: Callable[[int], float | None], new: Callable[[int], float | None], *, until: int = 110
) -> tuple[Roll, ...]:
    """Return the rolls of two contracts of which so much was told; the first ends with 50."""
    pair = [
        with_interest(contract("A", 0, min(50, until), 100.0), old),
        with_interest(contract("B", 20, until, 102.0), new),
    ]
    ends = [SESSIONS[50], SESSIONS[110]]
    chain = [replace(item, last_trade_date=end) for item, end in zip(pair, ends, strict=True)]
    return plan_rolls(chain, sessions=SESSIONS, rule=INTEREST)


def test_open_interest_rolls_after_more_of_the_next_is_open() -> None:
    """The day on which it was told is still the old contract's."""
    (roll,) = interested(lambda _: 1000.0, lambda i: 900.0 if i < 41 else 1001.0)
    assert roll.session == SESSIONS[42]


def test_open_interest_that_never_crosses_rolls_by_calendar() -> None:
    """Five sessions before the last, as any rule at the latest."""
    (roll,) = interested(lambda _: 1000.0, lambda _: 1.0)
    assert roll.session == SESSIONS[45]


def test_open_interest_before_the_last_weeks_is_not_needed() -> None:
    """Whoever began to keep it three weeks before a roll can roll by it."""
    (roll,) = interested(
        lambda i: 1000.0 if i >= 30 else None, lambda i: 2000.0 * (i >= 40) if i >= 30 else None
    )
    assert roll.session == SESSIONS[41]


@pytest.mark.parametrize(
    ("lost", "missing"),
    [
        ({40}, [40]),  # the day before it was seen to be ahead
        ({38, 39, 40}, [38, 39, 40]),
        (set(range(20, 51)), list(range(30, 45))),  # nothing was ever kept of it
    ],
)
def test_open_interest_that_was_not_kept_is_refused_by_day(
    lost: set[int], missing: list[int]
) -> None:
    """Nobody can say on which of these days the next contract came to be ahead."""
    with pytest.raises(OpenInterestUnknown) as refused:
        interested(lambda _: 1000.0, lambda i: None if i in lost else 2000.0 * (i >= 41))
    assert sorted(refused.value.missing) == [SESSIONS[i] for i in missing]
    assert f"{SESSIONS[missing[0]]}: B" in str(refused.value)


def test_open_interest_of_a_day_that_changes_nothing_may_be_missing() -> None:
    """Two days later the old contract was still ahead."""
    (roll,) = interested(
        lambda i: None if i == 36 else 1000.0, lambda i: 2000.0 * (i >= 41) if i != 37 else None
    )
    assert roll.session == SESSIONS[42]


def test_open_interest_roll_that_has_not_come_is_not_planned() -> None:
    """Ten sessions before the end the old contract is still ahead: there is no roll yet."""
    assert interested(lambda _: 1000.0, lambda _: 1.0, until=40) == ()


@given(
    st.lists(st.integers(8, 30), min_size=2, max_size=6),
    st.sampled_from([RollBasis.CALENDAR, RollBasis.VOLUME]),
    st.integers(1, 7),
    st.randoms(),
)
def test_rolls_go_forward_through_the_chain(
    lengths: list[int], basis: RollBasis, sessions_before: int, random: object
) -> None:
    """Every contract but the last is left for the next one, never before the one before it."""
    lasts = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    chain = [
        contract(f"C{i}", 0, last, 100.0 + i, lambda _: random.random())  # type: ignore[attr-defined]
        for i, last in enumerate(lasts)
    ]
    rule = RollRule(basis=basis, sessions_before=sessions_before)
    rolls = plan_rolls(chain, sessions=SESSIONS, rule=rule)
    assert [roll.to_id for roll in rolls] == [f"C{i}" for i in range(1, len(chain))]
    assert all(left.to_id == right.from_id for left, right in pairwise(rolls))
    assert all(left.session <= right.session for left, right in pairwise(rolls))
    for roll, last in zip(rolls, lasts, strict=False):
        assert roll.session <= SESSIONS[last]
        assert roll.priced_on < roll.session
