# SPDX-License-Identifier: Apache-2.0
"""What every test run has: an Airflow home of its own, and the same examples as the last run."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

from tests.support.airflow_home import PROJECT, airflow_environment
from tests.support.docker_engine import compose_command, docker_engine_url, stand_in_image

# Imported here once, so that one engine serves every module.
__all__ = ["compose_command", "docker_engine_url", "stand_in_image"]

# The same examples on every machine, however busy it is: a red run can be run again.
hypothesis.settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("project")

# Set before anything imports Airflow.
_HOME = Path(tempfile.mkdtemp(prefix="ib-provider-tests-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith(("AIRFLOW", "IB_PROVIDER"))]:
    del os.environ[_name]
os.environ |= airflow_environment(_HOME / "airflow")


#: Files that measure time: nothing runs beside them.
_ALONE = {
    "test_ledger_pacing.py",
    "test_reconcile_positions.py",  # quotes a market that a busy machine leaves behind
    "test_simulator_load.py",
    "test_wire_newest_ibapi.py",  # makes an environment that another file makes as well
}
#: Files that start a whole Airflow or a Docker engine: beside one another, and nothing else.
_STACKS = {
    "test_airflow_approval.py",
    "test_bars_backfill.py",
    "test_compose_gateway.py",
    "test_full_airflow.py",
    "test_gateway_container.py",
    "test_gateway_start.py",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep some files to themselves, and the heaviest to one another."""
    for item in items:
        if item.path.name in _ALONE:
            item.add_marker(pytest.mark.alone)
        elif item.path.name in _STACKS:
            item.add_marker(pytest.mark.stack)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty ``IB_PROVIDER_HOME``, with the project's own ``include``."""
    home = tmp_path / "var"
    monkeypatch.setenv("IB_PROVIDER_HOME", str(home))
    monkeypatch.setenv("IB_PROVIDER_INCLUDE", str(PROJECT / "include"))
    return home


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Create the metadata database that ``dag.test()`` needs, once a test run."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.utils.db import initdb

    initdb()
    DagBundlesManager().sync_bundles_to_db()
