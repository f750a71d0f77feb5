# SPDX-License-Identifier: Apache-2.0
"""Files of packages, in a folder of the user's."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ib_provider.errors import ConfigError
from ib_provider.simulator.market.package_files import PackageFiles

HOURS = "gym_anytrading/datasets/data/FOREX_EURUSD_1H_ASK.csv"


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("place", [HOURS, "FOREX_EURUSD_1H_ASK.csv"])
def test_file_taken_out_of_a_package_is_found(tmp_path: Path, place: str) -> None:
    """Under the path it has in the package, or by its bare name."""
    _written(tmp_path / place, b"Time,Open")
    assert PackageFiles(tmp_path).read("eurusd") == b"Time,Open"


def test_file_in_a_wheel_is_found(tmp_path: Path) -> None:
    """The wheel is as it came from the index, of whatever version."""
    with zipfile.ZipFile(tmp_path / "gym_anytrading-9.1-py3-none-any.whl", "w") as archive:
        archive.writestr(HOURS, b"Time,High")
    assert PackageFiles(tmp_path).read("eurusd") == b"Time,High"


def test_what_the_folder_lacks_is_looked_for_where_packages_are_installed(tmp_path: Path) -> None:
    """The stocks' package is a dependency, the currency's is not."""
    _written(tmp_path / "vix.csv.gz", b"")
    files = PackageFiles(tmp_path)
    assert (files.read("bokeh") or b"")[:2] == b"\x1f\x8b"
    assert files.read("es-trades") is None


def test_folder_with_nothing_of_use_is_refused(tmp_path: Path) -> None:
    """Whoever names a folder expects its prices; silence would show generated ones."""
    _written(tmp_path / "prices.csv", b"")
    with pytest.raises(ConfigError, match=r"holds none of stocks\.csv\.gz of bokeh_sampledata"):
        PackageFiles(tmp_path)


def test_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    """So is a path that leads nowhere."""
    with pytest.raises(ConfigError, match="is no folder"):
        PackageFiles(tmp_path / "gone")


def test_broken_wheel_is_refused(tmp_path: Path) -> None:
    """A download that was cut off is not "no data"."""
    _written(tmp_path / "arch-8.0.0-py3-none-any.whl", b"PK")
    with pytest.raises(ConfigError, match="is no wheel"):
        PackageFiles(tmp_path)
