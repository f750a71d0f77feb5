# SPDX-License-Identifier: Apache-2.0
"""Read what people edit under ``include/``."""

from __future__ import annotations

from pathlib import Path

from ib_provider.domain.portfolio import Limits, Portfolio
from ib_provider.errors import ConfigError, SymbologyError
from ib_provider.rebalance import parse_limits, parse_portfolio, read_yaml
from ib_provider.symbology.instrument_id import parse_instrument_id

__all__ = ["read_document", "read_limits", "read_portfolio", "read_universe"]


def read_portfolio(include: Path, name: str) -> Portfolio:
    """Return the portfolio in ``portfolios/<name>.yaml``.

    Raises:
        ConfigError: The file is absent, no YAML, or wrong: every problem at once.
    """
    source, document = read_document(include, "portfolios", name)
    return parse_portfolio(source, document)


def read_limits(include: Path, name: str) -> Limits:
    """Return the limits in ``limits/<name>.yaml``.

    Raises:
        ConfigError: The file is absent, no YAML, or wrong: every problem at once.
    """
    source, document = read_document(include, "limits", name)
    return parse_limits(source, document)


def read_universe(include: Path, name: str) -> tuple[str, ...]:
    """Return the instrument ids in ``universes/<name>.yaml``, in the file's order.

    Raises:
        ConfigError: The file is absent, no YAML, or names something that is no instrument id.
    """
    source, document = read_document(include, "universes", name)
    if not isinstance(document, dict) or set(document) != {"instruments"}:
        raise ConfigError(source, ["the file holds one key, instruments, with a list of ids"])
    ids = document["instruments"]
    if not isinstance(ids, list) or not ids:
        raise ConfigError(source, ["instruments: a list of at least one instrument id"])
    problems = [
        f"instruments[{i}]: {reason}" for i, text in enumerate(ids) if (reason := _why(text))
    ]
    problems += [f"instruments: {text!r} is listed twice" for text in _repeated(ids)]
    if problems:
        raise ConfigError(source, problems)
    return tuple(ids)


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


def _why(text: object) -> str:
    """Return why a list item is no instrument id, or an empty text."""
    if not isinstance(text, str):
        return f"{text!r} is not a text"
    try:
        parse_instrument_id(text)
    except SymbologyError as error:
        return str(error)
    return ""


def _repeated(ids: list[object]) -> list[object]:
    return sorted({text for text in ids if ids.count(text) > 1}, key=str)
