# SPDX-License-Identifier: Apache-2.0
"""Up to where the lake was looked through: the newest ``fetched_at`` of the last sweep."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from ib_provider.errors import CorruptFile
from ib_provider.store.atomic_file import replacing
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding

__all__ = ["read_sweep_mark", "write_sweep_mark"]


def read_sweep_mark(root: Path) -> datetime | None:
    """Return the mark, or None where nothing was ever looked through.

    Raises:
        CorruptFile: The file says no time; delete it, and the next sweep looks at everything.
    """
    path = _path(root)
    try:
        mark = datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["fetched_at"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptFile(str(path), f"it says no time: {error}") from error
    if mark.tzinfo is None:
        raise CorruptFile(str(path), f"{mark} has no time zone")
    return mark


def write_sweep_mark(root: Path, mark: datetime) -> None:
    """Move the mark forward; one that is further already stays."""
    path = _path(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = root / "locks" / "swept.lock"
    with holding(lock, subject="the mark of sweeps", wait_s=DEFAULT_WAIT_S):
        before = read_sweep_mark(root)
        if before is not None and before >= mark:
            return
        with replacing(path) as temporary:
            text = json.dumps({"fetched_at": mark.isoformat()})
            temporary.write_text(f"{text}\n", encoding="utf-8")


def _path(root: Path) -> Path:
    return root / "ref" / "swept.json"
