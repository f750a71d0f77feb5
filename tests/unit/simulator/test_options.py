# SPDX-License-Identifier: Apache-2.0
"""Options of the simulated gateway."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ib_provider.errors import ConfigError
from ib_provider.simulator import SimulatorOptions


def test_defaults_are_usable() -> None:
    """Nothing has to be said."""
    SimulatorOptions().check()


def test_every_problem_is_told_at_once() -> None:
    """One run of corrections is enough."""
    options = SimulatorOptions(
        port=70_000,
        clock="2013-03-04T10:00:00",
        speed=-1,
        account="U123",
        cash=Decimal("NaN"),
        max_server_version=100,
        answer_delay_s=-1,
        fill_delay_s=float("nan"),
    )
    with pytest.raises(ConfigError) as told:
        options.check()
    keys = [problem.partition(":")[0] for problem in told.value.problems]
    assert keys == [
        "port",
        "clock",
        "speed",
        "account",
        "cash",
        "max_server_version",
        "answer_delay_s",
        "fill_delay_s",
    ]
