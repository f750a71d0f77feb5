# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.rolls import ContractDays, DayBar, Roll, RollRule, plan_rolls
from ib_provider.errors import ConfigError

SESSIONS = [
    day for offset in range(260) if (day := date(2024, 1, 1) + timedelta(days=offset)).weekday() < 5
]


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
    assert plan_rolls([new, old], sessions=SESSIONS, rule=RollRule.CALENDAR) == (
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
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=RollRule.VOLUME)
    assert roll.session == SESSIONS[35]  # 10 i > 1000 - 20 i from i = 34 on


def test_volume_that_never_crosses_rolls_by_calendar() -> None:
    """An illiquid chain is left before it ends all the same."""
    old, new = contract("A", 0, 50, 100.0, 1000), contract("B", 20, 110, 102.0, 1)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=RollRule.VOLUME)
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
    assert plan_rolls([cut, later], sessions=SESSIONS, rule=RollRule.CALENDAR) == ()


def test_gap_is_priced_on_the_last_session_both_traded() -> None:
    """A hole in the new contract moves the pricing back, and the roll says so."""
    old, new = contract("A", 0, 50, 100.0), contract("B", 20, 110, 102.0)
    holed = {day: bar for day, bar in new.days.items() if day not in SESSIONS[42:45]}
    new = ContractDays(instrument_id="B", last_trade_date=new.last_trade_date, days=holed)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=RollRule.CALENDAR)
    assert (roll.session, roll.priced_on, roll.aligned) == (SESSIONS[45], SESSIONS[41], False)


def test_negative_price_has_a_difference_and_no_ratio() -> None:
    """Crude oil closed at -37.63 dollars on 20 April 2020."""
    old, new = contract("CLK20.NYMEX", 0, 50, -37.63), contract("CLM20.NYMEX", 20, 110, 20.43)
    (roll,) = plan_rolls([old, new], sessions=SESSIONS, rule=RollRule.CALENDAR)
    assert roll.difference == pytest.approx(58.06)
    assert roll.ratio is None


@pytest.mark.parametrize(
    ("contracts", "sessions_before", "named"),
    [
        ([], 5, "none has a daily bar"),
        ([contract("A", 0, 50, 1.0), contract("B", 0, 50, 1.0)], 5, "both end on"),
        ([contract("A", 0, 50, 1.0), contract("B", 51, 110, 1.0)], 5, "no bars of one session"),
        ([contract("A", 0, 50, 1.0)], 0, "left before it ends"),
    ],
)
def test_chain_that_cannot_be_rolled_is_refused(
    contracts: list[ContractDays], sessions_before: int, named: str
) -> None:
    """No gap is invented."""
    with pytest.raises(ConfigError, match=named):
        plan_rolls(
            contracts,
            sessions=SESSIONS,
            rule=RollRule.CALENDAR,
            sessions_before=sessions_before,
        )


@given(
    st.lists(st.integers(8, 30), min_size=2, max_size=6),
    st.sampled_from(RollRule),
    st.integers(1, 7),
    st.randoms(),
)
def test_rolls_go_forward_through_the_chain(
    lengths: list[int], rule: RollRule, sessions_before: int, random: object
) -> None:
    """Every contract but the last is left for the next one, never before the one before it."""
    lasts = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    chain = [
        contract(f"C{i}", 0, last, 100.0 + i, lambda _: random.random())  # type: ignore[attr-defined]
        for i, last in enumerate(lasts)
    ]
    rolls = plan_rolls(chain, sessions=SESSIONS, rule=rule, sessions_before=sessions_before)
    assert [roll.to_id for roll in rolls] == [f"C{i}" for i in range(1, len(chain))]
    assert all(left.to_id == right.from_id for left, right in pairwise(rolls))
    assert all(left.session <= right.session for left, right in pairwise(rolls))
    for roll, last in zip(rolls, lasts, strict=False):
        assert roll.session <= SESSIONS[last]
        assert roll.priced_on < roll.session
