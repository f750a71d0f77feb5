# SPDX-License-Identifier: Apache-2.0
"""A log of every message in and out, one JSON line each, without any time of its own.

Two runs of one scenario with one seed and a clock that stands still write the same bytes, as long
as their clients say the same things in the same order.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

__all__ = ["Transcript"]


class Transcript:
    """Writes lines to a file; does nothing without one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._out: IO[str] | None = None

    def open(self) -> None:
        """Begin the file anew."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self._path.open("w", encoding="utf-8")

    @property
    def is_open(self) -> bool:
        """Return whether lines are kept."""
        return self._out is not None

    def note(self, *, sender: str, client_id: int, message: Any) -> None:
        """Write down a message of ``client`` or ``server``."""
        if self._out is None:
            return
        line = {
            "from": sender,
            "client_id": client_id,
            "message": type(message).__name__,
            "fields": asdict(message),
        }
        self._out.write(json.dumps(line, default=_plain) + "\n")
        self._out.flush()

    def close(self) -> None:
        """End the file."""
        if self._out is not None:
            self._out.close()
            self._out = None


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
