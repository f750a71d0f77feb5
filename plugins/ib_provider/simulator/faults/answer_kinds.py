# SPDX-License-Identifier: Apache-2.0
"""The kinds of answers that a fault can pick out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ib_provider.wire.message_ids import ANSWERS

__all__ = ["GROUPS", "answer_names", "order_of"]

GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "orders": frozenset({"OpenOrder", "OrderStatusAnswer"}),
    "executions": frozenset({"ExecutionDetails"}),
    "commissions": frozenset({"CommissionReport"}),
    "positions": frozenset({"PositionAnswer"}),
    "account": frozenset(
        {"AccountValueAnswer", "PortfolioValue", "AccountUpdateTime", "AccountUpdateMulti"}
    ),
    "bars": frozenset({"HistoricalData", "HistoricalDataUpdate", "RealTimeBar"}),
    "ends": frozenset(
        {
            "AccountDownloadEnd",
            "AccountSummaryEnd",
            "CompletedOrdersEnd",
            "ContractDataEnd",
            "ExecutionDetailsEnd",
            "HistoricalDataEnd",
            "OpenOrderEnd",
            "PositionEnd",
        }
    ),
    "quotes": frozenset(
        {
            "MarketDepth",
            "MarketDepthL2",
            "RealTimeBar",
            "TickByTickAllLast",
            "TickByTickBidAsk",
            "TickByTickMidPoint",
            "TickGeneric",
            "TickOptionComputation",
            "TickPrice",
            "TickSize",
            "TickString",
        }
    ),
    "errors": frozenset({"ErrorMessage"}),
}
"""Word of a scenario → names of the answers' classes."""


def answer_names(words: Iterable[str]) -> frozenset[str]:
    """Return the class names that words mean: a group, or an answer's own name.

    Raises:
        KeyError: A word is neither.
    """
    known = {answer.__name__ for answer in ANSWERS}
    names: set[str] = set()
    for word in words:
        if word in GROUPS:
            names |= GROUPS[word]
        elif word in known:
            names.add(word)
        else:
            raise KeyError(word)
    return frozenset(names)


def order_of(answer: object) -> int | None:
    """Return the order id that an answer tells about, or None."""
    order_id = getattr(answer, "order_id", None)
    if order_id is None or type(answer).__name__ == "NextValidId":
        return None
    return int(order_id)
