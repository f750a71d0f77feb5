# SPDX-License-Identifier: Apache-2.0
"""Progress of long work: a bar on a terminal, plain lines in a pipe or a log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ib_provider.usecases.progress import Progress as Tell

__all__ = ["showing_progress"]

#: How a use case says which item of how many it is at.
_POSITION: Final = re.compile(r"(?P<done>\d+)/(?P<total>\d+) ")


@contextmanager
def showing_progress(title: str, console: Console | None = None) -> Iterator[Tell]:
    """Yield what a use case tells its lines to.

    On a terminal a line such as ``3/40 AAPL.NASDAQ: …`` moves a bar and stands beside it, any
    other is printed above. Elsewhere every line is printed, at once.
    """
    console = console or Console(highlight=False)
    if not console.is_terminal:
        yield lambda line: print(f"▸ {line}", flush=True)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tell(line: str) -> None:
            position = _POSITION.match(line)
            if position is None:
                bar.console.print(line, markup=False, highlight=False)
                return
            bar.update(
                task,
                completed=int(position["done"]),
                total=int(position["total"]),
                description=line[position.end() :][:60],
            )

        yield tell
