# SPDX-License-Identifier: Apache-2.0
"""The newest ibapi, in an environment of its own that is made once and kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import pytest

from tests.support.airflow_home import PROJECT

__all__ = ["IBAPI_STABLE", "stable_python"]

IBAPI_STABLE: Final = "ibapi-stable==10.50.2"
_NO_REGISTRY: Final = (
    "No matching distribution found",
    "Could not find a version",
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Temporary failure in name resolution",
)


def stable_python() -> Path:
    """Return the interpreter of an environment that holds the newest ibapi and nothing else.

    Skips the test where no registry can be reached; never on CI, where it fails instead.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = _cache() / f"{IBAPI_STABLE.replace('==', '-')}-py{version}"
    python = home / "bin" / "python"
    if not python.exists():
        _make(home)
    return python


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "ib-provider-tests"


def _make(home: Path) -> None:
    """Make the environment beside its place and move it there: two makers do no harm."""
    home.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=home.parent))
    try:
        _run([sys.executable, "-m", "venv", "--without-pip", str(fresh)])
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        where = ["--python", str(fresh / "bin" / "python")]
        _run([*pip, *where, "install", "--quiet", "--no-input", "--retries", "1", IBAPI_STABLE])
        if not home.exists():
            fresh.rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=PROJECT, timeout=300
    )
    if done.returncode == 0:
        return
    said = done.stderr.strip() or done.stdout.strip()
    if any(words in said for words in _NO_REGISTRY) and not os.environ.get("CI"):
        pytest.skip(said)
    raise RuntimeError(f"{' '.join(command)}: {said}")
