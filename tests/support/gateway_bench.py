# SPDX-License-Identifier: Apache-2.0
"""Containers of the stand-in on a real engine, and a look behind them."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

from docker import DockerClient

from ib_provider.gateway.container import GatewayContainer
from ib_provider.gateway.container_settings import ContainerSettings
from ib_provider.gateway.credentials import Credentials

__all__ = ["PASSWORD", "VNC_PASSWORD", "GatewayBench", "free_port", "login"]

PASSWORD = "correct-horse-battery-staple"
VNC_PASSWORD = "another-horse"


def login(user: str = "trader-joe", password: str = PASSWORD) -> Credentials:
    """Return credentials; the stand-in knows some users whose login goes otherwise."""
    return Credentials(user=user, password=password)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class GatewayBench:
    """Containers of one test, what they told, and a look behind them at the engine."""

    def __init__(self, url: str, image: str, folder: Path, name: str) -> None:
        self.engine = DockerClient(base_url=url, timeout=60)
        self.told: list[str] = []
        self.settings = ContainerSettings(
            name=name, image=image, port=free_port(), memory_mb=None, cpus=None
        )
        self._url, self._folder = url, folder

    def container(self, **changes: Any) -> GatewayContainer:
        return GatewayContainer(
            settings=replace(self.settings, **changes),
            locks=self._folder,
            engine_url=self._url,
            progress=self.told.append,
        )

    @property
    def raw(self) -> Any:
        return self.engine.containers.get(self.settings.container_name)

    def confirm_second_factor(self) -> None:
        assert self.raw.exec_run(["touch", "/tmp/confirmed"]).exit_code == 0

    def close(self) -> None:
        for container in self.engine.containers.list(all=True):
            if container.name == self.settings.container_name:
                container.remove(force=True)
        self.engine.close()
