# SPDX-License-Identifier: Apache-2.0
"""The life after life of one simulated gateway: its files and its clock outlive each of them."""

from __future__ import annotations

import multiprocessing
import random
import socket
import time
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from ib_provider.simulator.exchange.fills import Telling
from tests.torture.actors import GatewayLife, run_gateway

__all__ = ["Gateway", "TortureFailed", "fork_server"]

_START: Final = datetime.fromisoformat("2013-03-04T10:00:00-05:00")
_PATIENCE_S: Final = 60.0
_TELLINGS: Final = (*Telling,)
#: Below what the system gives to connections: one of those would take a dead gateway's port, or
#: meet itself there and look like a gateway.
_PORTS: Final = range(20_000, 32_000)
_PRELOADED: Final = ["tests.torture.actors"]


class TortureFailed(Exception):
    """A rebalance ended as none may: refused, unknown, or not at all."""


class Gateway:
    """A gateway that is killed and started again on one port, over one folder.

    Args:
        fill_delays_s: How long orders work, chosen anew for each life.
    """

    def __init__(
        self, folder: Path, *, chance: random.Random, fill_delays_s: tuple[float, ...]
    ) -> None:
        self.folder, self.port = folder, _free_port()
        self._random, self._fill_delays_s = chance, fill_delays_s
        self._context = fork_server()
        self._began = time.monotonic()
        self._process: BaseProcess | None = None

    def start(self) -> None:
        """Start it, its clock where it would be had it never stopped.

        Raises:
            TortureFailed: It does not listen.
        """
        now = _START + timedelta(seconds=time.monotonic() - self._began)
        life = GatewayLife(
            port=self.port,
            folder=self.folder,
            clock=now.isoformat(),
            telling=self._random.choice(_TELLINGS),
            fill_delay_s=self._random.choice(self._fill_delays_s),
        )
        self._process = self._context.Process(target=run_gateway, args=(life,), daemon=True)
        self._process.start()
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and self._process.is_alive():
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise TortureFailed("the gateway does not start")

    def kill(self) -> bool:
        """Kill it, and return whether that is how it ended."""
        if self._process is None:
            return False
        self._process.kill()
        self._process.join(10)
        return self._process.exitcode == -9


def fork_server() -> multiprocessing.context.ForkServerContext:
    """Return what processes are forked from, with everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as free:
            if free.connect_ex(("127.0.0.1", port)):
                return port
    raise TortureFailed("this machine has no free port")
