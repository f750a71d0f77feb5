# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, timedelta

from ib_provider.simulator.market.instrument import instrument
from ib_provider.simulator.market.open_interest import open_interest

MARCH, JUNE = (instrument(f"FUT|ES|USD|CME|{day}|||0.25|") for day in ("20130315", "20130621"))


def test_open_interest_moves_from_the_month_that_ends_to_the_next() -> None:
    """A month before the end nearly all is in March, on its last day nearly all in June."""
    early, late = date(2013, 2, 15), date(2013, 3, 15)
    assert (open_interest(MARCH, early) or 0) > 20 * (open_interest(JUNE, early) or 1)
    assert (open_interest(JUNE, late) or 0) > 20 * (open_interest(MARCH, late) or 1)


def test_open_interest_crosses_once() -> None:
    """Day by day, June is behind and then ahead for good."""
    days = [date(2013, 2, 15) + timedelta(days=n) for n in range(29)]
    ahead = [(open_interest(JUNE, day) or 0) > (open_interest(MARCH, day) or 0) for day in days]
    assert ahead == sorted(ahead)
    assert 0 < sum(ahead) < len(days)


def test_open_interest_of_what_has_ended_is_none() -> None:
    """The day after its last one."""
    assert open_interest(MARCH, date(2013, 3, 16)) is None
