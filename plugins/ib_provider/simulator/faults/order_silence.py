# SPDX-License-Identifier: Apache-2.0
"""Orders whose owner hears nothing more: from the start, or after so many fills.

Only this connection is deaf. The order lives on, and who asks for open orders or executions, or
connects again, finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ib_provider.wire.messages import (
    Answer,
    CommissionReport,
    ErrorMessage,
    ExecutionDetails,
    OpenOrder,
    OrderStatusAnswer,
)

__all__ = ["OrderSilence"]

#: Requests whose answers are heard all the same.
_ASKED: Final = frozenset(
    {"ReqOpenOrders", "ReqAllOpenOrders", "ReqExecutions", "ReqCompletedOrders"}
)


@dataclass(slots=True, kw_only=True)
class _Quiet:
    """One order. ``fills`` are the executions still to be told."""

    fills: int
    told: Decimal = Decimal(0)


class OrderSilence:
    """The quiet orders of one client."""

    def __init__(self) -> None:
        self._quiet: dict[int, _Quiet] = {}
        self._lost_executions: set[str] = set()

    def begin(self, order_id: int, *, after_fills: int) -> None:
        """Hush an order, at once or after so many executions."""
        self._quiet[order_id] = _Quiet(fills=after_fills)

    @property
    def is_empty(self) -> bool:
        """Return whether no order is quiet."""
        return not self._quiet

    def loses(self, answer: Answer, asked: str) -> bool:
        """Return whether an answer is lost.

        Args:
            asked: Class name of the request it answers; empty for what comes unasked.
        """
        if not self._quiet or asked in _ASKED:
            return False
        match answer:
            case OpenOrder(order_id=order_id) | ErrorMessage(request_id=order_id):
                return self._deaf(order_id)
            case OrderStatusAnswer():
                return self._loses_status(answer)
            case ExecutionDetails():
                return self._loses_execution(answer)
            case CommissionReport(exec_id=exec_id):
                return exec_id in self._lost_executions
        return False

    def _deaf(self, order_id: int) -> bool:
        quiet = self._quiet.get(order_id)
        return quiet is not None and quiet.fills == 0

    def _loses_status(self, answer: OrderStatusAnswer) -> bool:
        told = self._quiet[answer.order_id].told if answer.order_id in self._quiet else Decimal(0)
        return self._deaf(answer.order_id) and not 0 < answer.filled <= told

    def _loses_execution(self, answer: ExecutionDetails) -> bool:
        quiet = self._quiet.get(answer.order_id)
        if quiet is None:
            return False
        if quiet.fills == 0:
            self._lost_executions.add(answer.exec_id)
            return True
        quiet.fills -= 1
        quiet.told = answer.cum_qty
        return False
