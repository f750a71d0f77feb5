# SPDX-License-Identifier: Apache-2.0
"""The simulated clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ib_provider.simulator.clock import SimulatedClock
from tests.support.simulator import OPEN_MONDAY


@pytest.mark.parametrize(("speed", "passed"), [(1.0, 10), (60.0, 600), (0.0, 0)])
def test_clock_runs_at_its_speed(speed: float, passed: int) -> None:
    """Ten real seconds later."""
    real = iter([100.0, 110.0])
    clock = SimulatedClock(OPEN_MONDAY, speed=speed, monotonic=lambda: next(real))
    assert clock.now() == OPEN_MONDAY + timedelta(seconds=passed)
