# SPDX-License-Identifier: Apache-2.0
"""YAML as people write it: what YAML forgives, we tell."""

from __future__ import annotations

import pytest

from ib_provider.errors import ConfigError
from ib_provider.rebalance import read_yaml


def problems(text: str) -> tuple[str, ...]:
    """Return the problems of a text that must not be accepted."""
    with pytest.raises(ConfigError) as refused:
        read_yaml("f.yaml", text)
    assert refused.value.source == "f.yaml"
    return refused.value.problems


def test_yaml_gives_plain_values() -> None:
    """Mappings, lists, texts and numbers, as they stand."""
    assert read_yaml("f.yaml", "a: 1\nb: [x, 0.5]\n") == {"a": 1, "b": ["x", 0.5]}
    assert read_yaml("f.yaml", "") is None


def test_yaml_key_written_twice_is_refused_with_its_lines() -> None:
    """The looser of two equal limits must not win in silence; every one is told."""
    text = "max_orders: 5\nin:\n  b: 1\n  b: 2\nmax_orders: 500\n"
    assert set(problems(text)) == {
        "max_orders: written in line 1 and in line 5",
        "b: written in line 3 and in line 4",
    }


def test_yaml_that_does_not_parse_names_the_line() -> None:
    """Where to look is in the message."""
    assert problems("a: 1\nb: [1, 2\n")[0].startswith("line 3: ")
    assert problems("a: 1\n\tb: 2\n")[0].startswith("line 2: ")


@pytest.mark.parametrize(
    "text",
    ["a: !!python/object/apply:os.getcwd []", "a: 1\n--- \nb: 2", "a: 2013-13-45", "a: \x00"],
)
def test_yaml_that_is_more_than_values_is_refused(text: str) -> None:
    """No object is built, no second document is dropped, no impossible date is a crash."""
    assert problems(text)
