# SPDX-License-Identifier: Apache-2.0
"""Many processes on one ledger: one winner, one set of tables, locks that die with their holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ib_provider.errors import WriteConflict
from ib_provider.ledger import IntentState, Ledger
from tests.support.plans import a_leg, a_plan

pytest_plugins = ("tests.support.ledgers",)

ROOT = Path(__file__).parents[2]
COUNT = 8

RACE = """
import multiprocessing, os, sys
from pathlib import Path
from ib_provider.errors import LedgerError
from ib_provider.ledger import Ledger
from tests.support.plans import AT, a_plan

url, locks, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
fork = multiprocessing.get_context("fork")
line = fork.Barrier(count)

def race(number):
    line.wait(timeout=60)
    with Ledger.open(url, locks=locks) as ledger:
        plan = ledger.save_plan(a_plan(nlv=str(1000000 + number)))
        try:
            ledger.intend(plan.legs[0], plan=plan, order_id=number, client_id=number, at=AT)
            said = f"won {number}\\n"
        except LedgerError as error:
            if "already meant to be sent" not in str(error):
                raise
            said = f"lost {number}\\n"
    os.write(1, said.encode())  # one write is one line: eight processes share the pipe

racers = [fork.Process(target=race, args=(number,)) for number in range(1, count + 1)]
for racer in racers:
    racer.start()
for racer in racers:
    racer.join()
sys.exit(sum(racer.exitcode != 0 for racer in racers))
"""

HOLD = """
import sys, time
from pathlib import Path
from ib_provider.ledger import Ledger

with Ledger.open(sys.argv[1], locks=Path(sys.argv[2])) as ledger, ledger.lock("orders", wait_s=0):
    print("held", flush=True)
    time.sleep(120)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(ledger_url: str, locks: Path) -> Iterator[Start]:
    """Give a way to run a program on the ledger; what still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def run(program: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, ledger_url, str(locks), *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def test_eight_processes_with_one_order_ref_have_one_winner(
    start: Start, ledger_url: str, locks: Path
) -> None:
    """Racing to make the tables, save the plan and write the intent, exactly one succeeds."""
    process = start(RACE, COUNT)
    said = [line.split() for line in process.communicate(timeout=90)[0].splitlines()]
    assert process.returncode == 0
    assert len(said) == COUNT
    winners = [int(number) for word, number in said if word == "won"]
    assert len(winners) == 1
    with Ledger.open(ledger_url, locks=locks) as ledger:
        plan = ledger.find_plan("DU1000001", "demo", "2013-03-04")
        assert plan is not None
        (intent,) = ledger.intents(plan.plan_id)
    assert (intent.order_id, intent.state) == (winners[0], IntentState.INTENDED)


def test_lock_of_a_living_process_blocks_and_of_a_killed_one_is_free(
    start: Start, ledger: Ledger
) -> None:
    """A live holder is waited for and not robbed; a SIGKILLed one holds nothing."""
    holder = start(HOLD)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    began = time.monotonic()
    with pytest.raises(WriteConflict, match="'orders' is held"), ledger.lock("orders", wait_s=0.3):
        pytest.fail("two holders")
    assert 0.25 < time.monotonic() - began < 5
    with pytest.raises(WriteConflict), ledger.lock("orders", wait_s=0):
        pytest.fail("two holders")
    with ledger.lock("another", wait_s=0):
        pass
    holder.send_signal(signal.SIGKILL)
    with ledger.lock("orders", wait_s=10):
        pass


def test_lock_left_is_free_at_once_even_after_an_error(ledger: Ledger) -> None:
    """Leaving by an exception frees it; the exception is not swallowed."""
    for _ in range(3):
        with pytest.raises(KeyError), ledger.lock("orders: DU1/demo", wait_s=0):
            raise KeyError
    with ledger.lock("orders: DU1/demo", wait_s=0):
        pass


def test_lock_is_not_reentrant(ledger: Ledger) -> None:
    """The same process asking again, on another hand, waits like any other."""
    with (
        ledger.lock("orders", wait_s=0),
        pytest.raises(WriteConflict),
        ledger.lock("orders", wait_s=0.1),
    ):
        pytest.fail("two holders")


def test_writer_waits_for_a_writer(ledger: Ledger, ledger_url: str, locks: Path) -> None:
    """While one transaction is open a second ledger reads at once, and writes after it."""
    with Ledger.open(ledger_url, locks=locks) as other:
        with ledger._database.write():
            assert other.find_plan("DU1000001", "demo", "2013-03-04") is None
        plan = a_plan(a_leg("ref-after"))
        assert other.save_plan(plan) == plan
