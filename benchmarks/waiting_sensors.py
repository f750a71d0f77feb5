# SPDX-License-Identifier: Apache-2.0
"""What a thousand waiting sensors cost a triggerer: memory, and connections to the gateway."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.row import Row

__all__ = ["waiting_sensors"]

_ROOT: Final = Path(__file__).parents[1]
_LISTENING: Final = re.compile(r"listening on \S+?:(\d+)")
_COUNT: Final = 1_000
_MOST_MB: Final = 100.0
_SETTLED_S: Final = 15.0


def waiting_sensors() -> Iterator[Row]:
    """Yield the memory that a thousand waiting triggers add, and how many connections they are."""
    command = ("-m", "ib_provider.cli.main", "simulator", "--port", "0")
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as gateway:
        try:
            line = gateway.stdout.readline() if gateway.stdout else ""
            match = _LISTENING.search(line)
            if match is None:
                raise RuntimeError(f"the simulated gateway said {line!r}")
            added_mb, connections = _measured(int(match[1]))
        finally:
            gateway.terminate()
    yield Row(
        name="waiting_sensors",
        value=added_mb,
        unit=f"MB/{_COUNT}",
        peer="most allowed",
        peer_value=_MOST_MB,
        ratio=_MOST_MB / added_mb,
        goal=1.0,
    )
    yield Row(
        name="waiting_sensors_connections",
        value=connections,
        unit="connections",
        peer="most allowed",
        peer_value=1,
        ratio=1 / connections,
        goal=1.0,
    )


def _measured(port: int) -> tuple[float, int]:
    """Return what a process of its own found, for Airflow is set up by its environment."""
    with tempfile.TemporaryDirectory() as home:
        connection = {"conn_type": "ib_gateway", "host": "127.0.0.1", "port": port}
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.waiting_sensors", str(port)],
            cwd=_ROOT,
            env=os.environ
            | {
                "AIRFLOW_HOME": home,
                "AIRFLOW_CONN_IB_DEFAULT": json.dumps(connection),
                "IB_PROVIDER_HOME": f"{home}/var",
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.splitlines()[-1]
    found = json.loads(told)
    return found["added_mb"], found["connections"]


async def _wait(port: int) -> dict[str, Any]:
    import ib_provider.usecases.watch_orders  # noqa: F401  imported before it is measured
    from ib_provider.triggers.fills import IbFillsTrigger

    process = psutil.Process()
    before = process.memory_info().rss
    deadline = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    triggers = [
        IbFillsTrigger(
            ib_conn_id="ib_default",
            plan_id=f"plan-{number}",
            order_refs=[f"order-{number}-{leg}" for leg in range(5)],
            deadline=deadline,
        )
        for number in range(_COUNT)
    ]
    waits = [asyncio.ensure_future(anext(trigger.run())) for trigger in triggers]
    await asyncio.sleep(_SETTLED_S)
    if ended := [wait for wait in waits if wait.done()]:
        raise RuntimeError(f"{len(ended)} ended early: {ended[0].result()}")
    links = [link for link in process.net_connections("tcp") if link.raddr]
    found = {
        "added_mb": (process.memory_info().rss - before) / 1e6,
        "connections": sum(link.raddr.port == port for link in links),
    }
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_wait(int(sys.argv[1])))), flush=True)
