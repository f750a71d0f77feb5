# SPDX-License-Identifier: Apache-2.0
"""A long-running program and everything it starts, ended together.

Airflow's components start workers that ignore a plain interrupt and outlive their parent, under
titles that hide where they came from. So each component leads a process group of its own, and the
group is what is ended: politely, then not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["ProcessGroup", "start_group", "stop_groups"]

_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessGroup:
    """One program that leads a process group.

    Attributes:
        pid: Of the leader, which is the group's id as well.
        started: When the kernel started the leader, in its own clock ticks: with the pid, it
            tells this process from a later one of the same number. 0 where the system does not say.
        log: Where its output goes.
    """

    name: str
    pid: int
    started: int
    log: Path

    def is_alive(self) -> bool:
        """Return whether the leader runs, and is the one that was started."""
        _reap(self.pid)
        started = _started(self.pid)
        return started is not None and started == self.started

    def to_record(self) -> dict[str, Any]:
        """Return what another process needs to end this group."""
        return {"name": self.name, "pid": self.pid, "started": self.started, "log": str(self.log)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ProcessGroup:
        """Return the group a record names."""
        return cls(
            name=str(record["name"]),
            pid=int(record["pid"]),
            started=int(record["started"]),
            log=Path(record["log"]),
        )


def start_group(
    name: str, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path
) -> ProcessGroup:
    """Start a program as the leader of a new group, its output in a log file of its own."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  our own executables, fixed arguments
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return ProcessGroup(name=name, pid=process.pid, started=_started(process.pid) or 0, log=log)


def stop_groups(groups: Sequence[ProcessGroup], *, grace_s: float = 5.0) -> None:
    """End groups together: a request first, after ``grace_s`` seconds an order."""
    ours = [group for group in groups if group.is_alive() or _leaderless(group)]
    for group in ours:
        _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(_has_members(group.pid) for group in ours) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    for group in ours:
        if _has_members(group.pid):
            _signal(group, signal.SIGKILL)
        _reap(group.pid)


def _leaderless(group: ProcessGroup) -> bool:
    """Return whether only the leader is gone: no new process can have its number then."""
    return _started(group.pid) is None and _has_members(group.pid)


def _has_members(pgid: int) -> bool:
    _reap(pgid)
    try:
        os.killpg(pgid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(group: ProcessGroup, number: signal.Signals) -> None:
    try:
        os.killpg(group.pid, number)
    except ProcessLookupError:
        return


def _reap(pid: int) -> None:
    """Collect the leader if it has ended and is our child: a zombie still holds its number."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _started(pid: int) -> int | None:
    """Return a process's start time in clock ticks, or None if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
        return 0 if _has_process(pid) else None
    # The second field is the program's name in brackets, and may hold spaces. Source: proc(5).
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def _has_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
