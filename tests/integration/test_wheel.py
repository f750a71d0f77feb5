# SPDX-License-Identifier: Apache-2.0
"""The wheel, as someone without the checkout meets it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.stock_client import stock_client

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_the_package_its_data_and_its_licence(wheel: Path) -> None:
    """Every module and data file of the package is in it, and nothing of the checkout beside."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if "__pycache__" not in name}
    source = ROOT / "plugins"
    files = {
        str(path.relative_to(source))
        for path in (source / "ib_provider").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= names
    shipped = {
        f"ib_provider/simulator/data/scenarios/{path.name}"
        for path in (ROOT / "include" / "scenarios").iterdir()
    }
    assert {name for name in names - files if ".dist-info/" not in name} == shipped
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_installed_registers_the_provider_and_the_command(
    wheel: Path, tmp_path: Path
) -> None:
    """Both entry points lead into the installed copy, far from the checkout."""
    target = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, wheel],
        check=True,
    )
    code = (
        "from importlib.metadata import distribution\n"
        "points = distribution('airflow-provider-interactive-brokers').entry_points\n"
        "(info,) = points.select(group='apache_airflow_provider')\n"
        "(command,) = points.select(group='console_scripts')\n"
        "print(info.load()()['package-name'], info.load().__code__.co_filename)\n"
        "print(command.name, command.load().__code__.co_filename)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(target)},
        check=True,
        capture_output=True,
        text=True,
    )
    info, command = done.stdout.splitlines()
    assert info.startswith(f"airflow-provider-interactive-brokers {target}")
    assert command.startswith(f"ib-provider {target}")


def test_stranger_runs_a_scenario_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """The installed command finds the scenarios that came with it, and a client its account."""
    target, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", target, wheel],
        check=True,
        capture_output=True,
    )
    command = [sys.executable, "-m", "ib_provider.cli.main", "simulator", "--port", "0"]
    with subprocess.Popen(
        [*command, "--scenario", "untidy"],
        cwd=empty,
        env=os.environ | {"PYTHONPATH": str(target)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            port = int(line.split("127.0.0.1:")[1].split()[0])
            with stock_client(port) as client:
                assert client.all("managedAccounts") == [("DU1000001",)]
        finally:
            process.terminate()
    assert process.returncode == 0
    assert list(empty.iterdir()) == []
