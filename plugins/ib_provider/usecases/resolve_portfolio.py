# SPDX-License-Identifier: Apache-2.0
"""A portfolio with its targets, wherever those come from: its file, a query, another task.

Rules:
    * Exactly one source. A file with ``query`` has no ``targets``; given targets take the place of
      either, and only in a file that says so with ``targets: given``.
    * Targets that were not written by hand say when they were made: ``as_of`` is a column of the
      query, equal in every row, or stands beside the given targets; ``max_age_hours`` in the file.
    * They pass the same reader as a file's: every problem is told at once, with its key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from ib_provider.config import Settings
from ib_provider.domain.portfolio import Portfolio
from ib_provider.errors import ConfigError
from ib_provider.rebalance import parse_portfolio
from ib_provider.store.catalog import open_catalog
from ib_provider.usecases.read_yaml import read_document

__all__ = ["read_given", "resolve_portfolio"]

_GIVEN: Final = "given"


def resolve_portfolio(
    settings: Settings,
    name: str,
    *,
    targets: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Portfolio:
    """Return the portfolio in ``portfolios/<name>.yaml`` with its targets.

    Args:
        settings: Where the files and the store are.
        name: The file's stem.
        targets: ``{"as_of": time, "targets": [rows]}`` of an upstream task, as plain values;
            numbers may be text, as JSON keeps decimals.
        now: Aware; targets older than the file allows are refused.

    Raises:
        ConfigError: Every problem of the file or the targets, each with its key.
        StoreError: The store cannot be asked.
    """
    source, document = read_document(settings.include, "portfolios", name)
    now = now or datetime.now(UTC)
    if not isinstance(document, dict):
        return parse_portfolio(source, document, now=now)
    is_given = document.get("targets") == _GIVEN
    if is_given != (targets is not None):
        raise ConfigError(source, [_wrong_source(is_given=is_given)])
    if targets is not None:
        source, document = f"{source} with given targets", _with_given(source, document, targets)
    elif "query" in document:
        document = _with_query(settings, source, document)
    return parse_portfolio(source, document, now=now)


def read_given(source: str, given: Mapping[str, Any] | str | None) -> Mapping[str, Any] | None:
    """Return targets that a task or a file gave, as a mapping or as the JSON text of one.

    Raises:
        ConfigError: It is neither.
    """
    if given is None or isinstance(given, Mapping):
        return given
    try:
        document = json.loads(given)
    except ValueError as error:
        raise ConfigError(source, [f"targets: no JSON: {error}"]) from error
    if not isinstance(document, dict):
        raise ConfigError(source, ["targets: a mapping of as_of and targets is expected"])
    return document


def _wrong_source(*, is_given: bool) -> str:
    if is_given:
        return "targets: given, and no task gave any"
    return "targets: a task gave some, and the file does not say `targets: given`"


def _with_given(source: str, document: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    problems = [f"{key}: unknown key" for key in given if key not in ("as_of", "targets")]
    problems += [f"{key}: missing" for key in ("as_of", "targets") if key not in given]
    if "as_of" in document:
        problems.append("as_of: stands in the file, and is given")
    if problems:
        raise ConfigError(f"{source} with given targets", problems)
    rows = given["targets"]
    if isinstance(rows, Sequence) and not isinstance(rows, str):
        rows = [_with_numbers(row) for row in rows]
    return document | {"as_of": given["as_of"], "targets": rows}


def _with_numbers(row: object) -> object:
    """Return a row whose amounts are numbers: JSON between tasks keeps decimals as text."""
    if not isinstance(row, Mapping):
        return row
    return {
        key: _number(value) if key not in ("instrument", "hold", "close") else value
        for key, value in row.items()
    }


def _number(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value)
    except ArithmeticError:
        return value


def _with_query(settings: Settings, source: str, document: dict[str, Any]) -> dict[str, Any]:
    name = document["query"]
    problems = [
        f"{key}: stands beside query, which brings it"
        for key in ("targets", "as_of")
        if key in document
    ]
    if not isinstance(name, str) or Path(name).name != name:
        problems.append(f"query: {name!r} is not a file's stem")
    if problems:
        raise ConfigError(source, problems)
    rows = _ask(settings, source, str(name))
    stamps = {row.pop("as_of", None) for row in rows}
    if len(stamps) != 1 or None in stamps:
        raise ConfigError(f"queries/{name}.sql", ["as_of: a column with one time in every row"])
    rest = {key: value for key, value in document.items() if key != "query"}
    return rest | {"as_of": _aware(stamps.pop()), "targets": rows}


def _ask(settings: Settings, source: str, name: str) -> list[dict[str, Any]]:
    path = settings.include / "queries" / f"{name}.sql"
    try:
        query = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(source, [f"query: {path.name} cannot be read: {error}"]) from error
    with open_catalog(settings.market) as catalog:
        try:
            found = catalog.execute(query)
            columns = [column[0] for column in found.description or ()]
            rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            raise ConfigError(f"queries/{name}.sql", [str(error)]) from error
    if not rows:
        raise ConfigError(f"queries/{name}.sql", ["targets: the query found no rows"])
    return rows


def _aware(stamp: object) -> object:
    """Return a query's time with its zone: the store's times are in UTC."""
    if isinstance(stamp, datetime) and stamp.tzinfo is None:
        return stamp.replace(tzinfo=UTC)
    return stamp
