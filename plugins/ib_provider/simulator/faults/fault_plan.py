# SPDX-License-Identifier: Apache-2.0
"""When which action happens: after so long, at an hour of the simulated clock, or at a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from ib_provider.errors import ConfigError
from ib_provider.simulator.faults.action_text import parse_action
from ib_provider.simulator.faults.actions import Action
from ib_provider.wire import messages

__all__ = ["FaultPlan", "Step", "parse_plan"]

_WHEN: Final = ("after", "at", "upon", "nth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action and when. Without any condition it holds from the start.

    Attributes:
        after: Real seconds since the gateway began to listen.
        at: Time of day in New York, on the simulated clock; every day.
        upon: Class name of a request, with ``nth`` its count over all clients, from 1.
    """

    action: Action
    after: float | None = None
    at: time | None = None
    upon: str | None = None
    nth: int = 1


class FaultPlan:
    """The steps still to come. Times are given; nothing here reads a clock."""

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self._steps = list(steps)
        self._seen: dict[str, int] = {}
        self._local: datetime | None = None

    def due(self, elapsed_s: float, local_now: datetime) -> list[Action]:
        """Return the actions whose time has come since the last call.

        Args:
            local_now: Simulated time in New York.
        """
        before, self._local = self._local, local_now
        actions = []
        for step in list(self._steps):
            if step.at is not None:
                if before is not None and _passed(step.at, before, local_now):
                    actions.append(step.action)
            elif step.upon is None and elapsed_s >= (step.after or 0.0):
                self._steps.remove(step)
                actions.append(step.action)
        return actions

    def seen(self, request: Any) -> list[Action]:
        """Return the actions that a request sets off, to be done before it is served."""
        name = type(request).__name__
        self._seen[name] = count = self._seen.get(name, 0) + 1
        return [step.action for step in self._steps if step.upon == name and step.nth == count]


def _passed(at: time, before: datetime, now: datetime) -> bool:
    latest = datetime.combine(now.date(), at, tzinfo=now.tzinfo)
    if latest > now:
        latest -= timedelta(days=1)
    return before < latest


def parse_plan(documents: Any, where: str) -> tuple[Step, ...]:
    """Return the steps of a list of mappings.

    Raises:
        ConfigError: With every problem of every step.
    """
    if not isinstance(documents, list):
        raise ConfigError(where, ["faults: is not a list"])
    steps: list[Step] = []
    problems: list[str] = []
    for number, document in enumerate(documents, 1):
        try:
            steps.append(_step(document, f"fault {number}"))
        except ConfigError as error:
            problems.extend(f"fault {number}: {problem}" for problem in error.problems)
    if problems:
        raise ConfigError(where, problems)
    return tuple(steps)


def _step(document: Any, where: str) -> Step:
    if not isinstance(document, Mapping):
        raise ConfigError(where, [f"{document!r} is not a mapping with do:"])
    when = {name: document[name] for name in _WHEN if name in document}
    problems = list(_when_problems(when))
    rest = {name: value for name, value in document.items() if name not in _WHEN}
    try:
        action = parse_action(rest, where)
    except ConfigError as error:
        raise ConfigError(where, [*problems, *error.problems]) from None
    if problems:
        raise ConfigError(where, problems)
    if "at" in when:
        when["at"] = time.fromisoformat(when["at"])
    return Step(action=action, **when)


def _when_problems(when: Mapping[str, Any]) -> Iterator[str]:
    if len({"after", "at", "upon"} & when.keys()) > 1:
        yield "after, at and upon: only one of them"
    after = when.get("after", 0)
    if not isinstance(after, int | float) or isinstance(after, bool) or after < 0:
        yield f"after: {after!r} is not a number of seconds"
    if "at" in when and not _is_time(when["at"]):
        yield f"at: {when['at']!r} is not a time of day such as '23:45'"
    if "upon" in when and when["upon"] not in messages.__all__:
        yield f"upon: {when['upon']!r} is no request"
    nth = when.get("nth", 1)
    if not isinstance(nth, int) or nth < 1 or ("nth" in when and "upon" not in when):
        yield "nth: counts from 1, together with upon"


def _is_time(text: Any) -> bool:
    try:
        return isinstance(text, str) and time.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
