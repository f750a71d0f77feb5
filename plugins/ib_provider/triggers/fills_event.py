# SPDX-License-Identifier: Apache-2.0
"""How a wait for fills ended: what the trigger tells the sensor, as a validated value.

An event passes through Airflow's database as JSON and may have been written by another version
of this provider. What does not read is refused: it never counts as "done".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["FillsEvent", "InvalidFillsEvent", "WaitOutcome"]


class WaitOutcome(StrEnum):
    """How the wait ended."""

    DONE = "done"
    TIMEOUT = "timeout"
    TRANSIENT_ERROR = "transient_error"
    FINAL_ERROR = "final_error"


class InvalidFillsEvent(ValueError):
    """A payload that is no event of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillsEvent:
    """One terminal event.

    Attributes:
        unsettled: The order_refs that were not done.
        message: For a person; empty when all went well.
    """

    outcome: WaitOutcome
    plan_id: str
    unsettled: tuple[str, ...] = ()
    message: str = ""

    def to_payload(self) -> dict[str, Any]:
        """Return the event as plain JSON."""
        return {
            "outcome": self.outcome.value,
            "plan_id": self.plan_id,
            "unsettled": list(self.unsettled),
            "message": self.message,
        }

    @classmethod
    def from_payload(cls, payload: object, *, plan_id: str) -> FillsEvent:
        """Return the event in a payload.

        Args:
            payload: What Airflow hands to the resumed task.
            plan_id: The plan that was waited for.

        Raises:
            InvalidFillsEvent: It is none, or is about another plan.
        """
        if not isinstance(payload, dict):
            raise InvalidFillsEvent(f"no event came, but {payload!r}")
        unsettled, message = payload.get("unsettled"), payload.get("message")
        if payload.get("plan_id") != plan_id:
            raise InvalidFillsEvent(
                f"the event is about plan {payload.get('plan_id')!r}, not {plan_id!r}"
            )
        if not isinstance(unsettled, list) or not isinstance(message, str):
            raise InvalidFillsEvent(f"the event does not read: {payload!r}")
        try:
            outcome = WaitOutcome(str(payload.get("outcome")))
        except ValueError:
            raise InvalidFillsEvent(f"unknown outcome {payload.get('outcome')!r}") from None
        return cls(
            outcome=outcome,
            plan_id=plan_id,
            unsettled=tuple(str(ref) for ref in unsettled),
            message=message,
        )
