# SPDX-License-Identifier: Apache-2.0
"""Gateways whose market runs fast, and the order book that a client keeps from what it is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ibapi.contract import Contract

from ib_provider.simulator import SimulatorOptions
from ib_provider.simulator.limits.limits import Limits
from tests.support.simulator import quick_options

__all__ = ["VERSIONS", "ClientBook", "fast_options", "ibapi_contract"]

#: All text; all text at its newest; protobuf (ibapi 10.46 itself stops at 225).
VERSIONS = (178, 200, 226)


def fast_options(version: int = 226, **changes: Any) -> SimulatorOptions:
    """Return options of a gateway where thirty seconds pass in one, and nobody is held back."""
    limits = Limits(max_messages=0, pacing=False, tick_by_tick=0, depth=0)
    given = {"speed": 30.0, "limits": limits, "max_server_version": version}
    return quick_options(**(given | changes))


def ibapi_contract(kind: str, symbol: str, exchange: str, **more: Any) -> Contract:
    """Return ibapi's contract of any kind, in dollars."""
    contract = Contract()
    contract.secType, contract.symbol = kind, symbol
    contract.exchange, contract.currency = exchange, "USD"
    for name, value in more.items():
        setattr(contract, name, value)
    return contract


class ClientBook:
    """The two sides of a book, kept as IB's documentation tells clients to."""

    def __init__(self) -> None:
        self.asks: list[tuple[float, float, str]] = []
        self.bids: list[tuple[float, float, str]] = []
        self.most_rows = 0

    def apply(self, calls: Iterable[tuple[Any, ...]], *, makers: bool) -> None:
        """Take updates: (id, position, [maker,] operation, side, price, size, …)."""
        for call in calls:
            rest = list(call[1:])
            position, maker = rest.pop(0), rest.pop(0) if makers else ""
            operation, side, price, size = rest[:4]
            rows = self.bids if side == 1 else self.asks
            row = (price, float(size), maker)
            if operation == 0:
                rows.insert(position, row)
            elif operation == 1:
                rows[position] = row
            else:
                del rows[position]
            self.most_rows = max(self.most_rows, len(rows))

    def check(self) -> None:
        """Refuse a book that no market can show."""
        bids, asks = [row[0] for row in self.bids], [row[0] for row in self.asks]
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert bids[0] < asks[0]
        assert all(row[1] > 0 for row in (*self.bids, *self.asks))
