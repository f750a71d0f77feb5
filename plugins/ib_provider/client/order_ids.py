# SPDX-License-Identifier: Apache-2.0
"""The order ids of one connection: what may be used next, and what was used.

IB refuses an id that is not above every earlier one of the client id, and takes one that it knows
for a change of that order. So an id is given out once, and above every one that was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ib_provider.client.pending import REQUEST_ID_BASE
from ib_provider.domain.order import Order
from ib_provider.errors import ConnectionLost, InvalidOrder, LocalProtocolError

__all__ = ["OrderIds"]


@dataclass(slots=True, kw_only=True)
class OrderIds:
    """What is known of the order ids of this client id.

    Attributes:
        first_valid: The next id the gateway expected when the session began; 0 before that.
    """

    first_valid: int = 0
    _next: int = 0
    _claimed: set[int] = field(default_factory=set)
    _sent: dict[str, int] = field(default_factory=dict)

    def told(self, next_valid: int) -> None:
        """Take in the gateway's next valid id."""
        self.first_valid = self.first_valid or next_valid
        self._next = max(self._next, next_valid)

    def see(self, order_id: int) -> None:
        """Take in an id that an order has; ids that are no order's are ignored."""
        if 0 < order_id < REQUEST_ID_BASE:
            self._next = max(self._next, order_id + 1)

    def take_next(self) -> int:
        """Reserve an id above every one seen.

        Raises:
            ConnectionLost: The gateway has not given one: there is no session.
            LocalProtocolError: The ids have reached those of requests.
        """
        if not self._next:
            raise ConnectionLost("no order id before the session is ready")
        return self.claim(self._next)

    def claim(self, order_id: int) -> int:
        """Reserve one id, so that it is not given out again.

        Raises:
            LocalProtocolError: It is no order id, or was reserved before.
        """
        if not 0 < order_id < REQUEST_ID_BASE:
            raise LocalProtocolError(f"{order_id} is no order id")
        if order_id in self._claimed:
            raise LocalProtocolError(f"order id {order_id} was reserved before")
        self._claimed.add(order_id)
        self.see(order_id)
        return order_id

    def refuse_repeat(self, order_id: int, order: Order) -> None:
        """Refuse what would send an order twice, or change one that was sent.

        Raises:
            InvalidOrder: The order_ref or the order id was used on this connection.
        """
        if order.order_ref in self._sent:
            reason = f"it was sent on this connection as order {self._sent[order.order_ref]}"
            raise InvalidOrder(order.order_ref, [reason])
        if order_id in self._sent.values():
            raise InvalidOrder(order.order_ref, [f"order id {order_id} was used for another"])

    def mark_sent(self, order_id: int, order: Order) -> None:
        """Note an order as sent: before its bytes leave, for they cannot be called back."""
        self._sent[order.order_ref] = order_id
        self.see(order_id)
