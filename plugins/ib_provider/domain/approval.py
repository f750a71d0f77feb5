# SPDX-License-Identifier: Apache-2.0
"""A person's word on one plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Approval"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who said yes or no to a plan, and when, in UTC.

    Attributes:
        plan_id: The hash of the plan that was shown: no other plan is meant.
        via: Where it was said, such as a DAG run; for the audit.
    """

    plan_id: str
    is_approved: bool
    who: str
    at: datetime
    via: str = ""
