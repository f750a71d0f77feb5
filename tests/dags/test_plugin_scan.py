# SPDX-License-Identifier: Apache-2.0
"""What Airflow's plugin scan and provider manager find."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ib_provider.provider_info import get_provider_info
from tests.support.airflow_home import PROJECT

SCAN = """
import json, sys
import airflow.sdk
before = {name: id(module) for name, module in sys.modules.items()}
from airflow.plugins_manager import get_import_errors, _get_plugins
plugins, errors = _get_plugins()
changed = [n for n, m in sys.modules.items() if n in before and id(m) != before[n]]
visible = [n for n, m in sys.modules.items()
           if str(getattr(m, "__file__", "")).startswith(sys.argv[1]) and "." not in n]
heavy = [n for n in ("duckdb", "pyarrow", "fastapi", "ib_provider.usecases", "ib_provider.ledger")
         if n in sys.modules and n not in before]
print(json.dumps({"plugins": [p.name for p in plugins], "errors": dict(errors),
                  "changed": changed, "visible": visible, "heavy": heavy}))
"""


@pytest.fixture(scope="module")
def scan() -> dict[str, Any]:
    """Return what the loader did, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCAN, str(PROJECT / "plugins")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_plugin_scan_finds_one_plugin_without_errors(scan: dict[str, Any]) -> None:
    """The package itself is not loaded module by module."""
    ours = [name for name in scan["plugins"] if name == "interactive_brokers"]
    assert ours == ["interactive_brokers"]
    assert scan["errors"] == {}
    assert scan["visible"] in (
        ["ib_plugin"],
        ["ib_plugin", "ib_provider"],
        ["ib_provider", "ib_plugin"],
    )


def test_plugin_scan_replaces_no_module(scan: dict[str, Any]) -> None:
    """The standard library, and everything else that was loaded, stays as it was."""
    assert scan["changed"] == []


def test_plugin_scan_loads_nothing_heavy(scan: dict[str, Any]) -> None:
    """Every process scans plugins; what the page needs waits for somebody who opens it."""
    assert scan["heavy"] == []


def test_provider_info_is_what_airflow_accepts() -> None:
    """The registration follows Airflow's own schema, and its modules exist."""
    import importlib

    import airflow
    import jsonschema  # type: ignore[import-untyped]

    schema = json.loads(
        (Path(airflow.__file__).parent / "provider_info.schema.json").read_text("utf-8")
    )
    info = get_provider_info()
    jsonschema.validate(info, schema)
    for kind in ("hooks", "operators", "sensors", "triggers"):
        for entry in info[kind]:
            for module in entry["python-modules"]:
                importlib.import_module(module)


def test_provider_registers_its_connection_type() -> None:
    """Airflow's provider manager knows the hook and the fields of its form."""
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    hook = manager.hooks["ib_gateway"]
    assert hook is not None
    assert hook.hook_class_name == "ib_provider.hooks.ib.IbHook"
    assert hook.connection_id_attribute_name == "ib_conn_id"
    fields = {
        name.removeprefix("extra__ib_gateway__")
        for name in manager.connection_form_widgets
        if name.startswith("extra__ib_gateway__")
    }
    assert fields == set(get_provider_info()["connection-types"][0]["conn-fields"])
