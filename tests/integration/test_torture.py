# SPDX-License-Identifier: Apache-2.0
"""A short torture; ``make torture`` is the long one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Final

import pytest

from tests.support.airflow_home import PROJECT

KILLS: Final = int(os.environ.get("TORTURE_KILLS", "8"))
#: A whole Airflow takes minutes: only where it is asked for.
IN_AIRFLOW: Final = os.environ.get("TORTURE_AIRFLOW", "0")
_RIGHT: Final = re.compile(
    r"kills=(\d+) duplicate_orders=0 lost_fills=0 wrong_positions=0 "
    r"\(orders=(\d+) missing_orders=0 fills=(\d+) invented_fills=0 exits=(\d+) wrong_exits=0\)"
)


@pytest.mark.timeout(120 + 10 * KILLS)
def test_rebalances_killed_at_random_send_each_order_once_and_lose_no_fill() -> None:
    """Task, watcher, gateway and line are killed, and every try is followed by another."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.torture", str(KILLS)],
        cwd=PROJECT,
        env=os.environ
        | {
            "PYTHONPATH": f"{PROJECT / 'plugins'}{os.pathsep}{PROJECT}",
            "TORTURE_AIRFLOW": IN_AIRFLOW,
        },
        capture_output=True,
        text=True,
        timeout=110 + 10 * KILLS,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}{ended.stderr}"
    found = _RIGHT.match(ended.stdout)
    assert found is not None, ended.stdout
    killed, orders, fills, exits = map(int, found.groups())
    assert killed >= KILLS
    assert fills >= orders > 0
    assert exits == 2 * orders
