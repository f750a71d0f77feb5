# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults.scenario import read_scenario, scenario_names

_FOLDER = Path(__file__).parents[4] / "include" / "scenarios"


@pytest.mark.parametrize("name", scenario_names(_FOLDER))
def test_shipped_scenario_can_be_read_and_says_what_it_is(name: str) -> None:
    """Each has a line about itself, and something that goes wrong or is different."""
    scenario = read_scenario(name, _FOLDER)
    assert scenario.about
    assert scenario.steps or scenario.limits or scenario.options


def test_scenario_is_read_by_path(tmp_path: Path) -> None:
    """A file anywhere will do."""
    path = tmp_path / "mine.yaml"
    path.write_text("about: mine\nlimits: {lines: 5}\nfaults:\n  - {do: drop, after: 1}\n")
    scenario = read_scenario(str(path), _FOLDER)
    assert (scenario.name, dict(scenario.limits), len(scenario.steps)) == ("mine", {"lines": 5}, 1)


def test_unknown_scenario_is_told_the_known_ones() -> None:
    """A typing error is mended in one look."""
    with pytest.raises(ConfigError, match="calm"):
        read_scenario("clam", _FOLDER)


@pytest.mark.parametrize("text", ["- a\n", "faults: {}\n", "fault: []\n", "limits: 3\n", "a: [\n"])
def test_file_that_is_no_scenario_is_refused(tmp_path: Path, text: str) -> None:
    """Misspelt keys, too."""
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        read_scenario(str(path), _FOLDER)
