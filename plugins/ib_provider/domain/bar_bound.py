# SPDX-License-Identifier: Apache-2.0
"""One end of a range of bars: a session, or an instant."""

from __future__ import annotations

from datetime import date, datetime

__all__ = ["parse_bar_bound"]


def parse_bar_bound(text: str) -> date:
    """Return a session, or an instant (a ``datetime``) where a time of day was said.

    Raises:
        ValueError: It is neither, or an instant without its zone; the message says how to write it.
    """
    try:
        if len(text) == len("2013-02-28"):
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(
            f"{text!r} is neither a date such as 2013-02-28 nor an instant with its zone, such "
            "as 2013-02-28T14:30:00Z"
        )
    return found
