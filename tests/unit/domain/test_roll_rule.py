# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ib_provider.domain.roll_rule import RollBasis, RollRule, last_trading_day
from ib_provider.errors import ConfigError
from tests.support.instrument_values import AAPL


@pytest.mark.parametrize(
    "wrong",
    [
        {"days_before": -1},
        {"sessions_before": 0},
        {"days_before": 5, "sessions_before": 5},
        {"days_before": 5, "months": "ABC"},
    ],
    ids=str,
)
def test_roll_rule_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    """Below zero, held beyond its end, two ends at once, letters of no month."""
    with pytest.raises(ConfigError):
        RollRule(**wrong)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (RollRule(), "5 sessions before expiry"),
        (RollRule(days_before=8, months="HMUZ"), "8 days before expiry, months HMUZ"),
        (
            RollRule(basis=RollBasis.OPEN_INTEREST, sessions_before=2),
            "open_interest, at the latest 2 sessions before expiry",
        ),
    ],
)
def test_roll_rule_is_said_in_words(rule: RollRule, text: str) -> None:
    """Roll calendars are kept under them."""
    assert str(rule) == text


def test_rule_takes_the_months_it_names() -> None:
    """March and not April; without letters every month."""
    march, april = (replace(AAPL, contract_month=month) for month in ("201303", "201304"))
    quarterly = RollRule(days_before=8, months="HMUZ")
    assert (quarterly.takes(march), quarterly.takes(april)) == (True, False)
    assert RollRule(days_before=8).takes(april)


def test_last_trading_day_is_a_whole_date_or_the_expiry() -> None:
    """IB may append an hour, or name a month only."""
    for text, day in (("20130315 08:30", date(2013, 3, 15)), ("201303", date(2013, 3, 20))):
        contract = replace(AAPL.contract, last_trade_date=text)
        item = replace(AAPL, contract=contract, expiry=date(2013, 3, 20))
        assert last_trading_day(item) == day
