# SPDX-License-Identifier: Apache-2.0
"""The options of a gateway from a scenario and from whoever starts it, who has the last word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults.scenario import Scenario
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.options import SimulatorOptions

__all__ = ["options_from"]

_SEPARATE = ("limits", "faults")


def options_from(
    scenario: Scenario, given: Mapping[str, Any], limits: Mapping[str, Any]
) -> SimulatorOptions:
    """Return the options of a scenario, overridden by what was given.

    Args:
        given: Names and values of ``SimulatorOptions`` other than limits and faults.
        limits: Names and values of ``Limits``.

    Raises:
        ConfigError: The scenario names an option that is none, or gives it an impossible value.
    """
    problems: list[str] = []
    names = {item.name: item.default for item in fields(SimulatorOptions)}
    options: dict[str, Any] = {}
    for name, value in scenario.options.items():
        if name not in names or name in _SEPARATE:
            problems.append(f"options.{name}: no such option")
            continue
        try:
            options[name] = _typed(name, value, names[name])
        except (TypeError, ValueError, InvalidOperation, AttributeError):
            problems.append(f"options.{name}: {value!r} cannot be")
    known = {item.name for item in fields(Limits)}
    problems += [f"limits.{name}: no such limit" for name in scenario.limits if name not in known]
    for name, value in scenario.limits.items():
        if not isinstance(value, int | float):
            problems.append(f"limits.{name}: {value!r} is not a number")
    if problems:
        raise ConfigError(f"scenario {scenario.name}", problems)
    return SimulatorOptions(
        **{**options, **given},
        limits=Limits(**{**scenario.limits, **limits}),
        faults=scenario.steps,
    )


def _typed(name: str, value: Any, default: Any) -> Any:
    """Return a value of YAML as the option wants it."""
    if name == "positions":
        return {str(symbol): Decimal(str(shares)) for symbol, shares in value.items()}
    if name in ("data", "state_file", "journal", "transcript"):
        return Path(value)
    if isinstance(default, Decimal | float):
        return type(default)(str(value))
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise TypeError(name)
        return value
    if isinstance(default, tuple):
        if isinstance(value, str):
            raise TypeError(name)
        return tuple(str(entry) for entry in value)
    return value.isoformat() if hasattr(value, "isoformat") else value
