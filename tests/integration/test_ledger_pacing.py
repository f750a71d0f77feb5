# SPDX-License-Identifier: Apache-2.0
"""Many processes, one budget: exact, used to the full, and free of what the dead held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ib_provider.domain.pacing import HistoryDemand, PacingRules
from ib_provider.ledger.pacing_book import PacingBook
from ib_provider.simulator.limits.limits import Limits
from tests.support.simulator import gateway_in_thread, quick_options

pytest_plugins = ("tests.support.ledgers",)

ROOT = Path(__file__).parents[2]
COUNT = 8

RESERVE = """
import sys
from pathlib import Path
from ib_provider.ledger.pacing_book import PacingBook

with PacingBook.open(sys.argv[1], locks=Path(sys.argv[2]), login="gw") as book:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(10):
        for turn in book.reserve_messages(3):
            print(turn.at, turn.until)
"""

HOLD = """
import sys, time
from pathlib import Path
from ib_provider.domain.pacing import HistoryDemand, PacingRules
from ib_provider.ledger.pacing_book import PacingBook

rules = PacingRules(open_requests=3, in_window=8)
with PacingBook.open(sys.argv[1], locks=Path(sys.argv[2]), login="gw", rules=rules) as book:
    for number in range(3):
        turn = book.begin_history(HistoryDemand(identity=f"h{number}", series=f"h{number}"))
        assert turn.request_id is not None
    print("held", flush=True)
    time.sleep(120)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(ledger_url: str, locks: Path) -> Iterator[Start]:
    """Give a way to run Python on the book; what still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def run(*command: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *map(str, command)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """Return the next line of a process."""
    return process.stdout.readline().strip() if process.stdout else ""


def go(peers: list[subprocess.Popen[str]]) -> None:
    """Let every process begin."""
    for peer in peers:
        if peer.stdin is not None:
            peer.stdin.write("go\n")
            peer.stdin.flush()


def demand(name: str) -> HistoryDemand:
    return HistoryDemand(identity=name, series=name)


def test_turns_of_eight_processes_follow_one_another_without_overlap_or_hole(
    start: Start, ledger_url: str, locks: Path
) -> None:
    """No two messages leave closer than the rate, and while anybody waits no turn is left out."""
    peers = [start("-c", RESERVE, ledger_url, locks) for _ in range(COUNT)]
    assert [said(peer) for peer in peers] == ["ready"] * COUNT
    go(peers)
    lines = [line for peer in peers for line in peer.communicate(timeout=60)[0].split("\n")]
    turns = sorted(tuple(map(float, line.split())) for line in lines if line)
    assert len(turns) == COUNT * 10 * 3
    gap, rules = 1 / PacingRules().messages_per_s, PacingRules()
    span = turns[-1][0] - turns[0][0]
    if ledger_url.startswith("sqlite"):  # one clock in all processes, so exact to the digit
        assert min(later[0] - one[0] for one, later in pairwise(turns)) >= gap - 1e-6
        assert all(until - at == pytest.approx(rules.lateness_s) for at, until in turns)
    assert (len(turns) - 1) * gap <= span * 1.03 + 0.05
    assert span <= (len(turns) - 1) * gap * 1.03 + 0.5


def test_a_killed_holder_frees_its_open_requests_and_no_token(
    start: Start, ledger_url: str, locks: Path
) -> None:
    """What was sent may have been counted at the gateway; what was open is open no more."""
    holder = start("-c", HOLD, ledger_url, locks)
    assert said(holder) == "held"
    rules = PacingRules(open_requests=3, in_window=8)
    with PacingBook.open(ledger_url, locks=locks, login="gw", rules=rules) as book:
        refused = book.begin_history(demand("mine"))
        assert refused.request_id is None
        assert 0 < refused.wait_s < 1
        holder.kill()
        holder.wait(20)
        granted = [book.begin_history(demand(f"m{number}")) for number in range(3)]
        assert all(turn.request_id is not None for turn in granted)
        for turn in granted:
            book.end_history(turn.request_id or 0)
        assert book.begin_history(demand("m3")).request_id is not None
        assert book.begin_history(demand("m4")).request_id is not None
        spent = book.begin_history(demand("m5"))  # 3 of the dead and 5 of ours are in the window
        assert spent.request_id is None
        assert spent.wait_s > 300 or spent.wait_s < 1


def test_two_logins_have_two_budgets(ledger_url: str, locks: Path) -> None:
    """The limits are those of a login, and a host may run gateways for several."""
    rules = PacingRules(open_requests=1)
    with (
        PacingBook.open(ledger_url, locks=locks, login="one", rules=rules) as one,
        PacingBook.open(ledger_url, locks=locks, login="two", rules=rules) as two,
    ):
        assert one.begin_history(demand("a")).request_id is not None
        assert one.begin_history(demand("b")).request_id is None
        assert two.begin_history(demand("b")).request_id is not None


def test_two_books_of_one_process_count_each_other(ledger_url: str, locks: Path) -> None:
    """A holder is a book, not a process."""
    rules = PacingRules(open_requests=1)
    with (
        PacingBook.open(ledger_url, locks=locks, login="gw", rules=rules) as one,
        PacingBook.open(ledger_url, locks=locks, login="gw", rules=rules) as other,
    ):
        turn = one.begin_history(demand("a"))
        assert other.begin_history(demand("b")).request_id is None
        one.end_history(turn.request_id or 0)
        assert other.begin_history(demand("b")).request_id is not None


def race(
    start: Start, ledger_url: str, locks: Path, *, limits: Limits, work: str, seconds: float
) -> Counter[str]:
    """Return what eight processes got of a gateway that complains at once."""
    with gateway_in_thread(quick_options(speed=60 / seconds, limits=limits)) as gateway:
        common = (ledger_url, locks, gateway.port)
        more = (seconds, work, limits.pacing_speed)
        peers = [
            start("-m", "tests.support.pacing_peer", *common, number, *more)
            for number in range(1, COUNT + 1)
        ]
        assert [said(peer) for peer in peers] == ["ready"] * COUNT
        go(peers)
        total: Counter[str] = Counter()
        for peer in peers:
            total.update(json.loads(peer.communicate(timeout=120)[0]))
    return total


def test_eight_processes_share_one_message_rate_for_sixty_simulated_seconds(
    start: Start, ledger_url: str, locks: Path
) -> None:
    """At a gateway that rejects excess nobody is rejected, and 97% of the budget is used."""
    limits = Limits(max_messages=50, reject_excess=True, shared_rate=True)
    total = race(start, ledger_url, locks, limits=limits, work="messages", seconds=10.0)
    assert [name for name in total if name.startswith("error")] == []
    used = total["messages"] / (PacingRules().messages_per_s * 10.0)
    assert 0.97 <= used <= 1.01, total


def test_eight_processes_share_one_historical_budget_to_its_last_request(
    start: Start, ledger_url: str, locks: Path
) -> None:
    """Two windows of ten minutes hold thirty BID_ASK requests each, and not one is a violation."""
    limits = Limits(max_messages=0, pacing_speed=100.0)
    total = race(start, ledger_url, locks, limits=limits, work="history", seconds=11.5)
    assert [name for name in total if name.startswith("error")] == []
    assert 0.97 * 60 <= total["history"] <= 60, total
