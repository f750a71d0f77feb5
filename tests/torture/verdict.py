# SPDX-License-Identifier: Apache-2.0
"""What must be true after all the killing: the gateway's own files against the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ib_provider.domain.order import Fill, OrderStatus
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.ledger.ledger import Ledger

__all__ = ["Verdict", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found wrong; all zero is right.

    Attributes:
        duplicate_orders: Orders at the gateway beyond one for each leg.
        missing_orders: Legs without an order at the gateway.
        lost_fills: Executions at the gateway that the ledger lacks or holds otherwise.
        invented_fills: Executions in the ledger that the gateway never made.
        wrong_positions: Instruments whose holding at the gateway is not the last plan's target.
        orders: At the gateway, to take the account to its targets.
        exits: At the gateway, to end positions.
        wrong_exits: Instruments at whose side anything works but a stop and a profit of the last
            plan, each for the whole holding.
    """

    orders: int = 0
    exits: int = 0
    fills: int = 0
    duplicate_orders: int = 0
    missing_orders: int = 0
    lost_fills: int = 0
    invented_fills: int = 0
    wrong_positions: int = 0
    wrong_exits: int = 0

    @property
    def is_right(self) -> bool:
        """Return whether nothing was found wrong."""
        return not (
            self.duplicate_orders
            or self.missing_orders
            or self.lost_fills
            or self.invented_fills
            or self.wrong_positions
            or self.wrong_exits
        )

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            **{
                name: getattr(self, name) + getattr(other, name)
                for name in self.__dataclass_fields__
            }
        )

    def __str__(self) -> str:
        return (
            f"duplicate_orders={self.duplicate_orders} lost_fills={self.lost_fills} "
            f"wrong_positions={self.wrong_positions} (orders={self.orders} "
            f"missing_orders={self.missing_orders} fills={self.fills} "
            f"invented_fills={self.invented_fills} exits={self.exits} "
            f"wrong_exits={self.wrong_exits})"
        )


def judge(folder: Path, ledger: Ledger, plans: Iterable[OrderPlan]) -> Verdict:
    """Return what the gateway's state and journal say beside the ledger and the plans."""
    plans = list(plans)
    state = json.loads((folder / "gateway.json").read_text(encoding="utf-8"))
    refs = [leg.order_ref for plan in plans for leg in plan.legs]
    kept = Counter(order["terms"]["order_ref"] for order in state["book"]["orders"])
    taken = Counter(_accepted(folder / "journal.jsonl"))
    exits = {leg.order_ref for plan in plans for leg in plan.exits}
    strangers = sum(count for ref, count in kept.items() if ref not in set(refs))
    made = {_of_trade(trade) for trade in state["book"]["trades"]}
    noted = {_of_fill(fill) for fill in ledger.fills(refs)}
    return Verdict(
        orders=sum(count for ref, count in kept.items() if ref not in exits),
        exits=sum(kept[ref] for ref in exits),
        fills=len(made),
        duplicate_orders=strangers
        + sum(max(kept[ref] - 1, 0) + max(taken[ref] - 1, 0) for ref in refs),
        missing_orders=sum(not kept[ref] for ref in refs),
        lost_fills=len(made - noted),
        invented_fills=len(noted - made),
        wrong_positions=_wrong_positions(state, plans[-1], ledger),
        wrong_exits=_wrong_exits(state, plans[-1]),
    )


def _accepted(journal: Path) -> Iterable[str]:
    for line in journal.read_text(encoding="utf-8").splitlines():
        message = json.loads(line)
        if message["outcome"] == "accepted":
            yield message["order_ref"]


def _of_trade(trade: dict[str, Any]) -> tuple[object, ...]:
    return (
        trade["exec_id"],
        trade["order_ref"],
        trade["perm_id"],
        trade["side"],
        Decimal(trade["shares"]),
        Decimal(trade["price"]),
        round(Decimal(trade["commission"]), 8),
    )


def _of_fill(fill: Fill) -> tuple[object, ...]:
    execution = fill.execution
    return (
        execution.exec_id,
        execution.order_ref,
        execution.perm_id,
        execution.side.value,
        execution.quantity,
        execution.price,
        None if fill.commission is None else round(fill.commission.commission, 8),
    )


def _wrong_exits(state: dict[str, Any], plan: OrderPlan) -> int:
    held = _held(state)
    at_work: dict[int, list[tuple[str, Decimal]]] = {con_id: [] for con_id in held}
    for order in state["book"]["orders"]:
        if not OrderStatus(order["status"]).is_terminal:
            left = Decimal(order["quantity"]) - Decimal(order.get("filled", "0"))
            found = at_work.setdefault(order["con_id"], [])
            found.append((order["terms"]["order_ref"], left))
    wanted: dict[int, list[tuple[str, Decimal]]] = {con_id: [] for con_id in at_work}
    for leg in plan.exits:
        units = abs(held.get(leg.contract.con_id, Decimal(0)))
        wanted.setdefault(leg.contract.con_id, []).append((leg.order_ref, units))
    return sum(sorted(at_work.get(key, ())) != sorted(legs) for key, legs in wanted.items())


def _held(state: dict[str, Any]) -> dict[int, Decimal]:
    (account,) = state["accounts"]
    return {row["con_id"]: Decimal(row["quantity"]) for row in account["holdings"]}


def _wrong_positions(state: dict[str, Any], plan: OrderPlan, ledger: Ledger) -> int:
    held = _held(state)
    con_ids = {
        fill.execution.contract.con_id: leg.instrument_id
        for leg in plan.legs
        for fill in ledger.fills([leg.order_ref])
    }
    wanted = {row.instrument_id: row.held + row.trade for row in plan.rows}
    found = {name: held.get(con_id, Decimal(0)) for con_id, name in con_ids.items()}
    return sum(found.get(leg.instrument_id) != wanted[leg.instrument_id] for leg in plan.legs)
