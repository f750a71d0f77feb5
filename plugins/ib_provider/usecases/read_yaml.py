# SPDX-License-Identifier: Apache-2.0
"""Read what people edit under ``include/``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ib_provider.domain.portfolio import Limits, Portfolio
from ib_provider.errors import ConfigError
from ib_provider.rebalance import loosen_limits, parse_portfolio, read_yaml

__all__ = ["read_document", "read_limits", "read_portfolio"]


def read_portfolio(include: Path, name: str) -> Portfolio:
    """Return the portfolio in ``portfolios/<name>.yaml``.

    Raises:
        ConfigError: The file is absent, no YAML, or wrong: every problem at once.
    """
    source, document = read_document(include, "portfolios", name)
    return parse_portfolio(source, document)


def read_limits(
    include: Path, name: str, *, loosened: Mapping[str, object] = MappingProxyType({})
) -> Limits:
    """Return the limits in ``limits/<name>.yaml``, some of them loosened for one plan.

    Raises:
        ConfigError: The file is absent, no YAML, or wrong, or does not allow what is asked for:
            every problem at once.
    """
    source, document = read_document(include, "limits", name)
    return loosen_limits(source, document, loosened)


def read_document(include: Path, folder: str, name: str) -> tuple[str, object]:
    """Return the name for messages and the content of ``<folder>/<name>.yaml``.

    Raises:
        ConfigError: The file is absent or no YAML.
    """
    path = include / folder / f"{name}.yaml"
    source = f"{folder}/{name}.yaml"
    if Path(name).name != name:
        raise ConfigError(source, ["the name is a file's stem, without folders"])
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml"))) or "none"
        raise ConfigError(source, [f"no such file; there is {known}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(source, [f"cannot be read: {error}"]) from error
    return source, read_yaml(source, text)
