# SPDX-License-Identifier: Apache-2.0
"""A scenario file: what it is about, options of the gateway, limits, and a plan of faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults.fault_plan import Step, parse_plan

__all__ = ["Scenario", "read_scenario", "scenario_names"]

_KEYS: Final = ("about", "options", "limits", "faults")


#: In a wheel; a checkout has them under include/.
_SHIPPED: Final = Path(__file__).parents[1] / "data" / "scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What one file says.

    Attributes:
        about: One line for people.
        options: Names and values of ``SimulatorOptions``, unchecked.
        limits: Names and values of ``Limits``, unchecked.
    """

    name: str
    about: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


def read_scenario(name: str, folder: Path) -> Scenario:
    """Return a scenario by the path of its file, or by its name.

    Args:
        folder: Where it is looked for first; after that, among those that came with the package.

    Raises:
        ConfigError: There is no such file, or it says something that cannot be.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = folder / f"{name}.yaml"
        if not path.exists() and (_SHIPPED / path.name).exists():
            path = _SHIPPED / path.name
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        names = sorted({*scenario_names(folder), *scenario_names(_SHIPPED)})
        known = ", ".join(names) or "none"
        problem = f"cannot be read: {error.strerror}; known scenarios: {known}"
        raise ConfigError(str(path), [problem]) from None
    except yaml.YAMLError as error:
        raise ConfigError(str(path), [f"is not YAML: {error}"]) from None
    return _scenario(document or {}, path)


def scenario_names(folder: Path) -> list[str]:
    """Return the names of the scenarios in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def _scenario(document: Any, path: Path) -> Scenario:
    if not isinstance(document, Mapping):
        raise ConfigError(str(path), ["is not a mapping"])
    problems = [f"{key}: is none of {', '.join(_KEYS)}" for key in document if key not in _KEYS]
    for key in ("options", "limits"):
        if not isinstance(document.get(key) or {}, Mapping):
            problems.append(f"{key}: is not a mapping")
    steps: tuple[Step, ...] = ()
    try:
        faults = document.get("faults")
        steps = parse_plan([] if faults is None else faults, str(path))
    except ConfigError as error:
        problems.extend(error.problems)
    if problems:
        raise ConfigError(str(path), problems)
    return Scenario(
        name=path.stem,
        about=str(document.get("about", "")),
        options=dict(document.get("options") or {}),
        limits=dict(document.get("limits") or {}),
        steps=steps,
    )
