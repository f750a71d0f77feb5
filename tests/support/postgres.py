# SPDX-License-Identifier: Apache-2.0
"""A private Postgres server for one run of the tests; they skip, with the reason, without one."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

__all__ = ["fresh_schema", "postgres_server", "private_postgres"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Give the URL of a private server's maintenance database, started for this run."""
    with private_postgres() as url:
        yield url


def fresh_schema(server_url: str) -> str:
    """Return a URL whose tables stand in a new, empty schema: much faster than a new database."""
    name = f"ledger_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{server_url}?options=-csearch_path%3D{name}"


@contextmanager
def private_postgres() -> Iterator[str]:
    """Run a server on a free port and a folder of its own; it refuses to run as root."""
    binaries = _binaries()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="pg-test-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data, port = folder / "data", _free_port()
        initdb: list[Path | str] = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "ledger",
            "-A",
            "trust",
            "--no-sync",
        ]
        _run([*initdb, "-E", "UTF8", "--locale=C"], user=user, folder=folder)
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c max_connections=60"
        control: list[Path | str] = [binaries / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", folder / "log", "-o", options, "start"], user=user, folder=folder)
        try:
            yield f"postgresql+psycopg2://ledger@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"], user=user, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    for candidate in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (candidate / "initdb").exists():
            return candidate
    found = shutil.which("initdb")
    if found is None:
        pytest.skip("no Postgres server on this machine: initdb was not found")
    return Path(found).parent


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("Postgres does not run as root, and there is no user postgres or nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(command: list[Path | str], *, user: str | None, folder: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder)},
        # A file, not a pipe: the server would inherit the pipe and keep it open for ever.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        log = folder / "log"
        said = log.read_text() if log.exists() else "no log"
        pytest.fail(f"{command[0]} ended with {done.returncode}: {said}")
