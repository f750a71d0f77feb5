# SPDX-License-Identifier: Apache-2.0
"""``ib-provider up``: the simulated gateway and Airflow with its UI, until Ctrl-C.

What was started is written down beside the state, so that ``down`` can end it if this process
was killed.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Final

from ib_provider.cli.airflow_home import AirflowHome, connection_json
from ib_provider.cli.airflow_stack import AirflowStack, StackFailed, free_port
from ib_provider.cli.process_group import ProcessGroup, start_group, stop_groups
from ib_provider.cli.simulated_home import (
    ACCOUNT,
    CLOCK,
    claim_home,
    gateway_command,
    listening_port,
)
from ib_provider.config import Settings, load_settings
from ib_provider.errors import ConfigError

__all__ = ["RECORD", "add_arguments", "read_record", "run"]

#: What runs, in the state folder.
RECORD: Final = "up.json"
_POLL_S: Final = 0.5
_GATEWAY_WAIT_S: Final = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the ports. A port in use is replaced by a free one, and said."""
    parser.add_argument("--ui-port", type=int, default=8080, help="of the UI (default 8080)")
    parser.add_argument(
        "--gateway-port", type=int, default=4002, help="of the simulated gateway (default 4002)"
    )
    parser.add_argument(
        "--clock", default=CLOCK, help=f"where the simulated clock begins (default {CLOCK})"
    )


def run(args: argparse.Namespace) -> int:
    """Start everything, wait for Ctrl-C, stop everything.

    Raises:
        ConfigError: It runs already, or the home holds data of another gateway.
        StackFailed: A part did not come up, or ended by itself.
    """
    settings = load_settings()
    claim_home(settings, Path.cwd())
    record = settings.home / RECORD
    if any(group.is_alive() for group in read_record(record)):
        raise ConfigError(str(record), ["it runs already; stop it with `make down`"])
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores SIGINT
        signal.signal(number, _interrupt)
    groups: list[ProcessGroup] = []
    try:
        port = _start_gateway(settings, args, groups)
        home = AirflowHome(
            root=Path.cwd(),
            settings=settings,
            connection=connection_json(port, ACCOUNT, read_only=False),
        )
        stack = AirflowStack(home, port=free_port(args.ui_port))
        _say(f"simulated gateway   127.0.0.1:{port}, account {ACCOUNT}, clock {args.clock}")
        _say("Airflow             preparing the database, starting (about 20 s)")
        stack.start()
        groups += stack.groups
        _write_record(record, groups)
        stack.wait_healthy()
        _say(f"Airflow             {stack.url}")
        _say(f"user                {stack.user}, password {stack.password}")
        _say(f"logs                {settings.home / 'logs'}")
        _say("Ctrl-C stops everything.")
        while record.exists():
            stack.check()
            _check(groups)
            time.sleep(_POLL_S)
        _say("stopped by `make down`")
        return 0
    except KeyboardInterrupt:
        _say("\nstopping")
        return 0
    finally:
        stop_groups(groups)
        record.unlink(missing_ok=True)


def read_record(record: Path) -> list[ProcessGroup]:
    """Return the groups a record names; none where there is no record."""
    try:
        document = json.loads(record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [ProcessGroup.from_record(item) for item in document]


def _write_record(record: Path, groups: list[ProcessGroup]) -> None:
    record.write_text(json.dumps([group.to_record() for group in groups]), encoding="utf-8")


def _start_gateway(settings: Settings, args: argparse.Namespace, groups: list[ProcessGroup]) -> int:
    """Start the simulated gateway and return its port once it listens.

    Raises:
        StackFailed: It ended, or stayed silent.
    """
    command = gateway_command(settings, port=free_port(args.gateway_port), clock=args.clock)
    home = AirflowHome(root=Path.cwd(), settings=settings, connection="")
    gateway = start_group(
        "simulated gateway",
        command,
        env=home.environment() | {"PYTHONUNBUFFERED": "1"},
        cwd=Path.cwd(),
        log=settings.home / "logs" / "simulator.log",
    )
    groups.append(gateway)
    _write_record(settings.home / RECORD, groups)
    deadline = time.monotonic() + _GATEWAY_WAIT_S
    while time.monotonic() < deadline:
        _check(groups)
        said = gateway.log.read_text(encoding="utf-8", errors="replace")
        if (port := listening_port(said)) is not None:
            return port
        time.sleep(_POLL_S / 5)
    raise StackFailed(f"the simulated gateway said nothing in {_GATEWAY_WAIT_S:g} s")


def _check(groups: list[ProcessGroup]) -> None:
    for group in groups:
        if not group.is_alive():
            raise StackFailed(f"{group.name} ended, see {group.log}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)
