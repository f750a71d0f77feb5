# SPDX-License-Identifier: Apache-2.0
"""What a container printed, since its present start.

Warning:
    The first lines of a start may bear a stamp a millisecond before the engine's ``StartedAt``
    (seen: 0.9 ms), so asking the engine for lines since then loses them. The end of the start
    before, ``FinishedAt``, is the boundary.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ib_provider.gateway.docker_engine import engine_errors

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["read_log"]


def read_log(
    container: Container, *, this_start_only: bool = True
) -> Iterator[tuple[datetime | None, str]]:
    """Yield when each line was printed, and the line; oldest first.

    Args:
        container: As it was last reloaded.
        this_start_only: Leave out what earlier starts printed. Of a container that stands still
            that is nothing: its last start is the present one.
    """
    state = container.attrs["State"]
    runs = state.get("Running") and not state.get("Restarting")
    since = str(state.get("FinishedAt") or "") if runs else ""
    if not this_start_only or since.startswith("0001"):
        since = ""
    with engine_errors("read the container's log"):
        text = container.logs(timestamps=True).decode("utf-8", errors="replace")
    for stamped in text.splitlines():
        stamp, _, line = stamped.partition(" ")
        # Both are the engine's, in UTC with nine digits or fewer; compared as it prints them.
        if since and _padded(stamp) <= _padded(since):
            continue
        yield _instant(stamp), line


def _padded(stamp: str) -> str:
    """Return a stamp whose order as text is that of time: the engine drops trailing zeros."""
    seconds, _, fraction = stamp.rstrip("Z").partition(".")
    return f"{seconds}.{fraction:0<9}"


def _instant(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
