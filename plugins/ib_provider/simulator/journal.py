# SPDX-License-Identifier: Apache-2.0
"""A journal of every order message the gateway received: evidence apart from the order book."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from ib_provider.simulator.exchange.orders import OrderKey
from ib_provider.wire.messages import WireOrder

__all__ = ["Journal"]


class Journal:
    """Appends one JSON line a message; a line is on disk before the client is answered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def placed(self, key: OrderKey, terms: WireOrder, outcome: str, at: datetime) -> None:
        """Note an order, and what became of the message."""
        quantity = terms.total_quantity
        self._append(
            key,
            at,
            outcome,
            order_ref=terms.order_ref,
            action=terms.action,
            quantity=str(quantity) if isinstance(quantity, Decimal) else None,
            order_type=terms.order_type,
        )

    def cancelled(self, key: OrderKey, outcome: str, at: datetime) -> None:
        """Note a cancel request, and what became of it."""
        self._append(key, at, outcome)

    def _append(self, key: OrderKey, at: datetime, outcome: str, **more: str | None) -> None:
        if self._path is None:
            return
        line = {
            "at": at.isoformat(),
            "client_id": key[0],
            "order_id": key[1],
            **more,
            "outcome": outcome,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
