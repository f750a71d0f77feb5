# SPDX-License-Identifier: Apache-2.0
"""YAML text as plain values, stricter than YAML: a key written twice is an error.

YAML's own reader keeps the last of two equal keys in silence: of two ``max_order_value`` the looser
one might win.
"""

from __future__ import annotations

from typing import Any

import yaml

from ib_provider.errors import ConfigError

__all__ = ["read_yaml"]


class _Loader(yaml.SafeLoader):
    """Plain values only, and the keys that were written twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problems: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Return the mapping, noting each key that stands twice."""
        seen: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            text = str(key.value)
            if text in seen:
                self.problems.append(f"{text}: written in line {seen[text]} and in line {line}")
            seen.setdefault(text, line)
        return super().construct_mapping(node, deep=deep)


def read_yaml(source: str, text: str) -> object:
    """Return the one document of a YAML text.

    Args:
        source: The file, for messages.
        text: Its content.

    Raises:
        ConfigError: The text is no YAML, with the line; or keys stand twice, with all their lines.
    """
    try:
        loader = _Loader(text)
        try:
            document: object = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(source, [f"line {line}: {error.problem or error.context}"]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(source, [" ".join(str(error).split())]) from error
    if loader.problems:
        raise ConfigError(source, loader.problems)
    return document
