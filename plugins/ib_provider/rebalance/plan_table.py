# SPDX-License-Identifier: Apache-2.0
"""A plan as a person reads it: one line a name, then the orders' sums and the cash."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ib_provider.domain.portfolio import OrderPlan, PlanLeg, PlanRow, TargetKind

__all__ = ["exit_text", "plan_lines", "plan_table", "weight_after"]

_HEAD: Final = ("instrument", "held", "trade", "price", "weight", "target", "after", "note")
_LEFT: Final = (0, 7)


def plan_table(plan: OrderPlan) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the heads and the rows of a plan's table, as text."""
    return _HEAD, [_cells(plan, row) for row in plan.rows]


def plan_lines(plan: OrderPlan) -> list[str]:
    """Return a plan as lines of text in columns, its sums and its cash below."""
    heads, rows = plan_table(plan)
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [_line(cells, widths) for cells in (heads, *rows)]
    lines.append("")
    bought = _traded(plan.rows, 1)
    sold = _traded(plan.rows, -1)
    lines.append(
        f"{len(plan.entries)} orders: sell {sold:,.2f}, buy {bought:,.2f} {plan.currency}, "
        f"turnover {(bought + sold) / plan.net_liquidation:.2%} of {plan.net_liquidation:,.2f}"
    )
    for cash in plan.cash:
        note = f" ({cash.note})" if cash.note else ""
        lines.append(
            f"cash {cash.currency}: {cash.before:,.2f} before, {cash.after:,.2f} after{note}"
        )
    lines += [f"exit {exit_text(leg)}" for leg in plan.exits]
    lines.append(f"plan {plan.plan_id}")
    return lines


def exit_text(leg: PlanLeg) -> str:
    """Return what ends a position, as a person reads it."""
    trigger = "" if leg.stop_price is None else f" from {leg.stop_price:f}"
    return (
        f"{leg.instrument_id}: {leg.role}, {leg.side} at most {leg.quantity:f}"
        f"{trigger} at {leg.limit_price:f}"
    )


def weight_after(plan: OrderPlan, row: PlanRow) -> Decimal | None:
    """Return the weight of a row when its trade is done; None where it has no price."""
    if row.weight is None or plan.basis is None or row.price is None:
        return row.weight
    if row.unit is None or row.rate is None:
        return None
    return (row.held + row.trade) * row.price * row.unit * row.rate / plan.basis


def _cells(plan: OrderPlan, row: PlanRow) -> tuple[str, ...]:
    return (
        row.instrument_id,
        f"{row.held:,f}",
        f"{row.trade:+,f}" if row.trade else "",
        "" if row.price is None else f"{row.price:,f}",
        _percent(row.weight),
        _target(row),
        _percent(weight_after(plan, row)),
        row.note,
    )


def _target(row: PlanRow) -> str:
    if row.kind is TargetKind.WEIGHT:
        return _percent(row.amount)
    if row.kind in (TargetKind.HOLD, TargetKind.CLOSE):
        return row.kind.value
    unit = " units" if row.kind is TargetKind.QUANTITY else ""
    return f"{row.amount:,f}{unit}"


def _percent(fraction: Decimal | None) -> str:
    return "?" if fraction is None else f"{fraction:.2%}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.ljust(width) if number in _LEFT else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def _traded(rows: Sequence[PlanRow], sign: int) -> Decimal:
    values = (row.value for row in rows if row.trade * sign > 0)
    return sum((abs(value) for value in values if value is not None), Decimal(0))
