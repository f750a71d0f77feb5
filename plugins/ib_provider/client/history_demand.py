# SPDX-License-Identifier: Apache-2.0
"""What IB's pacing rules see of a request for the past."""

from __future__ import annotations

from ib_provider.domain.contract import Contract
from ib_provider.domain.pacing import SMALL_BARS, HistoryDemand

__all__ = ["history_demand"]


def history_demand(
    kind: str, contract: Contract, what: str, detail: str, *, size: str | None = None
) -> HistoryDemand:
    """Return what is counted of one request.

    Args:
        kind: ``bars``, ``ticks`` or ``head``: requests of two kinds are never identical.
        detail: Whatever else tells two requests apart: span, hours, limit.
        size: Of bars, as IB spells it. Only small ones are paced; ticks and heads always are.
    """
    series = f"{kind} {contract!r} {what}"
    return HistoryDemand(
        identity=f"{series} {size} {detail}",
        series=series,
        weight=2 if what == "BID_ASK" else 1,
        is_paced=size is None or size in SMALL_BARS,
    )
