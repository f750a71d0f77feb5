# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Instrument, SecType
from ib_provider.domain.roll_calendar import roll_calendar
from ib_provider.domain.roll_rule import RollBasis, RollRule
from ib_provider.errors import ConfigError
from tests.support.instrument_values import AAPL


def month(day: date) -> Instrument:
    """Return a future that trades until a day."""
    contract = replace(
        AAPL.contract,
        sec_type=SecType.FUT,
        last_trade_date=f"{day:%Y%m%d}",
        con_id=int(f"{day:%Y%m%d}"),
    )
    return replace(
        AAPL, instrument_id=f"F{day:%y%m%d}.CME", contract=contract, contract_month=f"{day:%Y%m}"
    )


MONTHS = [month(date(2013, number, 15)) for number in (3, 4, 6, 9, 12)]


def test_roll_calendar_holds_each_month_until_so_many_days_before() -> None:
    """The first has no beginning, the last no end."""
    rolls = roll_calendar(MONTHS, RollRule(days_before=5, months="HMUZ"))
    assert [(roll.instrument_id, roll.start, roll.end) for roll in rolls] == [
        ("F130315.CME", None, date(2013, 3, 10)),
        ("F130615.CME", date(2013, 3, 10), date(2013, 6, 10)),
        ("F130915.CME", date(2013, 6, 10), date(2013, 9, 10)),
        ("F131215.CME", date(2013, 9, 10), None),
    ]


@given(
    st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), unique=True, max_size=12),
    st.integers(0, 60),
)
def test_roll_calendar_has_no_gap_and_no_overlap(days: list[date], before: int) -> None:
    """Every day belongs to one month, whatever order IB answered in."""
    rolls = roll_calendar([month(day) for day in days], RollRule(days_before=before))
    assert [roll.expiry for roll in rolls] == sorted(days)
    assert all(first.end == second.start for first, second in pairwise(rolls))
    assert all(
        roll.end is None or roll.end == roll.expiry - timedelta(days=before) for roll in rolls
    )


@pytest.mark.parametrize(
    "rule", [RollRule(), RollRule(days_before=5, basis=RollBasis.VOLUME)], ids=str
)
def test_rule_that_needs_sessions_or_bars_makes_no_calendar(rule: RollRule) -> None:
    """Months are listed for years, of which there are neither."""
    with pytest.raises(ConfigError, match="days_before"):
        roll_calendar(MONTHS, rule)
