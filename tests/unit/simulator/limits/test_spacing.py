# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.simulator.limits.spacing import NewStreams, Spacing


def test_requests_take_turns_a_second_apart() -> None:
    """Three at once wait 0, 1 and 2 seconds; one much later waits for nobody."""
    spacing = Spacing(1.0)
    assert [spacing.wait_s(10.0) for _ in range(3)] == [0, 1, 2]
    assert spacing.wait_s(30.0) == 0


def test_sixty_first_bar_stream_within_ten_minutes_is_too_many() -> None:
    """Sixty are let through; the next when the first is ten minutes old."""
    streams = NewStreams()
    assert not any(streams.bars_violation(float(second)) for second in range(60))
    assert streams.bars_violation(599.0)
    assert not streams.bars_violation(600.0)


def test_same_ticks_wait_15_seconds() -> None:
    """Other ticks do not."""
    streams = NewStreams()
    assert not streams.ticks_violation(("IBM", "Last"), 0.0)
    assert not streams.ticks_violation(("IBM", "BidAsk"), 0.0)
    assert streams.ticks_violation(("IBM", "Last"), 14.0)
    assert not streams.ticks_violation(("IBM", "Last"), 15.0)
