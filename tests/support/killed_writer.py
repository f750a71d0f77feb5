# SPDX-License-Identifier: Apache-2.0
"""Kill a writer of the store before each of its file operations, and look at what is left.

Run as a module with an empty folder. The process imports everything, works on nothing itself and
forks: one child a kill point publishes a batch and dies, another looks at the tree and publishes
again. Prints one JSON object a kill point.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd  # noqa: F401 - pyarrow would import it again in every child
import pyarrow.parquet  # noqa: F401

from ib_provider.domain.bar import BarSize
from ib_provider.domain.finding import Finding, Severity
from ib_provider.store.bar_store import BarStore
from tests.support.bar_tables import FETCHED_AT, minute_bars, series_key, weekdays

__all__ = ["in_child", "kill_before", "tree_state"]

_KEY = series_key("EUR/USD.IDEALPRO", BarSize.MIN_1)
_OLD = weekdays(date(2012, 12, 24), 4)
_NEW = weekdays(date(2012, 12, 26), 6)
_STEPS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"})


def kill_before(step: int, root: Path) -> None:
    """Have this process killed before its ``step``-th file operation below ``root``."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in _STEPS and str(arguments[0]).startswith(str(root)):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def in_child(work: Callable[[], None]) -> int:
    """Run ``work`` in a fork; return the signal that ended it, or 0."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    return _reap(pid)


def _reap(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"a child failed with {os.WEXITSTATUS(status)}")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _stage(root: Path, days: list[date], close: float) -> None:
    BarStore(root).stage(
        "batch",
        _KEY,
        12087792,
        minute_bars(days, a_session=60, close=close),
        start=days[0],
        end=date(2013, 2, 1),
        fetched_at=FETCHED_AT,
    )


def _prepare(root: Path) -> None:
    _stage(root, _OLD, 101.0)
    _publish(root)


def _publish(root: Path) -> None:
    store = BarStore(root)
    for staged in store.staged("batch"):
        store.publish(staged)


def _quarantine(root: Path) -> None:
    store = BarStore(root)
    finding = Finding(key=_KEY, check="x", severity=Severity.CRITICAL, count=1, rows=("a",))
    for staged in store.staged("batch"):
        store.quarantine(staged, [finding])


def _round(finish: Callable[[Path], None], root: Path) -> None:
    """Fetch and finish; a batch that waits already is only finished, as a retried task does."""
    if not BarStore(root).staged("batch"):
        _stage(root, _NEW, 100.5)
    finish(root)


def tree_state(root: Path) -> dict[str, str]:
    """Return every file but the locks, as hexadecimal text."""
    return {
        str(path.relative_to(root)): path.read_bytes().hex()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def _look(root: Path, out: Path, finish: Callable[[Path], None]) -> None:
    """Write what a reader sees now, and what is there after the same work again."""
    bars = BarStore(root).read(_KEY)
    closes = sorted(set(bars["close"].to_pylist()))
    _round(finish, root)
    out.write_text(json.dumps({"rows": bars.num_rows, "closes": closes, "after": tree_state(root)}))


def _each_step(base: Path, finish: Callable[[Path], None], name: str) -> None:
    whole = base / "whole"
    in_child(lambda: _prepare(whole))
    if finish is _quarantine:  # its fetch is that of the publication, whose steps are done
        in_child(lambda: _stage(whole, _NEW, 100.5))
    seed = base / "seed"
    shutil.copytree(whole, seed)
    in_child(lambda: _round(finish, whole))
    reference = tree_state(whole)
    step, died = 0, int(signal.SIGKILL)
    while died:
        step += 1
        root = base / f"step{step}"
        shutil.copytree(seed, root)

        def work(root: Path = root, step: int = step) -> None:
            kill_before(step, root)
            _round(finish, root)

        died = in_child(work)
        _report(base, root, finish, reference, point=f"{name} {step}", died=died)


def _report(
    base: Path,
    root: Path,
    finish: Callable[[Path], None],
    reference: dict[str, str],
    *,
    point: str,
    died: int,
) -> None:
    out = base / "look.json"
    in_child(lambda: _look(root, out, finish))
    seen = json.loads(out.read_text())
    after = seen.pop("after")
    found = {"point": point, "died": died, "same": after == reference, **seen}
    sys.stdout.write(json.dumps(found) + "\n")
    shutil.rmtree(root)


def _any_time(base: Path, rounds: int) -> None:
    """Kill at random instants too: between two operations Arrow is writing."""
    dice = random.Random(7)
    whole, seed = base / "any", base / "any-seed"
    in_child(lambda: _prepare(whole))
    shutil.copytree(whole, seed)
    begin = time.monotonic()
    in_child(lambda: _round(_publish, whole))
    took = time.monotonic() - begin
    for number in range(rounds):
        root = base / f"any{number}"
        shutil.copytree(seed, root)
        pid = os.fork()
        if pid == 0:
            _round(_publish, root)
            os._exit(0)
        time.sleep(dice.uniform(0, took))
        os.kill(pid, signal.SIGKILL)
        died = _reap(pid)
        _report(base, root, _publish, tree_state(whole), point=f"any {number}", died=died)


def main(base: Path) -> None:
    """Print what every kill point left."""
    for name, finish in (("publish", _publish), ("quarantine", _quarantine)):
        _each_step(base / name, finish, name)
    _any_time(base / "any", 12)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
