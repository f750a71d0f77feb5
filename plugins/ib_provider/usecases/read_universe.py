# SPDX-License-Identifier: Apache-2.0
"""Read a universe: instruments by id, by description, and of which types."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from ib_provider.domain.contract import Contract, NumberedContract, SecType
from ib_provider.errors import ConfigError, SymbologyError
from ib_provider.symbology.id_spelling import IdSpelling
from ib_provider.symbology.instrument_id import parse_instrument_id
from ib_provider.usecases.read_yaml import read_document

__all__ = ["Universe", "read_contract", "read_sec_types", "read_universe"]

_KEYS: Final = ("instruments", "sec_types", "ids")
_NUMBER_KEYS: Final = ("sec_id_type", "sec_id")
_CONTRACT_KEYS: Final = (*(each.name for each in fields(Contract)), *_NUMBER_KEYS)
_UNASKABLE: Final = (SecType.OTHER, SecType.UNSAID, SecType.BAG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """What a universe's file names, in its order.

    Attributes:
        sec_types: The types to load; empty is every type.
        spelling: How reports show its ids; the key ``ids``.
    """

    ids: tuple[str, ...] = ()
    contracts: tuple[Contract, ...] = ()
    sec_types: frozenset[SecType] = frozenset()
    spelling: IdSpelling = field(default_factory=IdSpelling)


def read_universe(include: Path, name: str) -> Universe:
    """Return the universe in ``universes/<name>.yaml``.

    Raises:
        ConfigError: The file is absent, no YAML, or wrong: every problem at once.
    """
    source, document = read_document(include, "universes", name)
    if not isinstance(document, dict) or "instruments" not in document:
        raise ConfigError(source, ["the file holds the key instruments, with a list"])
    problems = [f"{key}: unknown key" for key in document if key not in _KEYS]
    entries = document["instruments"]
    if not isinstance(entries, list) or not entries:
        raise ConfigError(source, [*problems, "instruments: a list of at least one instrument"])
    ids: list[str] = []
    contracts: list[Contract] = []
    for place, entry in enumerate(entries):
        try:
            if isinstance(entry, Mapping):
                contracts.append(read_contract(entry))
            else:
                ids.append(_id(entry))
        except ValueError as error:
            problems.append(f"instruments[{place}]: {error}")
    problems += [f"instruments: {text!r} is listed twice" for text in _repeated(ids)]
    try:
        sec_types = read_sec_types(document.get("sec_types", ()))
    except ValueError as error:
        problems.append(f"sec_types: {error}")
    spelling = _spelling(document.get("ids", {}), problems)
    if problems:
        raise ConfigError(source, problems)
    return Universe(
        ids=tuple(ids), contracts=tuple(contracts), sec_types=sec_types, spelling=spelling
    )


def _spelling(value: object, problems: list[str]) -> IdSpelling:
    if not isinstance(value, Mapping):
        problems.append("ids: a mapping such as {method: raw, mics: true}")
        return IdSpelling()
    try:
        return IdSpelling.of("ids", value)
    except ConfigError as error:
        problems += [f"ids.{problem}" for problem in error.problems]
        return IdSpelling()


def read_contract(entry: Mapping[Any, Any]) -> Contract:
    """Return the description that a mapping spells: the fields of a contract, by their names.

    Raises:
        ValueError: With everything that is wrong with it.
    """
    problems = []
    for key in entry:
        if key not in _CONTRACT_KEYS:
            near = difflib.get_close_matches(str(key), _CONTRACT_KEYS, n=1)
            problems.append(f"{key}: unknown{f', did you mean {near[0]!r}?' if near else ''}")
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key in _CONTRACT_KEYS:
            try:
                values[key] = _field(key, value)
            except ValueError as error:
                problems.append(f"{key}: {error}")
    names = ("con_id", "symbol", "local_symbol", "trading_class", "sec_id")
    if not problems and not any(values.get(name) for name in names):
        problems.append(f"it names nothing: say one of {', '.join(names)}")
    if ("sec_id" in values) != ("sec_id_type" in values):
        problems.append("sec_id and sec_id_type go together")
    if "sec_type" not in values and not values.get("con_id") and "sec_type" not in entry:
        problems.append("sec_type: missing; it is not guessed")
    if problems:
        raise ValueError("; ".join(problems))
    values.setdefault("sec_type", SecType.UNSAID)
    if "sec_id" in values:
        return NumberedContract(**values)
    return Contract(**values)


def read_sec_types(value: object) -> frozenset[SecType]:
    """Return security types from a list of IB's names.

    Raises:
        ValueError: One of them is none.
    """
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise ValueError(f"{value!r} is no list of types such as [STK, IND]")
    names = [str(name).strip().upper() for name in value]
    known = {kind.value: kind for kind in SecType if kind not in _UNASKABLE}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: unknown; known are {', '.join(known)}")
    return frozenset(known[name] for name in names)


def _field(key: str, value: object) -> object:
    """Return one field of a contract as its type."""
    if isinstance(value, bool) or value is None or isinstance(value, (list, Mapping)):
        raise ValueError(f"{value!r} is no value of a contract")
    text = str(value).strip()
    if key == "con_id":
        if not text.isdecimal() or int(text) == 0:
            raise ValueError(f"{text!r} is no conId")
        return int(text)
    if key == "strike":
        return _strike(text)
    if key == "sec_type":
        (kind,) = read_sec_types([text])
        return kind
    if key == "right" and text.upper() not in ("C", "P", "CALL", "PUT"):
        raise ValueError(f"{text!r} is neither C nor P")
    if key == "last_trade_date":
        day = text.replace("-", "")
        if not day.isdecimal() or len(day) not in (6, 8):
            raise ValueError(f"{text!r} is no day or month such as 20270115 or 202701")
        return day
    return text.upper()[0] if key == "right" else text


def _strike(text: str) -> Decimal:
    try:
        strike = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no strike") from None
    if not strike.is_finite() or strike <= 0:
        raise ValueError(f"{text!r} is no strike")
    return strike


def _id(entry: object) -> str:
    if not isinstance(entry, str):
        raise ValueError(f"{entry!r} is neither an instrument id nor a description")
    try:
        parse_instrument_id(entry)
    except SymbologyError as error:
        raise ValueError(str(error)) from None
    return entry


def _repeated(ids: list[str]) -> list[str]:
    return sorted({text for text in ids if ids.count(text) > 1})
