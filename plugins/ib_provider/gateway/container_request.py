# SPDX-License-Identifier: Apache-2.0
"""The container that is made from settings and credentials.

Rules:
    - Secrets go in as files of the image's user, read by nobody else, copied before the first
      start. They stay in the container through its restarts and go when it is removed.
    - Labels hold the settings, which are no secrets, so that a later start can compare.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from docker.errors import ImageNotFound

from ib_provider.errors import EngineUnavailable
from ib_provider.gateway.docker_engine import engine_errors

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from ib_provider.gateway.container_settings import ContainerSettings
    from ib_provider.gateway.credentials import Credentials

__all__ = ["SETTINGS_LABEL", "create_container", "read_settings"]

SETTINGS_LABEL: Final = "ib_provider.settings"

_SECRETS: Final = "run/secrets"
_LOGIN_FILE: Final = "tws_password"
_VNC_FILE: Final = "vnc_password"
#: The user the image runs as. Source: its Dockerfile, USER_ID.
_IMAGE_USER: Final = 1000
_VNC_PORT: Final = 5900
_MEBIBYTE: Final = 2**20


def create_container(
    engine: DockerClient,
    settings: ContainerSettings,
    credentials: Credentials,
    *,
    vnc_password: str | None,
    progress: Callable[[str], None],
) -> Container:
    """Return a new container, not started, with its secrets in it.

    Raises:
        EngineUnavailable: The image is not to be had, or the engine refused.
    """
    _fetch_image(engine, settings.image_reference, progress)
    secrets = {_LOGIN_FILE: credentials.password}
    if vnc_password is not None:
        secrets[_VNC_FILE] = vnc_password
    with engine_errors("create the container"):
        container = engine.containers.create(
            settings.image_reference,
            **_options(settings, user=credentials.user, with_vnc=vnc_password is not None),
        )
        try:
            put = container.put_archive("/", _archive(secrets))
        except BaseException:
            container.remove(force=True)
            raise
    if not put:
        container.remove(force=True)
        raise EngineUnavailable("the engine did not take the secrets of the container")
    return container


def read_settings(container: Container) -> dict[str, str]:
    """Return the settings a container was made with; empty where it says none."""
    try:
        said = json.loads(container.labels.get(SETTINGS_LABEL, "{}"))
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else {}


def _options(settings: ContainerSettings, *, user: str, with_vnc: bool) -> dict[str, Any]:
    environment = {
        "TWS_USERID": user,
        "TWS_PASSWORD_FILE": f"/{_SECRETS}/{_LOGIN_FILE}",
        **settings.environment(),
    }
    ports = {f"{settings.image_port}/tcp": ("127.0.0.1", settings.host_port)}
    if with_vnc and settings.vnc_port is not None:
        environment["VNC_SERVER_PASSWORD_FILE"] = f"/{_SECRETS}/{_VNC_FILE}"
        ports[f"{_VNC_PORT}/tcp"] = ("127.0.0.1", settings.vnc_port)
    limits: dict[str, Any] = {}
    if settings.memory_mb is not None:
        limits["mem_limit"] = settings.memory_mb * _MEBIBYTE
    if settings.cpus is not None:
        limits["nano_cpus"] = round(settings.cpus * 1e9)
    return {
        "name": settings.container_name,
        "environment": environment,
        "ports": ports,
        "labels": {SETTINGS_LABEL: json.dumps(settings.as_text(), sort_keys=True)},
        "restart_policy": {"Name": settings.restart_policy},
        "init": True,
        "log_config": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        **limits,
    }


def _fetch_image(engine: DockerClient, reference: str, progress: Callable[[str], None]) -> None:
    """See that the image is on the engine: pulled when it is missing, never behind one's back."""
    with engine_errors(f"fetch the image {reference}"):
        try:
            engine.images.get(reference)
        except ImageNotFound:
            progress(f"pulling {reference}")
            pulled: set[str] = set()
            for step in engine.api.pull(reference, stream=True, decode=True):
                if "error" in step:
                    raise EngineUnavailable(f"cannot pull {reference}: {step['error']}") from None
                if step.get("status") == "Pull complete" and step.get("id") not in pulled:
                    pulled.add(str(step.get("id")))
                    progress(f"pulled {len(pulled)} layer(s) of {reference}")


def _archive(secrets: dict[str, str]) -> bytes:
    """Return a tar of the secrets, readable by the user of the image only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        folder = tarfile.TarInfo(_SECRETS)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(folder)
        for name, secret in secrets.items():
            content = secret.encode("utf-8")
            member = tarfile.TarInfo(f"{_SECRETS}/{name}")
            member.size, member.mode = len(content), 0o400
            member.uid = member.gid = _IMAGE_USER
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
