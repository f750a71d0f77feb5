# SPDX-License-Identifier: Apache-2.0
"""Why the gateway refuses a request, as it says it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Refusal", "invalid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error code with its text."""

    code: int
    message: str


def invalid(why: str, code: int = 321) -> Refusal:
    """Return a refusal by the gateway's own validation."""
    # Real builds quote an obfuscated class name here that changes with each of them.
    return Refusal(code=code, message=f"Error validating request.-'sim' : cause - {why}")
