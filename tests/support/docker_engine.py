# SPDX-License-Identifier: Apache-2.0
"""A real Docker engine for one run of the tests, with the simulated gateway's image in it.

One that answers at ``DOCKER_HOST`` is used as it is. Otherwise Debian's own is started (and
installed, where that is allowed), in a folder, a cgroup and a bridge of its own; it ends with the
run, and nothing else does. Where no engine can run the tests skip and say why, and fail under
``REQUIRE_ENGINE=1``.
"""

from __future__ import annotations

import importlib.metadata
import io
import os
import re
import secrets
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import docker
import pytest
from docker import DockerClient
from docker.errors import DockerException

from tests.support.airflow_home import PROJECT

__all__ = [
    "BASE_IMAGE",
    "STAND_IN_IMAGE",
    "compose_command",
    "docker_engine_url",
    "stand_in_image",
    "wait_until",
]

#: Repository and tag of the simulated gateway's image, as these tests build it.
STAND_IN_IMAGE = "ib-provider-tests/stand-in:latest"
BASE_IMAGE = "ib-provider-tests/python:3.11"

#: A Python without pip or an index: it needs no image from elsewhere.
_BASE_PACKAGES = [
    *("busybox-static", "libbz2-1.0", "libc6", "libcrypt1", "libexpat1", "libffi8", "libgcc-s1"),
    *("liblzma5", "libpython3.11-minimal", "libpython3.11-stdlib", "libsqlite3-0", "libssl3"),
    *("libstdc++6", "libuuid1", "python3.11-minimal", "zlib1g"),
]

_START_S = 30.0


@pytest.fixture(scope="session")
def docker_engine_url() -> Iterator[str]:
    """Give the address of an engine that has run a container."""
    try:
        with _engine() as url:
            yield url
    except _NoEngineError as error:
        _give_up(str(error))


@pytest.fixture(scope="session")
def stand_in_image(docker_engine_url: str) -> str:
    """Build the simulated gateway's image from the repository's Dockerfile, and return its name."""
    client = DockerClient(base_url=docker_engine_url, timeout=120)
    try:
        _import_base(client)
        context = io.BytesIO(_context())
        client.images.build(
            fileobj=context,
            custom_context=True,
            dockerfile="docker/simulator.Dockerfile",
            tag=STAND_IN_IMAGE,
            buildargs={"BASE": BASE_IMAGE},
            rm=True,
        )
    except _NoEngineError as error:
        _give_up(str(error))
    finally:
        client.close()
    return STAND_IN_IMAGE


@pytest.fixture(scope="session")
def compose_command(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, str]]:
    """Return the words that run Compose and the environment they need; fetched where missing."""
    try:
        _run(["docker", "compose", "version"])
    except _NoEngineError:
        try:
            return ["docker", "compose"], _fetched_compose(tmp_path_factory.mktemp("compose"))
        except _NoEngineError as error:
            _give_up(f"nor the Compose plugin: {error}")
    return ["docker", "compose"], dict(os.environ)


def wait_until(is_so: Callable[[], Any], *, what: str, timeout_s: float = 60.0) -> Any:
    """Return the first true answer, or fail with what was waited for."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = is_so()
        if answer:
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s:g} s in vain: {what}")
        time.sleep(0.1)


class _NoEngineError(Exception):
    """Why no engine can run here, in the words of what failed."""


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_ENGINE") == "1":
        pytest.fail(f"REQUIRE_ENGINE=1, and no Docker engine runs: {reason}")
    pytest.skip(f"no Docker engine runs: {reason}")


@contextmanager
def _engine() -> Iterator[str]:
    given = os.environ.get("DOCKER_HOST")
    if given:
        if not _answers(given):
            raise _NoEngineError(f"nothing answers at DOCKER_HOST={given}")
        yield given
        return
    if os.geteuid() != 0:
        raise _NoEngineError("DOCKER_HOST is not set, and starting an engine takes root")
    _install()
    # Short: the path of a socket has at most 108 bytes.
    folder = Path(tempfile.mkdtemp(prefix="eng-", dir="/tmp"))
    try:
        with _started(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install() -> None:
    if shutil.which("dockerd") and shutil.which("containerd"):
        return
    if not shutil.which("apt-get"):
        raise _NoEngineError("dockerd is not installed, and there is no apt-get to install it")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-q", "update"], env=environ)
    wanted = ["install", "-y", "--no-install-recommends", "-o", "Acquire::Retries=5", "docker.io"]
    _run(["apt-get", "-q", *wanted], env=environ)


@contextmanager
def _started(folder: Path) -> Iterator[str]:
    """Run dockerd with its own data, cgroup and bridge; no firewall rules, no way to registries."""
    name = f"ibt{secrets.token_hex(3)}"
    url, log = f"unix://{folder}/docker.sock", folder / "dockerd.log"
    group = _cgroup(name)
    address = _free_address()
    _run(["ip", "link", "add", name, "type", "bridge"])
    try:
        _run(["ip", "addr", "add", address, "dev", name])
        _run(["ip", "link", "set", name, "up"])
        with log.open("wb") as output:
            daemon = subprocess.Popen(
                ["unshare", "--mount", "--cgroup", "--propagation", "private", "sh", "-c", _SCRIPT,
                 "sh", str(folder), name],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=lambda: _enter(group),  # noqa: PLW1509 # writes one file
                env=_no_way_out(),
            )  # fmt: skip
        try:
            _await_engine(url, daemon, log)
            yield url
        finally:
            _end(daemon, group)
    finally:
        subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)


def _free_address() -> str:
    """Return a bridge's address in a sixteenth of a documentation range that no interface has.

    The range's upper half is for the networks of Compose.
    """
    taken = _run(["ip", "-4", "-oneline", "address"]).stdout
    free = [f"198.51.100.{16 * part + 1}/28" for part in range(8)]
    free = [address for address in free if f" {address} " not in taken]
    if not free:
        raise _NoEngineError("every network for a bridge is taken")
    return secrets.choice(free)


_SCRIPT = """
set -e
if grep -q ' /sys/fs/cgroup cgroup2 ' /proc/mounts; then
  umount -R -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
exec dockerd --data-root="$1/data" --exec-root="$1/exec" --pidfile="$1/dockerd.pid" \
  -H "unix://$1/docker.sock" --bridge="$2" --iptables=false --ip6tables=false \
  --ip-forward=false --oom-score-adjust=0 \
  --default-address-pool base=198.51.100.128/25,size=28
"""


def _no_way_out() -> dict[str, str]:
    """Return an environment in which the engine can neither pull nor push."""
    nowhere = "http://127.0.0.1:1"
    return {**os.environ, "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "NO_PROXY": ""}


def _cgroup(name: str) -> Path | None:
    """Return a new cgroup for everything the engine starts, or None where there is no cgroup2."""
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            group = Path(place) / name
            with suppress(OSError):
                group.mkdir()
                return group
    return None


def _enter(group: Path | None) -> None:
    if group is not None:
        (group / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")


def _await_engine(url: str, daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while not _answers(url):
        if daemon.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-4:]
            raise _NoEngineError(f"dockerd did not start: {' | '.join(said)}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        client = docker.DockerClient(base_url=url, timeout=5)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (DockerException, OSError):
        return False


def _end(daemon: subprocess.Popen[bytes], group: Path | None) -> None:
    """End the engine and what it started: its cgroup holds that and nothing else."""
    daemon.terminate()
    try:
        daemon.wait(30)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait(10)
    if group is None:
        return
    with suppress(OSError):
        (group / "cgroup.kill").write_text("1", encoding="ascii")
    for _ in range(20):
        folders = sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True)
        with suppress(OSError):
            for folder in [*folders, group]:
                folder.rmdir()
            return
        time.sleep(0.1)


def _import_base(client: DockerClient) -> None:
    """Give the engine a Python from Debian's packages: no registry of images need be reached."""
    if client.images.list(name=BASE_IMAGE):
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = folder / "root"
        root.mkdir()
        options = ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=5"]
        download = ["download", *options, *_BASE_PACKAGES]
        _run(["apt-get", "-q", *download], cwd=folder)
        for package in sorted(folder.glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(root)])
        _furnish(root)
        archive = folder / "root.tar"
        _run(["tar", "--owner=0", "--group=0", "-cf", str(archive), "-C", str(root), "."])
        repository, tag = BASE_IMAGE.rsplit(":", 1)
        with archive.open("rb") as stream:
            command = ['CMD ["python3"]']
            client.api.import_image_from_data(
                stream, repository=repository, tag=tag, changes=command
            )


def _furnish(root: Path) -> None:
    """Make a tree of unpacked packages one that runs: a shell, a name for Python, folders."""
    for path in ("usr/share/doc", "usr/share/man", "usr/share/locale"):
        shutil.rmtree(root / path, ignore_errors=True)
    done = _run([str(root / "bin/busybox"), "--list"])
    for applet in done.stdout.split():
        link = root / "bin" / applet
        if not link.exists():
            link.symlink_to("/bin/busybox")
    (root / "usr/bin/python3").symlink_to("python3.11")
    for path in ("tmp", "proc", "sys", "dev", "etc", "root", "run", "var/tmp"):
        (root / path).mkdir(parents=True, exist_ok=True)
    for path in ("tmp", "var/tmp"):
        (root / path).chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="ascii")
    (root / "etc/group").write_text("root:x:0:\n", encoding="ascii")


def _context() -> bytes:
    """Return what the Dockerfile copies, with this environment's packages in place of an index."""
    dockerfile = (PROJECT / "docker" / "simulator.Dockerfile").read_text(encoding="utf-8")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in ("docker/simulator.Dockerfile", "requirements.txt", "plugins/ib_provider",
                     "include/scenarios"):  # fmt: skip
            archive.add(PROJECT / path, arcname=path, filter=_without_bytecode)
        packages = _packages(dockerfile)
        member = tarfile.TarInfo("packages.tar")
        member.size = len(packages)
        archive.addfile(member, io.BytesIO(packages))
    return buffer.getvalue()


def _packages(dockerfile: str) -> bytes:
    """Return a tar of the installed packages that the Dockerfile names."""
    named = re.search(r"grep -E '\^\(([^)]*)\)==", dockerfile)
    if named is None:
        pytest.fail("the Dockerfile names no packages")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in named[1].split("|"):
            for file in importlib.metadata.files(name) or ():
                if ".." in file.parts or "tests" in file.parts or file.suffix == ".pyc":
                    continue
                place, inside = Path(str(file.locate())), Path(file)
                archive.add(place, arcname=inside, recursive=False)
                # With its bytecode, as pip would leave it: a start is twice as fast.
                bytecode = Path("__pycache__") / f"{inside.stem}.{sys.implementation.cache_tag}.pyc"
                if inside.suffix == ".py" and (place.parent / bytecode).exists():
                    archive.add(place.parent / bytecode, arcname=inside.parent / bytecode)
    return buffer.getvalue()


def _fetched_compose(folder: Path) -> dict[str, str]:
    """Return an environment in which Docker finds Debian's newer Compose, unpacked in a folder.

    The stable release this may run on has version 1 only; version 2 is one static binary.
    """
    origin = ["indextargets", "--format", "$(SITE) $(RELEASE)", "Origin: Debian"]
    sites = [line.split()[0] for line in _run(["apt-get", *origin]).stdout.splitlines() if line]
    site = next((site for site in sites if not site.endswith("-security")), None)
    if site is None:
        raise _NoEngineError("apt knows no mirror of Debian")
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={keyring}] {site} trixie main\n", encoding="ascii")
    options = [
        f"-oDir::Etc::sourcelist={sources}", "-oDir::Etc::sourceparts=/dev/null",
        f"-oDir::State::lists={folder / 'lists'}", f"-oDir::Cache={folder / 'cache'}",
        "-oAPT::Sandbox::User=root", "-oAcquire::Retries=5",
    ]  # fmt: skip
    _run(["apt-get", "-q", *options, "update"])
    _run(["apt-get", "-q", *options, "download", "docker-compose/trixie"], cwd=folder)
    (package,) = folder.glob("docker-compose_*.deb")
    _run(["dpkg-deb", "-x", str(package), str(folder / "unpacked")])
    plugins = folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True)
    unpacked = folder / "unpacked/usr/libexec/docker/cli-plugins/docker-compose"
    shutil.move(unpacked, plugins / "docker-compose")
    return {**os.environ, "DOCKER_CONFIG": str(folder / "config")}


def _without_bytecode(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name else member


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command; one of apt again after a while, for a mirror may be away for a moment."""
    pauses = [5.0, 15.0] if command[0] == "apt-get" else []
    while True:
        try:
            return subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=240, **options
            )
        except (OSError, subprocess.SubprocessError) as error:
            if pauses:
                time.sleep(pauses.pop(0))
                continue
            said = getattr(error, "stderr", "") or str(error)
            raise _NoEngineError(f"{' '.join(command[:3])}: {said.strip()[-300:]}") from error
