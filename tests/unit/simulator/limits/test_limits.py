# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.simulator.limits.limits import Limits


@pytest.mark.parametrize(
    ("limits", "rate"),
    [
        (Limits(), 50),
        (Limits(lines=40), 20),
        (Limits(max_messages=7), 7),
        (Limits(max_messages=0), 0),
    ],
)
def test_message_rate_is_half_the_lines(limits: Limits, rate: int) -> None:
    """Unless it is said."""
    assert limits.messages_per_s == rate


def test_every_problem_is_named() -> None:
    """All at once."""
    limits = Limits(lines=-1, max_messages=-2, search_gap_s=float("nan"), max_clients=-3)
    found = [problem.partition(":")[0] for problem in limits.problems()]
    assert found == ["max_clients", "lines", "max_messages", "search_gap_s"]
