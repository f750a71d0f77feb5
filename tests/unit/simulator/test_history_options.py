# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.simulator.history_options import HistoryOptions


def test_every_problem_is_told() -> None:
    """Each by its name; the defaults have none."""
    options = HistoryOptions(
        answer_delay_s=-1, bars_a_message=0, kept_answers=-1, update_every_s=float("nan")
    )
    told = [problem.split(":")[0] for problem in options.problems()]
    assert told == ["answer_delay_s", "update_every_s", "bars_a_message", "kept_answers"]
    assert list(HistoryOptions().problems()) == []
