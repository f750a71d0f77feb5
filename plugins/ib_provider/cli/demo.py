# SPDX-License-Identifier: Apache-2.0
"""``ib-provider demo``: the three DAGs, through Airflow, against a simulated gateway.

    ib-provider demo                            bars, their validation, a rebalance
    ib-provider demo --portfolio long-short     a rebalance of another kind, in a home of its own

Strategy: the gateway and each DAG run in processes of their own, as in production; what is shown
afterwards is read from the catalog and the ledger, not from the runs. The simulated gateway keeps
its account in a file, so a second demo meets the positions of the first and has nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console

from ib_provider.cli.airflow_home import AirflowHome, connection_json
from ib_provider.cli.demo_portfolio import DEMO_PORTFOLIOS, DemoPortfolio
from ib_provider.cli.demo_report import (
    Holdings,
    last_line,
    print_report,
    read_tally,
    rebalance_id,
)
from ib_provider.cli.simulated_home import (
    ACCOUNT,
    CLOCK,
    claim_home,
    gateway_command,
    listening_port,
)
from ib_provider.config import Settings, load_settings
from ib_provider.errors import IbProviderError

__all__ = ["add_arguments", "run"]

_FIRST, _END = "2000-03-01", "2013-03-02"
#: The words of the exception that failed a task, and the points below them.
_FAILURE: Final = re.compile(r"AirflowFailException: (.+(?:\n {1,4}- .+)*)")
#: A line of progress in Airflow's log, without the logger and the place that Airflow adds.
_PROGRESS: Final = re.compile(r" ▸ (?P<text>.*?)\s*(?:\[airflow\.\S+\])?\s*(?:loc=\S+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One DAG run: its DAG, its conf, and what a reader is told."""

    dag_id: str
    title: str
    conf: dict[str, object]


def _steps(portfolio: DemoPortfolio) -> list[_Step]:
    steps = [
        _Step(
            dag_id="ib_instruments",
            title="load instruments",
            conf={"universe": portfolio.universe},
        ),
        _Step(
            dag_id="ib_rebalance",
            title="plan, submit and follow a rebalance",
            conf={
                "portfolio": portfolio.name,
                "limits": portfolio.limits,
                "rebalance_id": rebalance_id(portfolio),
                "dry_run": False,
            },
        ),
    ]
    if portfolio.with_bars:
        conf: dict[str, object] = {"universe": portfolio.universe, "start": _FIRST, "end": _END}
        title = "download, validate and publish daily bars"
        steps.insert(1, _Step(dag_id="ib_bars", title=title, conf=conf))
    return steps


class DemoFailed(IbProviderError):
    """A DAG run did not succeed; its log is named."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which portfolio is shown; all else that the demo does is written down above."""
    parser.add_argument(
        "--portfolio",
        choices=sorted(DEMO_PORTFOLIOS),
        default="demo",
        help="what the rebalance is of, a file under include/portfolios (default: %(default)s)",
    )
    parser.epilog = (
        "State is kept under IB_PROVIDER_HOME, which must not hold other data; that of another "
        "portfolio than demo under portfolios/ in it."
    )


def run(args: argparse.Namespace) -> int:
    """Run the demo and return 0.

    Raises:
        DemoFailed: A DAG run failed; its log is named.
        ConfigError: The home holds data that no demo wrote.
    """
    console = Console(highlight=False)
    portfolio = DEMO_PORTFOLIOS[args.portfolio]
    settings = _settings(portfolio)
    claim_home(settings, Path.cwd())
    with _simulated_gateway(settings, portfolio) as port:
        console.print(f"simulated gateway on port {port}, its clock at {CLOCK}, account {ACCOUNT}")
        airflow = AirflowHome(
            root=Path.cwd(),
            settings=settings,
            connection=connection_json(port, ACCOUNT, read_only=False),
        )
        console.print("preparing Airflow's database")
        airflow.prepare()
        before = read_tally(settings)
        held_before = asyncio.run(_holdings(port))
        steps = _steps(portfolio)
        for number, step in enumerate(steps, 1):
            console.print(f"[bold]{number}/{len(steps)} {step.dag_id}[/bold]: {step.title}")
            _run_dag(airflow, step, console)
        held_after = asyncio.run(_holdings(port))
    print_report(
        console,
        settings,
        portfolio,
        account=ACCOUNT,
        before=held_before,
        after=held_after,
    )
    console.print(last_line(portfolio, before, read_tally(settings)), soft_wrap=True)
    return 0


def _settings(portfolio: DemoPortfolio) -> Settings:
    """Return the home that a portfolio's demo has to itself."""
    settings = load_settings()
    if portfolio.name == "demo":
        return settings
    home = settings.home / "portfolios" / portfolio.name
    return replace(settings, home=home, ledger_url=f"sqlite:///{home / 'ledger.db'}")


@contextmanager
def _simulated_gateway(settings: Settings, portfolio: DemoPortfolio) -> Iterator[int]:
    """Yield the port of a simulated gateway in a process of its own."""
    command = gateway_command(settings, account=portfolio.gateway_options)
    with subprocess.Popen(  # noqa: S603  our own executable, fixed arguments
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            port = listening_port(line)
            if port is None:
                raise DemoFailed("the simulated gateway did not start; what it said is above")
            yield port
        finally:
            process.terminate()


def _run_dag(airflow: AirflowHome, step: _Step, console: Console) -> None:
    """Run one DAG to its end in Airflow's own runner, its progress on the console.

    Raises:
        DemoFailed: It ended in another state than success.
    """
    log = airflow.settings.home / "logs" / f"{step.dag_id}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = airflow.command("dags", "test", step.dag_id, "--conf", json.dumps(step.conf))
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(  # noqa: S603  our own executable, fixed arguments
            command,
            env=airflow.environment(),
            cwd=airflow.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        for line in process.stdout or ():
            file.write(line)
            if shown := _progress(line):
                console.print(f"    {shown}", soft_wrap=True, markup=False)
    if process.returncode:
        raise DemoFailed(f"{step.dag_id} did not succeed: {_reason(log)}; its log is {log}")


def _reason(log: Path) -> str:
    """Return why a run failed, as its task said it last."""
    found = _FAILURE.findall(log.read_text(encoding="utf-8", errors="replace"))
    return found[-1].strip() if found else "nobody said why"


def _progress(line: str) -> str:
    """Return the progress a line of Airflow's log carries, or an empty text."""
    match = _PROGRESS.search(line.rstrip())
    return match["text"] if match else ""


async def _holdings(port: int) -> Holdings:
    """Return positions and net liquidation value, as the gateway says."""
    from ib_provider.client.endpoint import Endpoint
    from ib_provider.client.ib_client import IbClient

    async with IbClient(Endpoint(port=port, client_id=99)) as client:
        positions = await client.positions()
        values = await client.account_summary(("NetLiquidation", "TotalCashValue"))
    return Holdings(
        quantities={item.contract.symbol: item.quantity for item in positions},
        values={row.tag: f"{float(row.value):,.2f} {row.currency}" for row in values},
    )
