# SPDX-License-Identifier: Apache-2.0
"""Waits between tries."""

from __future__ import annotations

import pytest

from ib_provider.client.back_off import BackOff
from ib_provider.errors import ConfigError


def test_waits_double_up_to_the_most() -> None:
    """A gateway that restarts for minutes is not asked twice a second."""
    back_off = BackOff(first_s=1, most_s=10, jitter=0.5)
    waits = [back_off.delay_s(failures, lambda: 0.0) for failures in range(1, 7)]
    assert waits == [1, 2, 4, 8, 10, 10]
    assert back_off.delay_s(10_000, lambda: 0.0) == 10


def test_jitter_spreads_the_upper_half_of_a_wait() -> None:
    """Clients that were dropped together do not come back together."""
    back_off = BackOff(first_s=4, most_s=10, jitter=0.5)
    assert back_off.delay_s(1, lambda: 0.5) == pytest.approx(3)
    assert len({back_off.delay_s(1) for _ in range(10)}) > 1


def test_a_back_off_that_cannot_be_is_refused() -> None:
    """Every problem at once."""
    with pytest.raises(ConfigError, match="2 problem"):
        BackOff(first_s=5, most_s=1, jitter=2)
