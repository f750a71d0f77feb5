# SPDX-License-Identifier: Apache-2.0
"""How many requests of a kind may be open, and the error that says there are too many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.refusal import Refusal

__all__ = ["CAPS", "Cap"]

_PROCESSING: Final = "Error processing request.-'sim' : cause - "


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """One cap.

    Attributes:
        most: The number, as the limits have it.
        message: With ``{most}``.
        shared: Counted over all clients of the login, not for each client.
    """

    most: Callable[[Limits], int]
    code: int
    message: str
    shared: bool

    def refusal(self, limits: Limits) -> Refusal:
        """Return the error of one request too many."""
        return Refusal(code=self.code, message=self.message.format(most=self.most(limits)))


CAPS: Final[Mapping[str, Cap]] = {
    "historical": Cap(
        most=lambda limits: limits.historical,
        code=322,
        message=f"{_PROCESSING}Only {{most}} simultaneous API historical data requests allowed.",
        shared=False,
    ),
    "lines": Cap(
        most=lambda limits: limits.lines,
        code=101,
        message="Max number of tickers has been reached.",
        shared=True,
    ),
    "depth": Cap(
        most=lambda limits: limits.depth,
        code=309,
        message="Max number ({most}) of market depth requests has been reached.",
        shared=True,
    ),
    "tick_by_tick": Cap(
        most=lambda limits: limits.tick_by_tick,
        code=10190,
        message="Max number of tick-by-tick requests has been reached.",
        shared=True,
    ),
    "summaries": Cap(
        most=lambda limits: limits.summaries,
        code=322,
        message=(
            f"{_PROCESSING}Maximum number of account summary requests exceeded; desubscribe to "
            "previous request first"
        ),
        shared=False,
    ),
}
"""Kind of open request → its cap. Source: 322 from captures, the rest from documentation."""
