# SPDX-License-Identifier: Apache-2.0
"""Actions as people write them: ``{do: connectivity, state: lost}``, in YAML or JSON."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import date, time
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults import actions as a
from ib_provider.simulator.faults import market_changes as m
from ib_provider.simulator.faults.answer_kinds import GROUPS, answer_names
from ib_provider.simulator.faults.languages import LANGUAGES
from ib_provider.wire import messages

__all__ = ["ACTIONS", "parse_action"]

ACTIONS: Final[Mapping[str, type[Any]]] = {
    "accept": a.Accept,
    "advance": a.Advance,
    "calm_down": a.CalmDown,
    "chunk": a.Chunk,
    "close_early": m.CloseEarly,
    "close_venue": m.CloseVenue,
    "connectivity": a.Connectivity,
    "drop": a.Drop,
    "farm": a.Farm,
    "half_message": a.HalfMessage,
    "halt": a.Halt,
    "language": a.Language,
    "nightly_reset": a.NightlyReset,
    "notice": a.Notice,
    "next_order": a.OrderFault,
    "next_request": a.RefuseRequest,
    "refuse": a.Refuse,
    "relist": m.Relist,
    "resume": a.Resume,
    "revise": m.ReviseBars,
    "settle": m.Settle,
    "silence": a.Silence,
    "speak": a.Speak,
    "split": m.SplitShares,
    "tamper": a.TamperAnswers,
}
"""The word after ``do:`` → the action."""


def parse_action(document: Mapping[str, Any], where: str) -> a.Action:
    """Return the action that a mapping means.

    Args:
        where: Names the place in error messages.

    Raises:
        ConfigError: With every problem of the mapping.
    """
    kind = ACTIONS.get(str(document.get("do")))
    if kind is None:
        known = ", ".join(sorted(ACTIONS))
        raise ConfigError(where, [f"do: {document.get('do')!r} is none of {known}"])
    hints = get_type_hints(kind)
    values = {name: value for name, value in document.items() if name != "do"}
    problems = [f"{name}: no such key" for name in values if name not in hints]
    problems += [
        f"{item.name}: is missing"
        for item in fields(kind)
        if item.default is MISSING and item.name not in values
    ]
    taken: dict[str, Any] = {}
    for name, value in values.items():
        if name in hints:
            try:
                taken[name] = _judged(name, _typed(hints[name], value))
            except ValueError as error:
                problems.append(f"{name}: {error}")
    if problems:
        raise ConfigError(where, problems)
    return cast("a.Action", kind(**taken))


def _typed(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin is Literal:
        if value not in get_args(hint):
            raise ValueError(f"{value!r} is none of {', '.join(get_args(hint))}")
        return value
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (hint,) = (part for part in get_args(hint) if part is not type(None))
        return _typed(hint, value)
    if origin is tuple:
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(f"{value!r} is not a list of words")
        return tuple(words)
    if hint is date:
        return value if type(value) is date else _date(value)
    allowed = (int, float) if hint is float else hint
    if not isinstance(value, allowed) or (isinstance(value, bool) and hint is not bool):
        raise ValueError(f"{value!r} is not of type {hint.__name__}")
    return hint(value)


def _date(value: Any) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # and say so
    raise ValueError(f"{value!r} is not a date such as 2013-03-05")


def _is_time(text: str) -> bool:
    try:
        return time.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _judged(name: str, value: Any) -> Any:
    judge = _JUDGES.get(name)
    if judge is not None and value is not None and not judge(value):
        raise ValueError(f"{value!r} cannot be")
    return value


def _known_kinds(words: tuple[str, ...]) -> bool:
    try:
        return bool(answer_names(words))
    except KeyError as error:
        groups = ", ".join(sorted(GROUPS))
        raise ValueError(f"{error.args[0]!r} is no message, and none of {groups}") from None


_JUDGES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "close": _is_time,
    "kinds": _known_kinds,
    "new_con_id": lambda value: value > 0,
    "percent": lambda value: -100 < value < float("inf"),
    "ratio": lambda value: value > 1,
    "volume": lambda value: 0 < value < float("inf"),
    "seconds": lambda value: 0 <= value < float("inf"),
    "pause_s": lambda value: 0 <= value < float("inf"),
    "share": lambda value: 0 <= value <= 1,
    "count": lambda value: value > 0,
    "size": lambda value: value >= 0,
    "language": LANGUAGES.__contains__,
    "request": lambda value: value in messages.__all__,
}
