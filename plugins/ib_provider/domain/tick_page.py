# SPDX-License-Identifier: Apache-2.0
"""How pages of past ticks are laid end to end: nothing lost, nothing twice, and always forward.

Rules:
    * IB stamps past ticks in whole seconds and answers about a thousand at a time, so a page may
      end in the middle of a second. The next page is asked for from that second on, and the part
      of it that came already is dropped.
    * A page that holds more than was asked for ends with a whole second: IB completed it.
    * A page that is one second from its first tick to its last, and no larger than asked for, may
      be a part of that second; asking again would bring the same part. It is kept, the next page
      begins a second later, and the second is marked as cut.

Source: TWS API, "Historical Tick Data": at most 1000 ticks, a second is not split by IB itself;
NautilusTrader's users report endless loops and lost rows where pages were cut otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ib_provider.errors import RemoteProtocolError

__all__ = ["PageCut", "cut_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCut:
    """What to keep of a page, and where the next begins.

    Attributes:
        keep: How many ticks of the page, from its first.
        next_second: Where the next page begins, seconds since 1970; None after the last page.
        cut_second: A second of which the rest cannot be had; None nearly always.
    """

    keep: int
    next_second: int | None
    cut_second: int | None = None


def cut_page(seconds: Sequence[int], *, asked_from: int, limit: int) -> PageCut:
    """Return how a page goes on.

    Args:
        seconds: The stamps of its ticks, in the order they came.
        asked_from: The second the page was asked for from.
        limit: How many ticks were asked for.

    Raises:
        RemoteProtocolError: The stamps run backwards, or before what was asked for.
    """
    if any(left > right for left, right in pairwise(seconds)):
        raise RemoteProtocolError("past ticks that run backwards")
    if seconds and seconds[0] < asked_from:
        raise RemoteProtocolError(f"past ticks from {seconds[0]}, asked for from {asked_from}")
    if len(seconds) < limit:
        return PageCut(keep=len(seconds), next_second=None)
    last = seconds[-1]
    if len(seconds) > limit:
        return PageCut(keep=len(seconds), next_second=last + 1)
    if seconds[0] == last:
        return PageCut(keep=len(seconds), next_second=last + 1, cut_second=last)
    keep = next(count for count, second in enumerate(seconds) if second == last)
    return PageCut(keep=keep, next_second=last)
