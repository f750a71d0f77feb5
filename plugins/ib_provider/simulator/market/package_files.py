# SPDX-License-Identifier: Apache-2.0
"""Files that public packages ship: looked up in a folder of the user's, then where installed.

Rules:
    * A folder holds wheels as a package index serves them, or files taken out of them: under the
      path they have in the package, or by their bare name.
    * Packages are read as files, never imported: most pull in large libraries.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ib_provider.errors import ConfigError

__all__ = ["FILES", "PackageFile", "PackageFiles"]


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package: the package as it is imported, and the path inside it."""

    package: str
    path: str

    @property
    def name(self) -> str:
        """Return the bare name of the file."""
        return self.path.rpartition("/")[2]


#: Every file there is a use for, by the name of its source in ``data/market.yaml``.
FILES: Final = {
    "bokeh": PackageFile("bokeh_sampledata", "_data/stocks.csv.gz"),
    "sp500": PackageFile("arch", "data/sp500/sp500.csv.gz"),
    "nasdaq": PackageFile("arch", "data/nasdaq/nasdaq.csv.gz"),
    "vix": PackageFile("arch", "data/vix/vix.csv.gz"),
    "wti": PackageFile("arch", "data/wti/wti.csv.gz"),
    "eurusd": PackageFile("gym_anytrading", "datasets/data/FOREX_EURUSD_1H_ASK.csv"),
    "es-trades": PackageFile("mlfinpy", "dataset/data/tick_data.csv"),
}


class PackageFiles:
    """The files that are at hand.

    Raises:
        ConfigError: The folder is none, or holds nothing that there is a use for.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        if folder is not None and not any(
            next(self._of_folder(folder, file), None) for file in FILES.values()
        ):
            wanted = ", ".join(f"{file.name} of {file.package}" for file in FILES.values())
            text = f"holds none of {wanted}" if folder.is_dir() else "is no folder"
            raise ConfigError("simulator options", [f"data: {folder} {text}"])

    def read(self, source: str) -> bytes | None:
        """Return the file of a source; None where nobody has it."""
        file = FILES[source]
        if self._folder is not None:
            for found in self._of_folder(self._folder, file):
                return _content(found, file)
        spec = find_spec(file.package)
        for root in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(root) / file.path
            if path.is_file():
                return path.read_bytes()
        return None

    def _of_folder(self, folder: Path, file: PackageFile) -> Iterator[Path]:
        """Yield the file itself, or wheels that hold it."""
        inside = folder / file.package / file.path
        yield from (path for path in (inside, folder / file.name) if path.is_file())
        for wheel in sorted(folder.glob(f"{file.package}-*.whl")):
            if _holds(wheel, file):
                yield wheel


def _holds(wheel: Path, file: PackageFile) -> bool:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return f"{file.package}/{file.path}" in archive.namelist()
    except zipfile.BadZipFile:
        raise ConfigError("simulator options", [f"data: {wheel} is no wheel"]) from None


def _content(found: Path, file: PackageFile) -> bytes:
    if found.suffix != ".whl":
        return found.read_bytes()
    with zipfile.ZipFile(found) as archive:
        return archive.read(f"{file.package}/{file.path}")
