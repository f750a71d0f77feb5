# SPDX-License-Identifier: Apache-2.0
"""``ib-provider down``: end what an ``up`` that was killed left running."""

from __future__ import annotations

import argparse

from ib_provider.cli.process_group import stop_groups
from ib_provider.cli.up import RECORD, read_record
from ib_provider.config import load_settings

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare that it takes no argument."""
    parser.epilog = "What runs is read from the state folder, IB_PROVIDER_HOME."


def run(_args: argparse.Namespace) -> int:
    """End every recorded process group that still runs, and say which."""
    record = load_settings().home / RECORD
    groups = read_record(record)
    alive = [group for group in groups if group.is_alive()]
    record.unlink(missing_ok=True)  # an `up` that still runs sees this, and ends in peace
    stop_groups(groups)
    print(f"stopped {', '.join(group.name for group in alive)}" if alive else "nothing was running")
    return 0
