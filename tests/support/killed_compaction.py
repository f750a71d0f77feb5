# SPDX-License-Identifier: Apache-2.0
"""Kill a compaction before each of its file operations, and look at what is left.

Run as a module with an empty folder. Prints one JSON object a kill point: what a reader sees then,
and whether the next compaction ends in the bytes of one that nobody disturbed.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd  # noqa: F401 - pyarrow would import it again in every child
import pyarrow as pa

from ib_provider.domain.live import StreamKind
from ib_provider.domain.tick import MidpointTick
from ib_provider.store.live_table import LIVE_TABLES, live_rows
from ib_provider.store.part_store import PartStore
from tests.support.killed_writer import in_child, kill_before, tree_state

__all__ = ["NAME", "TABLE", "quotes"]

TABLE = LIVE_TABLES[StreamKind.MIDPOINTS]
NAME = "EUR/USD.IDEALPRO"
_AT = datetime(2013, 3, 4, 23, 59, tzinfo=UTC)


def quotes(first: int, count: int) -> pa.Table:
    """Return rows of a minute apart, numbered on: some before midnight and some after."""
    values = [
        MidpointTick(1, _AT + timedelta(seconds=20 * n), 10.0 + n, 1_362_441_540_000_000_000 + n)
        for n in range(first, first + count)
    ]
    return live_rows(StreamKind.MIDPOINTS, values, received_us=(), capture="c", seq=first)


def _append(root: Path, first: int, parts: int) -> None:
    store = PartStore(root)
    for number in range(first, first + parts):
        store.append(TABLE, NAME, quotes(2 * number, 2), part=f"c-{number:06d}")


def _compact(root: Path) -> None:
    store = PartStore(root)
    with store.writing(TABLE, NAME):
        store.compact(TABLE, NAME)


def _look(root: Path, out: Path) -> None:
    """Write what a reader sees, and what is there when the work was done again, and went on."""
    rows = PartStore(root).read(TABLE, NAME)["price"].to_pylist()
    _compact(root)
    again = tree_state(root)
    _append(root, 9, 1)
    _compact(root)
    out.write_text(json.dumps({"rows": rows, "again": again, "later": tree_state(root)}))


def main(base: Path) -> None:
    """Print what every kill point left."""
    seed = base / "seed"

    def prepare() -> None:
        _append(seed, 0, 2)
        _compact(seed)
        _append(seed, 2, 3)

    in_child(prepare)
    whole, out = base / "whole", base / "look.json"
    shutil.copytree(seed, whole)
    in_child(lambda: _look(whole, out))
    wanted = json.loads(out.read_text())
    step, died = 0, int(signal.SIGKILL)
    while died:
        step += 1
        root = base / f"step{step}"
        shutil.copytree(seed, root)

        def work(root: Path = root, step: int = step) -> None:
            kill_before(step, root)
            _compact(root)

        died = in_child(work)
        in_child(lambda root=root: _look(root, out))  # type: ignore[misc] # a default binds it
        found = json.loads(out.read_text())
        same = {name: found[name] == wanted[name] for name in wanted}
        sys.stdout.write(json.dumps({"point": step, "died": died, **same}) + "\n")
        shutil.rmtree(root)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
