# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.client.rate_limit import TokenBucket


def test_reserve_within_the_burst_waits_for_nothing() -> None:
    """A full bucket lets its burst through at once."""
    bucket = TokenBucket(rate=10, burst=3)
    assert [bucket.reserve(0.0) for _ in range(3)] == [0, 0, 0]


def test_reserve_beyond_the_burst_waits_one_interval_each() -> None:
    """Each message beyond it waits one interval longer than the one before."""
    bucket = TokenBucket(rate=10, burst=1)
    assert [round(bucket.reserve(5.0), 6) for _ in range(3)] == [0, 0.1, 0.2]


def test_reserve_after_a_rest_has_the_burst_again_and_no_more() -> None:
    """An idle hour does not save up messages."""
    bucket = TokenBucket(rate=10, burst=2)
    for _ in range(2):
        bucket.reserve(0.0)
    assert [round(bucket.reserve(3600.0), 6) for _ in range(3)] == [0, 0, 0.1]


@given(st.lists(st.floats(0, 0.2), min_size=60, max_size=120))
def test_reserve_any_second_holds_at_most_rate_and_burst(gaps: list[float]) -> None:
    """Whenever messages are asked for, no window of a second overflows."""
    bucket, now, sent = TokenBucket(rate=45, burst=5), 0.0, []
    for gap in gaps:
        now += gap
        sent.append(now + bucket.reserve(now))
    assert sent == sorted(sent)
    for at in sent:
        assert sum(at <= other < at + 1 - 1e-6 for other in sent) <= 50
