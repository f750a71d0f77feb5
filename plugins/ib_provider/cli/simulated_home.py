# SPDX-License-Identifier: Apache-2.0
"""A home that belongs to the simulated gateway: its clock and account, and no real data beside."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ib_provider.config import Settings
from ib_provider.errors import ConfigError

__all__ = ["ACCOUNT", "CLOCK", "claim_home", "gateway_command", "listening_port"]

#: Monday 4 March 2013, 10:00 in New York: the session after the last real bar.
CLOCK: Final = "2013-03-04T10:00:00-05:00"
ACCOUNT: Final = "DU1000001"
_LISTENING: Final = re.compile(r"simulated gateway listening on \S+?:(\d+)")
_MARKER: Final = "simulated.json"


def claim_home(settings: Settings, root: Path) -> None:
    """Mark a home as the simulated gateway's, or refuse one that holds other data.

    Args:
        root: The checkout whose DAGs are going to run.

    Raises:
        ConfigError: Simulated bars and orders would be mixed with real ones, or ``root`` is no
            checkout.
    """
    if not (root / "dags").is_dir():
        raise ConfigError(str(root), ["there is no dags/ here: run this in a checkout"])
    marker = settings.home / _MARKER
    if not marker.exists() and (settings.market.exists() or (settings.home / "ledger.db").exists()):
        raise ConfigError(
            "IB_PROVIDER_HOME",
            [f"{settings.home} holds data of another gateway; set it to another folder"],
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps({"account": ACCOUNT}) + "\n", encoding="utf-8")


def gateway_command(
    settings: Settings, *, port: int = 0, clock: str = CLOCK, account: Sequence[str] = ()
) -> list[str]:
    """Return the command of the home's simulated gateway, which keeps its account in a file.

    Args:
        account: Options of what the account holds at its very first start.
    """
    state = settings.home / "simulator.json"
    return [
        *(sys.executable, "-m", "ib_provider.cli.main", "simulator"),
        *("--port", str(port), "--clock", clock, "--account", ACCOUNT, "--state", str(state)),
        *account,
    ]


def listening_port(text: str) -> int | None:
    """Return the port from what a simulated gateway prints once it listens."""
    match = _LISTENING.search(text)
    return int(match[1]) if match else None
