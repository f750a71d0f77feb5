# SPDX-License-Identifier: Apache-2.0
"""Who kills: rebalances one after the other, each tried again until it is done.

A try ends by itself, by SIGKILL, by the gateway's SIGKILL, or by a line that was cut or held. An
orphan's supervisor is gone, and its retry begins while it still runs.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from tests.torture.actors import TaskLife, run_task, run_watcher
from tests.torture.gateway import Gateway, TortureFailed, fork_server
from tests.torture.link import Link, Way

__all__ = ["Arena"]

_PATIENCE_S: Final = 60.0
#: A try's usual length; a kill at random falls within it, and a little beyond.
_LIFE_S: Final = 0.7


class Task:
    """One try of the task, and what its supervisor hears of it."""

    def __init__(self, context: multiprocessing.context.ForkServerContext, life: TaskLife) -> None:
        self._heard, told = context.Pipe(duplex=False)
        self.process = context.Process(target=run_task, args=(life, told), daemon=True)
        self.process.start()
        told.close()
        self.outcome, self.text = "", ""
        self.refs: list[str] = []

    def until(self, orders: int, wait_s: float) -> None:
        """Return when so many orders were meant, at the latest after ``wait_s`` or at its end."""
        deadline = time.monotonic() + wait_s
        while len(self.refs) < orders and not self.outcome:
            left = deadline - time.monotonic()
            if left <= 0 or not self._listen(left):
                return

    def wait(self) -> str:
        """Return how it ended: ``done``, ``retry``, ``failed``, or ``killed``."""
        deadline = time.monotonic() + _PATIENCE_S
        while not self.outcome and self._listen(max(deadline - time.monotonic(), 0)):
            pass
        self.process.join(max(deadline - time.monotonic(), 0.1))
        if self.process.is_alive():
            raise TortureFailed(f"a task hangs after {len(self.refs)} order(s)")
        return self.outcome or "killed"

    def orphan(self) -> None:
        """Let its supervisor die."""
        self._heard.close()

    def _listen(self, wait_s: float) -> bool:
        try:
            if not self._heard.poll(wait_s):
                return False
            what, text = self._heard.recv()
        except (EOFError, OSError):
            return False
        if what == "order":
            self.refs.append(text)
        elif what in ("done", "retry", "failed"):
            self.outcome, self.text = what, text
        return True


class Arena:
    """A gateway, a link to it, and rebalances that are not left in peace."""

    def __init__(self, folder: Path, *, seed: int, link: Link, gateway: Gateway) -> None:
        self._folder, self._link, self._gateway = folder, link, gateway
        self._random = random.Random(seed)
        self._context = fork_server()
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.retries = 0

    @property
    def killed(self) -> int:
        """Return how many processes were ended by SIGKILL so far."""
        return self.kills.total()

    def rebalance(self, portfolio: str, key: str, *, attacks: int) -> None:
        """Bring one rebalance to its end, attacking its first tries.

        Raises:
            TortureFailed: It was refused, or somebody would have to look at it.
        """
        life = TaskLife(port=self._link.port, folder=self._folder, portfolio=portfolio, key=key)
        methods: list[Callable[[TaskLife], str]] = [
            self._kill_task,
            self._kill_task,
            self._kill_gateway,
            self._kill_both,
            self._cut_link,
            self._hold_link,
            self._half_close_link,
            self._lose_on_link,
            self._orphan_task,
            self._kill_watcher,
        ]
        deadline = time.monotonic() + _PATIENCE_S * 3
        while time.monotonic() < deadline:
            attack = self._random.choice(methods) if attacks > 0 else self._leave_task
            attacks -= 1
            if attack(life) == "done":
                return
            self.retries += 1
        raise TortureFailed(f"{key} is not done after {_PATIENCE_S * 3:g} s")

    def _leave_task(self, life: TaskLife) -> str:
        outcome = self._ended(self._start(life))
        if outcome != "done":
            time.sleep(0.05)
        return outcome

    def _kill_task(self, life: TaskLife) -> str:
        task = self._start(life)
        self._await_moment(task)
        self._kill(task.process, "task")
        return self._ended(task)

    def _kill_gateway(self, life: TaskLife) -> str:
        task = self._start(life)
        self._await_moment(task)
        self._restart_gateway()
        return self._ended(task)

    def _kill_both(self, life: TaskLife) -> str:
        task = self._start(life)
        self._await_moment(task)
        self._kill(task.process, "task")
        self._restart_gateway()
        return self._ended(task)

    def _cut_link(self, life: TaskLife) -> str:
        task = self._start(life)
        self._await_moment(task)
        self._link.cut()
        self.faults["cut"] += 1
        return self._ended(task)

    def _hold_link(self, life: TaskLife) -> str:
        """Hold the line, kill who waits on it, and let what was held arrive, or be lost."""
        task = self._start(life)
        self._await_moment(task)
        self._link.hold()
        self.faults["held"] += 1
        time.sleep(self._random.uniform(0, 0.2))
        self._kill(task.process, "task")
        if self._random.random() < 0.5:
            self._link.cut()
        self._link.release()
        return self._ended(task)

    def _half_close_link(self, life: TaskLife) -> str:
        """End one way of the line; who listens there finds out by itself."""
        task = self._start(life)
        self._await_moment(task)
        self._link.half_close(self._random.choice((*Way,)))
        self.faults["half-closed"] += 1
        return self._ended(task)

    def _lose_on_link(self, life: TaskLife) -> str:
        """Lose orders or answers without a word, then the line; its task may die meanwhile."""
        task = self._start(life)
        self._await_moment(task)
        way = self._random.choice((*Way,))
        self._link.lose(way)
        self.faults[f"lost-{way}"] += 1
        time.sleep(self._random.uniform(0, 0.3))
        if self._random.random() < 0.5:
            self._kill(task.process, "task")
        self._link.cut()
        return self._ended(task)

    def _orphan_task(self, life: TaskLife) -> str:
        """Let the supervisor die, begin the retry beside the orphan, kill one of the two."""
        orphan = self._start(life)
        self._await_moment(orphan)
        orphan.orphan()
        retry = self._start(life)
        self.faults["orphaned"] += 1
        self._await_moment(retry)
        self._kill(self._random.choice([orphan, retry]).process, "orphan")
        outcome = self._ended(retry)
        orphan.process.join(_PATIENCE_S)
        if orphan.process.is_alive():
            raise TortureFailed("an orphan hangs")
        return outcome

    def _kill_watcher(self, life: TaskLife) -> str:
        """Kill who waits for the fills, beside the task; it only reads."""
        task = self._start(life)
        task.until(1, 5.0)
        watcher = self._context.Process(
            target=run_watcher, args=(life, tuple(task.refs)), daemon=True
        )
        watcher.start()
        self._await_moment(task)
        self._kill(watcher, "watcher")
        return self._ended(task)

    def _start(self, life: TaskLife) -> Task:
        return Task(self._context, life)

    def _await_moment(self, task: Task) -> None:
        """Wait for a moment at random: at any time of a life, or close to an order."""
        if self._random.random() < 0.4:
            task.until(99, self._random.uniform(0, _LIFE_S))
        else:
            task.until(self._random.randint(1, 5), 5.0)
            time.sleep(self._random.choice([0.0, 0.002, 0.01, 0.05]) * self._random.random())

    def _kill(self, process: BaseProcess, who: str) -> None:
        if process.is_alive():
            process.kill()
            process.join(10)
            # One that ended by itself in the meantime was not killed.
            self.kills[who] += process.exitcode == -9

    def _restart_gateway(self) -> None:
        self.kills["gateway"] += self._gateway.kill()
        time.sleep(self._random.choice([0.0, 0.2]) * self._random.random())
        self._gateway.start()

    def _ended(self, task: Task) -> str:
        outcome = task.wait()
        if outcome == "failed":
            raise TortureFailed(task.text)
        return outcome
