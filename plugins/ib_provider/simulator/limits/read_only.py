# SPDX-License-Identifier: Apache-2.0
"""What a gateway in read-only mode refuses: orders, and looking at open ones."""

from __future__ import annotations

from typing import Any, Final

from ib_provider.simulator.refusal import Refusal, invalid

__all__ = ["read_only_refusal"]

#: Source: orders and open orders from captures; completed orders because ib_async does not ask
#: for them of a read-only gateway.
_REFUSED: Final = frozenset(
    {
        "PlaceOrder",
        "CancelOrder",
        "GlobalCancel",
        "ExerciseOptions",
        "ReqOpenOrders",
        "ReqAllOpenOrders",
        "ReqAutoOpenOrders",
        "ReqCompletedOrders",
    }
)


def read_only_refusal(request: Any) -> Refusal | None:
    """Return the error of a request that a read-only gateway does not take, or None."""
    if type(request).__name__ not in _REFUSED:
        return None
    return invalid("The API interface is currently in Read-Only mode.")
