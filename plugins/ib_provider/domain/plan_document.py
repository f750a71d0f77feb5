# SPDX-License-Identifier: Apache-2.0
"""A rebalance plan as a JSON document, sealed by its hash.

``plan_id`` is the SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8) of everything else
in the plan. Whoever holds the id can tell whether the plan is the one that was approved.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from ib_provider.domain.canonical_json import canonical_json
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.domain.value_document import Document, value_from_document, value_to_document
from ib_provider.errors import LedgerError

__all__ = ["PLAN_FORMAT", "plan_from_document", "plan_id_of", "plan_to_document", "seal_plan"]

#: Raised when the meaning of a field changes: an old plan is then refused, not misread.
PLAN_FORMAT: Final = 4


def plan_to_document(plan: OrderPlan) -> dict[str, Document]:
    """Return the document of a plan: JSON without floats, decimals and instants as strings.

    Raises:
        LedgerError: A number is not finite, or ``as_of`` has no zone.
    """
    body = value_to_document(plan)
    if not isinstance(body, dict):
        raise LedgerError(f"{type(plan).__name__} is no plan")
    return {"format": PLAN_FORMAT, **body}


def plan_id_of(plan: OrderPlan) -> str:
    """Return the hash of everything in the plan but its ``plan_id``, as 64 hex digits."""
    text = canonical_json(plan, without="plan_id", also={"format": PLAN_FORMAT})
    return hashlib.sha256(text.encode()).hexdigest()


def seal_plan(plan: OrderPlan) -> OrderPlan:
    """Return the plan with the ``plan_id`` that is its own."""
    return replace(plan, plan_id=plan_id_of(plan))


def plan_from_document(document: object) -> OrderPlan:
    """Return the plan that a document holds.

    Raises:
        LedgerError: The document is no plan of this format, or was changed after it was sealed.
    """
    if not isinstance(document, dict):
        raise LedgerError("a plan's document is a mapping")
    body = dict(document)
    found = body.pop("format", None)
    if found != PLAN_FORMAT:
        raise LedgerError(f"plan format {found!r} is not {PLAN_FORMAT}, the one this code speaks")
    plan = value_from_document(OrderPlan, body)
    expected = plan_id_of(plan)
    if plan.plan_id != expected:
        raise LedgerError(
            f"plan {plan.plan_id[:16]} was changed after it was made: it hashes to {expected[:16]}"
        )
    return plan
