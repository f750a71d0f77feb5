# SPDX-License-Identifier: Apache-2.0
"""How a use case tells how far it is: one readable line at a time, to whoever runs it."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress", "silent"]

Progress = Callable[[str], None]


def silent(_line: str) -> None:
    """Drop a line of progress."""
