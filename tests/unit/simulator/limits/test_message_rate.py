# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.simulator.limits.message_rate import MessageRate


def test_rate_is_kept_over_every_second() -> None:
    """Three a second: the fourth waits until the first is a second old."""
    rate = MessageRate(3)
    for at in (0.0, 0.1, 0.2):
        assert rate.wait_s(at) == 0
        rate.passed(at)
    assert rate.wait_s(0.25) == 0.75
    assert rate.wait_s(1.0) == 0


def test_zero_means_any_rate() -> None:
    """A rate of zero never waits."""
    rate = MessageRate(0)
    for _ in range(1000):
        rate.passed(0.0)
    assert rate.wait_s(0.0) == 0


def test_third_violation_is_one_too_many() -> None:
    """Two are forgiven."""
    rate = MessageRate(1)
    assert [rate.violated() for _ in range(3)] == [False, False, True]


@given(st.integers(1, 9), st.lists(st.floats(0, 0.6), min_size=1, max_size=60))
def test_no_second_carries_more_than_the_rate(per_s: int, gaps: list[float]) -> None:
    """Whoever waits as told never sends more than the rate in any second."""
    rate, now, sent = MessageRate(per_s), 0.0, []
    for gap in gaps:
        now += gap
        now += rate.wait_s(now)
        rate.passed(now)
        sent.append(now)
    for begin in sent:
        assert sum(1 for at in sent if begin <= at < begin + 0.999) <= per_s
