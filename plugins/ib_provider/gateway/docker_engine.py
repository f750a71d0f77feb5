# SPDX-License-Identifier: Apache-2.0
"""The Docker engine, with its errors as ours.

No error of the engine is passed on with its request: a request that creates a container holds the
user name. Docker's own explanation, which does not repeat the request, is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker import DockerClient
from docker.errors import APIError, DockerException

from ib_provider.errors import EngineUnavailable

__all__ = ["docker_engine", "engine_errors"]

#: An engine answers within this, or not; pulling an image is a stream and has no such bound.
_TIMEOUT_S = 60


@contextmanager
def docker_engine(url: str | None = None) -> Iterator[DockerClient]:
    """Yield a client of the Docker engine, closed at the end.

    Args:
        url: Such as ``unix:///var/run/docker.sock``; None asks the environment (``DOCKER_HOST``,
            ``DOCKER_TLS_VERIFY``, ``DOCKER_CERT_PATH``), as the command ``docker`` does.

    Raises:
        EngineUnavailable: No engine answers there.
    """
    with engine_errors("reach the Docker engine"):
        if url is None:
            client = docker.from_env(timeout=_TIMEOUT_S)
        else:
            client = DockerClient(base_url=url, timeout=_TIMEOUT_S)
        try:
            client.ping()
        except BaseException:
            client.close()
            raise
    try:
        yield client
    finally:
        client.close()


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Translate the errors of the engine in the block.

    Raises:
        EngineUnavailable: With what was tried and the engine's explanation.
    """
    try:
        yield
    except APIError as error:
        raise EngineUnavailable(f"cannot {doing}: {error.explanation or error}") from None
    # Every error of the HTTP client below is an OSError.
    except (DockerException, OSError) as error:
        raise EngineUnavailable(f"cannot {doing}: {error}") from None
