# SPDX-License-Identifier: Apache-2.0
"""Run one use case in a process of its own, so that a test can kill it as the kernel would.

    python -m tests.support.usecase_process fetch PORT BATCH
    python -m tests.support.usecase_process submit PORT PLAN_ID
    python -m tests.support.usecase_process execute PORT PLAN_ID

The state is that of the environment (IB_PROVIDER_HOME, IB_PROVIDER_INCLUDE).
"""

from __future__ import annotations

import asyncio
import os
import sys

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.config import Settings, load_settings
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.execute_plan import execute_plan
from ib_provider.usecases.fetch_bars import fetch_bars
from ib_provider.usecases.judge_bars import judge_bars
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.read_yaml import read_limits
from ib_provider.usecases.submit_plan import submit_plan
from tests.support.airflow_home import PROJECT
from tests.support.main_job import CLIENT_ID, DAILY, END, GUARD, START

__all__ = ["start_use_case"]


async def start_use_case(
    settings: Settings, what: str, argument: str, port: int
) -> asyncio.subprocess.Process:
    """Return a process that runs a use case on an installation, its output in a pipe."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.usecase_process",
        what,
        str(port),
        argument,
        cwd=PROJECT,
        env=os.environ
        | {
            "IB_PROVIDER_HOME": str(settings.home),
            "IB_PROVIDER_INCLUDE": str(settings.include),
            "PYTHONPATH": f"{PROJECT / 'plugins'}{os.pathsep}{PROJECT}",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _fetch(port: int, batch: str) -> None:
    settings = load_settings()
    store = InstrumentStore(settings.market)
    bars = BarStore(settings.market)
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        await fetch_bars(
            lambda: IbClient(Endpoint(port=port, client_id=CLIENT_ID)),
            bars=bars,
            ledger=ledger,
            instruments=store.all(),
            spec=DAILY,
            start=START,
            end=END,
            batch=batch,
            progress=_say,
        )
        judge_bars(bars=bars, ledger=ledger, batch=batch, progress=_say)


async def _submit(port: int, plan_id: str) -> None:
    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        async with IbClient(Endpoint(port=port, client_id=CLIENT_ID)) as client:
            await submit_plan(
                client,
                ledger=ledger,
                store=InstrumentStore(settings.market),
                plan_id=plan_id,
                limits=read_limits(settings.include, "demo"),
                guard=GUARD,
                switch=KillSwitch(ledger, settings.kill_file),
                progress=_say,
            )


async def _execute(port: int, plan_id: str) -> None:
    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        async with IbClient(Endpoint(port=port, client_id=CLIENT_ID)) as client:
            await execute_plan(
                client,
                ledger=ledger,
                store=InstrumentStore(settings.market),
                plan_id=plan_id,
                limits=read_limits(settings.include, "demo"),
                guard=GUARD,
                switch=KillSwitch(ledger, settings.kill_file),
                timeout_s=120.0,
                poll_s=0.5,
                progress=_say,
            )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    what, port, argument = sys.argv[1:]
    cases = {"fetch": _fetch, "submit": _submit, "execute": _execute}
    asyncio.run(cases[what](int(port), argument))
