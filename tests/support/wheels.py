# SPDX-License-Identifier: Apache-2.0
"""Wheels with little in them."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.support.registry_package import package_file

__all__ = ["wheel_of"]


def wheel_of(folder: Path, name: str, version: str, *members: str) -> Path:
    """Return a wheel of some of a package's files, in a folder."""
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, package_file(name, version, member))
    return path
