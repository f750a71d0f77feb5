# SPDX-License-Identifier: Apache-2.0
"""A rebalance from a terminal: planned, sent, looked at, cancelled, and used wrongly."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.load_instruments import load_instruments
from tests.support.airflow_home import PROJECT
from tests.support.main_job import IDS
from tests.support.simulator import gateway_in_process

Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installation's home."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def journal(home: Path) -> Path:
    """Return where the gateway notes every order message that it receives."""
    return home / "journal.jsonl"


@pytest.fixture(scope="module")
def port(home: Path, journal: Path) -> Iterator[int]:
    """Return the port of a gateway whose orders do not fill by themselves."""
    with gateway_in_process("--journal", str(journal), "--fill-delay", "600") as gateway:
        asyncio.run(_load(gateway.port, home))
        yield gateway.port


@pytest.fixture(scope="module")
def command(home: Path, port: int) -> Command:
    """Return what runs ``ib-provider rebalance`` in a process of its own."""
    return lambda *arguments: _command(home, *arguments)


async def _load(port: int, home: Path) -> None:
    async with IbClient(Endpoint(port=port, client_id=90)) as client:
        await load_instruments(client, store=InstrumentStore(home / "market"), ids=IDS)


def _command(home: Path, *arguments: str) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "ib_provider.cli.main", "rebalance", *arguments],
        env=os.environ
        | {"IB_PROVIDER_HOME": str(home), "IB_PROVIDER_INCLUDE": str(PROJECT / "include")},
        cwd=PROJECT / "plugins",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _orders(journal: Path) -> list[str]:
    if not journal.exists():
        return []
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    return [line["order_ref"] for line in lines if "order_ref" in line]


def test_plan_is_sent_once_looked_at_and_cancelled(
    command: Command, port: int, home: Path, journal: Path
) -> None:
    """Only its own id, typed by a person, sends it; after a cancel nothing of it goes again."""
    at = ("--port", str(port))
    planned = command("plan", "demo", "--limits", "demo", "--key", "k1", "--keep", *at)
    assert planned.returncode == 0, planned.stderr
    (plan_id,) = re.findall(r"^plan ([0-9a-f]{64})$", planned.stdout, flags=re.MULTILINE)
    assert f"rebalance submit {plan_id[:12]} --limits demo" in planned.stderr
    send = ("submit", plan_id[:12], "--limits", "demo", "--wait", "0", *at)

    for given in ((), ("--confirm", plan_id[:7])):
        refused = command(*send, *given)
        assert refused.returncode == 2, refused.stderr
    live = command(*send, "--confirm", plan_id[:12], "--mode", "live")
    assert live.returncode == 1
    assert "the connection says live" in live.stderr
    assert _orders(journal) == []

    sent = command(*send, "--confirm", plan_id[:12])
    assert sent.returncode == 0, sent.stderr
    assert "5 order(s) sent, 0 known before, 5 at work" in sent.stdout
    assert len(set(_orders(journal))) == len(_orders(journal)) == 5
    again = command(*send, "--confirm", plan_id)
    assert "0 order(s) sent, 5 known before" in again.stdout
    working = command("status", plan_id[:8])
    assert working.returncode == 3
    assert working.stdout.count("working, 0 filled") == 5

    unwritten = command("status", "--format", "json", "--out", "/nowhere/plan.json")
    assert (unwritten.returncode, "cannot be written" in unwritten.stderr) == (2, True)

    cancelled = command("cancel", plan_id[:12], *at)
    assert cancelled.returncode == 0, cancelled.stderr
    assert "5 order(s) ended, 0 at work" in cancelled.stdout
    assert command("status").stdout.count("cancelled, 0 filled") == 5
    with Ledger.open(f"sqlite:///{home / 'ledger.db'}", locks=home / "locks") as ledger:
        said = [word.is_approved for word in ledger.approvals(plan_id)]
    assert said == [True, True, False]
    assert "0 order(s) sent" in command(*send, "--confirm", plan_id).stdout
    assert len(_orders(journal)) == 5


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("status",), 2, "none was kept"),
        (("submit", "abc", "--limits", "demo"), 2, "none was kept"),
        (("plan", "dmeo", "--limits", "demo"), 2, "no such file; there is"),
        (("plan", "demo", "--limits", "dmeo", "--port", "1"), 2, "no such file; there is"),
        (("plan", "demo", "--limits", "demo", "--port", "1"), 1, "GatewayNotReady"),
        (("plan", "demo", "--limits", "demo", "--targets", "/nowhere.json"), 2, "cannot be read"),
        (("submit", "abc"), 2, "--limits"),
        (("cancel",), 2, "plan_id"),
        ((), 2, "action"),
    ],
)
def test_command_used_wrongly_says_so_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """No traceback, and nothing of a gateway is asked first."""
    done = _command(tmp_path, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
