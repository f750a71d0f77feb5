# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ib_provider.domain.bar import BarSize, BarSpec
from ib_provider.domain.contract import Instrument, SecType
from ib_provider.usecases.expiring_contracts import (
    expiring_contracts,
    served_from,
    soonest_gone_first,
)
from tests.support.instrument_values import AAPL


def ending(kind: SecType, day: str, zone: str = "America/New_York") -> Instrument:
    contract = replace(AAPL.contract, sec_type=kind, last_trade_date=day)
    return replace(AAPL, instrument_id=f"{kind}{day}", contract=contract, time_zone=zone)


FRIDAY, LATER = ending(SecType.OPT, "20130315"), ending(SecType.OPT, "20130322")
GONE, FUTURE = ending(SecType.OPT, "20130308"), ending(SecType.FUT, "20130315")


def test_options_come_before_futures_and_futures_before_what_has_no_end() -> None:
    """Each by its end; what has none stays in the order it was given in."""
    other = replace(AAPL, instrument_id="IBM.NYSE")
    given = [other, AAPL, FUTURE, LATER, FRIDAY]
    assert soonest_gone_first(given) == (FRIDAY, LATER, FUTURE, other, AAPL)


@pytest.mark.parametrize(
    ("now", "days", "found"),
    [
        (datetime(2013, 3, 15, 20, 20, tzinfo=UTC), 0, [FRIDAY]),
        (datetime(2013, 3, 15, 20, 20, tzinfo=UTC), 7, [FRIDAY, LATER]),
        (datetime(2013, 3, 16, 3, 0, tzinfo=UTC), 0, [FRIDAY]),  # still Friday in New York
        (datetime(2013, 3, 16, 14, 0, tzinfo=UTC), 0, []),
    ],
)
def test_expiring_are_those_whose_last_session_is_today_or_soon(
    now: datetime, days: int, found: list[Instrument]
) -> None:
    """By the exchange's own day; what has ended, and shares, are none of them."""
    known = [AAPL, LATER, FUTURE, GONE, FRIDAY]
    assert list(expiring_contracts(known, now=now, days=days)) == found


def test_futures_expire_when_they_are_asked_about() -> None:
    """They are served for two years more, so by default they are left out."""
    now = datetime(2013, 3, 15, 20, 20, tzinfo=UTC)
    assert expiring_contracts([FUTURE], now=now, days=0, kinds=[SecType.FUT]) == (FUTURE,)


@pytest.mark.parametrize(
    ("item", "now", "size", "first"),
    [
        (AAPL, datetime(2013, 3, 18, tzinfo=UTC), BarSize.DAY_1, date.min),
        (AAPL, datetime(2013, 3, 18, 12, tzinfo=UTC), BarSize.SEC_30, date(2012, 9, 19)),
        (FRIDAY, datetime(2013, 3, 15, 22, tzinfo=UTC), BarSize.DAY_1, date.min),
        (FRIDAY, datetime(2013, 3, 18, tzinfo=UTC), BarSize.DAY_1, None),
        (FUTURE, datetime(2015, 3, 14, 12, tzinfo=UTC), BarSize.DAY_1, date.min),
        (FUTURE, datetime(2015, 3, 16, 12, tzinfo=UTC), BarSize.DAY_1, None),
    ],
)
def test_what_is_served_ends_with_options_at_once_and_with_futures_two_years_later(
    item: Instrument, now: datetime, size: BarSize, first: date | None
) -> None:
    """Bars of half a minute and less go back for half a year. Source: IB's list of limits."""
    assert served_from(item, BarSpec(size=size), now) == first
