# SPDX-License-Identifier: Apache-2.0
"""The compose file, read by Compose itself, and its gateway on a real engine.

Airflow's image cannot be built without a registry of images, so only the gateway is started.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from docker import DockerClient

from ib_provider.client.endpoint import Endpoint
from ib_provider.client.ib_client import IbClient
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.server import SimulatedGateway
from tests.support.airflow_home import PROJECT
from tests.support.docker_engine import wait_until

Compose = tuple[list[str], dict[str, str]]
_SECRETS = {
    "FERNET_KEY": "only-for-a-test",
    "JWT_SECRET": "only-for-a-test",
    "POSTGRES_PASSWORD": "only-for-a-test",
}


def run(compose: Compose, *words: str, **environ: str) -> str:
    command, given = compose
    done = subprocess.run(
        [*command, "--project-name", "ib-provider-test", *words],
        cwd=PROJECT,
        env={**given, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_compose_accepts_the_file_and_wants_every_secret(compose_command: Compose) -> None:
    """Compose resolves it, with and without IB's own gateway, and says what is not set."""
    resolved = json.loads(run(compose_command, "config", "--format", "json", **_SECRETS))
    assert "ib-gateway" not in resolved["services"]
    text = run(
        compose_command, "--profile", "gateway", "config", "--format", "json", **_SECRETS,
        IB_PASSWORD_FILE="/a/secret",
    )  # fmt: skip
    everything = json.loads(text)
    gateway = everything["services"]["ib-gateway"]
    assert gateway["environment"]["READ_ONLY_API"] == "yes"
    assert "TWS_PASSWORD" not in gateway["environment"]
    assert everything["secrets"]["tws_password"]["file"] == "/a/secret"
    with pytest.raises(AssertionError, match=r"set (FERNET_KEY|JWT_SECRET|POSTGRES_PASSWORD)"):
        run(compose_command, "config", "--quiet")


async def test_compose_health_check_of_ibs_gateway_is_a_handshake(
    compose_command: Compose,
) -> None:
    """It passes where a gateway answers and fails where one only accepts connections."""
    text = run(compose_command, "--profile", "gateway", "config", "--format", "json", **_SECRETS)
    _, *check = json.loads(text)["services"]["ib-gateway"]["healthcheck"]["test"]
    if not shutil.which("timeout"):
        pytest.skip("no coreutils on this machine")

    async def passes(options: SimulatorOptions) -> bool:
        async with SimulatedGateway(options) as gateway:
            words = [word.replace("/4004", f"/{gateway.port}").replace("$$", "$") for word in check]
            process = await asyncio.create_subprocess_exec(*words)
            return await process.wait() == 0

    assert await passes(SimulatorOptions(port=0))
    assert not await passes(SimulatorOptions(port=0, silent=True))


@contextmanager
def gateway_up(compose: Compose, url: str, image: str) -> Iterator[Any]:
    """Start the simulated gateway's service from an image that was built for it."""
    engine = DockerClient(base_url=url, timeout=60)
    tag = "ib-provider-simulated-gateway"
    environ = {"DOCKER_HOST": url, **_SECRETS}
    try:
        assert engine.images.get(image).tag(tag, "latest")
        run(compose, "up", "--detach", "--no-build", "simulated-gateway", **environ)
        (container,) = engine.containers.list(filters={"name": "simulated-gateway"})
        yield container
    finally:
        run(compose, "down", "--volumes", "--timeout", "5", **environ)
        engine.close()


async def test_compose_gateway_becomes_healthy_and_serves_a_session(
    compose_command: Compose, docker_engine_url: str, stand_in_image: str
) -> None:
    """The service that Airflow's tasks would reach answers as the connection says it does."""
    with gateway_up(compose_command, docker_engine_url, stand_in_image) as container:

        def healthy() -> bool:
            container.reload()
            return bool(container.attrs["State"]["Health"]["Status"] == "healthy")

        wait_until(healthy, what="the service to be healthy")
        (network,) = container.attrs["NetworkSettings"]["Networks"].values()
        assert "simulated-gateway" in network["Aliases"]
        endpoint = Endpoint(host=network["IPAddress"], port=4004, client_id=1)
        async with IbClient(endpoint) as client:
            assert client.managed_accounts == ("DU1000001",)
            assert (await client.current_time()).date().isoformat() == "2013-03-04"
