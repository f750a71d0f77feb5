# SPDX-License-Identifier: Apache-2.0
"""Fills for analysts: a table of the live tree, an account a folder, a day a file.

Rules:
    - The ledger is what counts; this is a copy of it that SQL reads, and it can be made again.
    - A correction of an execution, and a commission that came late, replace the row they are about.
    - Prices and quantities are doubles here; the ledger keeps them as the broker spelt them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pyarrow as pa

from ib_provider.domain.order import Fill
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.store.key_lock import DEFAULT_WAIT_S
from ib_provider.store.live_table import LiveTable
from ib_provider.store.part_store import PartStore

__all__ = ["FILL_TABLE", "FillRow", "FillStore"]

_TS: Final = pa.timestamp("us", tz="UTC")
#: When and by whom a row was written: no part of what it says.
_WRITTEN: Final = (("received_at", _TS), ("capture", pa.string()), ("seq", pa.int64()))
_SAYS: Final = (
    ("con_id", pa.int64()),
    ("ts", _TS),
    ("instrument_id", pa.string()),
    ("currency", pa.string()),
    ("side", pa.string()),
    ("quantity", pa.float64()),
    ("price", pa.float64()),
    ("multiplier", pa.float64()),
    ("exchange", pa.string()),
    ("commission", pa.float64()),
    ("commission_currency", pa.string()),
    ("realized_pnl", pa.float64()),
    ("order_ref", pa.string()),
    ("wave", pa.int32()),
    ("limit_price", pa.float64()),
    ("arrival_price", pa.float64()),
    ("plan_id", pa.string()),
    ("strategy", pa.string()),
    ("rebalance_key", pa.string()),
    ("perm_id", pa.int64()),
    ("exec_id", pa.string()),
    ("family", pa.string()),
    ("revision", pa.int32()),
)

#: One row an execution, as last corrected.
FILL_TABLE: Final = LiveTable(name="fills", schema=pa.schema([*_SAYS, *_WRITTEN]), key=("family",))


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """A fill with the order it is of.

    Attributes:
        family: The execution's id without its revision.
    """

    fill: Fill
    plan: OrderPlan
    leg: PlanLeg
    family: str
    revision: int


@dataclass(frozen=True, slots=True)
class FillStore:
    """The table ``fills`` of the live tree under ``root``."""

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    def keep(self, account: str, rows: Iterable[FillRow]) -> tuple[FillRow, ...]:
        """Write what of these fills is not kept yet, or is kept otherwise; return that.

        Raises:
            WriteConflict: Another process has been writing there for ``lock_wait_s`` seconds.
            CorruptFile: A file of these days is damaged; nothing was written.
        """
        said = [(row, _said(row)) for row in rows]
        if not said:
            return ()
        parts = PartStore(self.root, self.lock_wait_s)
        days = {_day(what) for _, what in said}
        with parts.writing(FILL_TABLE, account):
            kept = _by_family(parts.read(FILL_TABLE, account, days=days))
            fresh = [(row, what) for row, what in said if kept.get(what["family"]) != what]
            if fresh:
                name = f"fills-{uuid4().hex}"
                parts.append(
                    FILL_TABLE, account, _written([what for _, what in fresh], name), part=name
                )
                parts.compact(FILL_TABLE, account, days=days)
        return tuple(row for row, _ in fresh)

    def read(self, account: str) -> pa.Table:
        """Return the fills of an account, oldest first, each as last corrected."""
        rows = PartStore(self.root, self.lock_wait_s).read(FILL_TABLE, account)
        # A correction may name another day than what it corrects, and lies in that day's file.
        ids = rows.select(["family", "revision"]).to_pylist()
        newest: dict[str, int] = {}
        for row in ids:
            newest[row["family"]] = max(newest.get(row["family"], 0), row["revision"])
        stands = [newest[row["family"]] == row["revision"] for row in ids]
        return rows.filter(pa.array(stands, pa.bool_()))


def _said(row: FillRow) -> dict[str, Any]:
    execution, commission = row.fill.execution, row.fill.commission
    contract = execution.contract
    return {
        "con_id": contract.con_id,
        "ts": execution.ts.astimezone(UTC),
        "instrument_id": row.leg.instrument_id,
        "currency": contract.currency,
        "side": execution.side.value,
        "quantity": float(execution.quantity),
        "price": float(execution.price),
        "multiplier": float(contract.multiplier or 1),
        "exchange": execution.exchange,
        "commission": _float(commission.commission if commission else None),
        "commission_currency": commission.currency if commission else None,
        "realized_pnl": _float(commission.realized_pnl if commission else None),
        "order_ref": execution.order_ref,
        "wave": row.leg.wave,
        "limit_price": _float(row.leg.limit_price),
        "arrival_price": _float(row.leg.arrival_price),
        "plan_id": row.plan.plan_id,
        "strategy": row.plan.strategy,
        "rebalance_key": row.plan.key,
        "perm_id": execution.perm_id,
        "exec_id": execution.exec_id,
        "family": row.family,
        "revision": row.revision,
    }


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _written(rows: Sequence[dict[str, Any]], capture: str) -> pa.Table:
    now = datetime.now(UTC)
    whole = [
        {**row, "received_at": now, "capture": capture, "seq": number}
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(whole, schema=FILL_TABLE.schema)


def _by_family(rows: pa.Table) -> dict[str, dict[str, Any]]:
    said = rows.select([name for name, _ in _SAYS]).to_pylist()
    return {row["family"]: row for row in said}


def _day(row: dict[str, Any]) -> date:
    day: date = row["ts"].date()
    return day
