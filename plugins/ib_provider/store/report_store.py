# SPDX-License-Identifier: Apache-2.0
"""Reports of rebalances for analysts: two files a plan, one of the whole and one of its orders.

    <root>/reports/table=rebalances/<plan_id>.parquet     one row
    <root>/reports/table=legs/<plan_id>.parquet           one row an order

Rules:
    - A report that is made again replaces the one before, the orders first: whoever reads a row of
      the whole finds the orders that it is the sum of.
    - What is not known is NULL and has a column that says why; no sum counts it as zero.
    - The ledger is what counts. Only the market around the orders is kept nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ib_provider.domain.leg_market import LegMarket
from ib_provider.domain.rebalance_report import LegReport, RebalanceReport
from ib_provider.store.key_lock import DEFAULT_WAIT_S, holding
from ib_provider.store.parquet_file import read_parquet, write_parquet

__all__ = ["LEG_SCHEMA", "REBALANCE_SCHEMA", "KeptMarkets", "ReportStore"]

_TS: Final = pa.timestamp("us", tz="UTC")
_PLAN: Final = (
    ("plan_id", pa.string()),
    ("account", pa.string()),
    ("strategy", pa.string()),
    ("rebalance_key", pa.string()),
    ("currency", pa.string()),
    ("planned_at", _TS),
    ("reported_at", _TS),
)
_COSTS: Final = tuple(
    (name, pa.float64())
    for name in ("delay", "trading", "opportunity", "fees", "shortfall", "shortfall_bp")
)
#: One row a plan; money in ``currency``.
REBALANCE_SCHEMA: Final = pa.schema(
    [
        *_PLAN,
        ("net_liquidation", pa.float64()),
        ("approved_by", pa.string()),
        *((name, pa.int64()) for name in ("orders", "filled", "cancelled", "rejected", "fills")),
        ("value", pa.float64()),
        *_COSTS,
        ("unknown", pa.int64()),
    ]
)
#: One row an order; prices in the quote's unit, money in ``currency``.
LEG_SCHEMA: Final = pa.schema(
    [
        *_PLAN,
        ("order_ref", pa.string()),
        ("instrument_id", pa.string()),
        ("price_currency", pa.string()),
        ("side", pa.string()),
        ("quantity", pa.float64()),
        ("wave", pa.int32()),
        ("limit_price", pa.float64()),
        ("state", pa.string()),
        ("message", pa.string()),
        ("filled", pa.float64()),
        ("fills", pa.int64()),
        ("decision_price", pa.float64()),
        ("arrival_price", pa.float64()),
        ("avg_price", pa.float64()),
        ("vwap", pa.float64()),
        ("vwap_volume", pa.float64()),
        ("vwap_source", pa.string()),
        ("vwap_problem", pa.string()),
        ("slippage_bp", pa.float64()),
        ("vwap_slippage_bp", pa.float64()),
        ("sent_at", _TS),
        ("first_fill_at", _TS),
        ("last_fill_at", _TS),
        ("first_fill_s", pa.float64()),
        ("last_fill_s", pa.float64()),
        ("end_price", pa.float64()),
        ("end_at", _TS),
        ("end_problem", pa.string()),
        ("value", pa.float64()),
        *_COSTS,
        ("commission", pa.float64()),
        ("commissions", pa.string()),
        ("uncharged", pa.int64()),
    ]
)
_PARTS: Final[Mapping[str, Callable[[LegReport], Decimal | None]]] = {
    "delay": lambda leg: leg.costs.delay,
    "trading": lambda leg: leg.costs.trading,
    "opportunity": lambda leg: leg.costs.opportunity,
    "fees": lambda leg: leg.costs.fees,
    "shortfall": lambda leg: leg.shortfall,
    "value": lambda leg: leg.costs.value,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMarkets:
    """What was kept of the market around a plan's orders, by order_ref, and when it was asked."""

    markets: Mapping[str, LegMarket]
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class ReportStore:
    """Reports under ``root``/reports.

    Attributes:
        root: The market tree (``Settings.market``); made when first written to.
        lock_wait_s: How long a writer waits for another one.
    """

    root: Path
    lock_wait_s: float = DEFAULT_WAIT_S

    def keep(self, report: RebalanceReport) -> None:
        """Write a report in place of the plan's former one.

        Raises:
            WriteConflict: Another process has been writing reports for ``lock_wait_s`` seconds.
        """
        name = f"{report.plan.plan_id}.parquet"
        lock = self.root / "locks" / "reports.lock"
        with holding(lock, subject="the reports", wait_s=self.lock_wait_s):
            write_parquet(self._folder("legs") / name, _leg_rows(report))
            write_parquet(self._folder("rebalances") / name, _plan_row(report))

    def markets(self, plan_id: str) -> KeptMarkets | None:
        """Return what the plan's report kept of the market, or None where there is no report.

        Raises:
            CorruptFile: The file is damaged; delete it and report again.
        """
        path = self._folder("legs") / f"{plan_id}.parquet"
        try:
            rows = read_parquet(path, LEG_SCHEMA).to_pylist()
            whole = read_parquet(self._folder("rebalances") / path.name, REBALANCE_SCHEMA)
        except FileNotFoundError:
            return None
        (head,) = whole.to_pylist()
        return KeptMarkets(
            markets={row["order_ref"]: _market(row) for row in rows},
            reported_at=head["reported_at"],
        )

    def touch(self) -> tuple[Path, Path]:
        """Make both tables, without a row, so that the catalog's views have files; return them."""
        for table, schema in (("rebalances", REBALANCE_SCHEMA), ("legs", LEG_SCHEMA)):
            empty = self._folder(table) / "none.parquet"
            if not empty.exists():
                write_parquet(empty, schema.empty_table())
        return self._folder("rebalances"), self._folder("legs")

    def _folder(self, table: str) -> Path:
        return self.root / "reports" / f"table={table}"


def _market(row: Mapping[str, Any]) -> LegMarket:
    return LegMarket(
        start=_start(row),
        end=row["last_fill_at"],
        vwap=_decimal(row["vwap"]),
        volume=_decimal(row["vwap_volume"]),
        source=row["vwap_source"],
        vwap_problem=row["vwap_problem"],
        end_price=_decimal(row["end_price"]),
        end_at=row["end_at"],
        end_problem=row["end_problem"],
    )


def _start(row: Mapping[str, Any]) -> datetime | None:
    """Return where the interval of a VWAP began: executions are stamped in whole seconds."""
    sent_at, last = row["sent_at"], row["last_fill_at"]
    return None if sent_at is None or last is None else min(sent_at, last)


def _plan(report: RebalanceReport) -> dict[str, Any]:
    plan = report.plan
    return {
        "plan_id": plan.plan_id,
        "account": plan.account,
        "strategy": plan.strategy,
        "rebalance_key": plan.key,
        "currency": plan.currency,
        "planned_at": plan.as_of,
        "reported_at": report.reported_at,
    }


def _plan_row(report: RebalanceReport) -> pa.Table:
    sums = {name: report.total(part) for name, part in _PARTS.items()}
    states = [leg.state for leg in report.entries]
    approval = report.approvals[-1] if report.approvals else None
    row = {
        **_plan(report),
        "net_liquidation": float(report.plan.net_liquidation),
        "approved_by": approval.who if approval and approval.is_approved else None,
        "orders": len(report.entries),
        **{name: states.count(name) for name in ("filled", "cancelled", "rejected")},
        "fills": report.fills,
        **{name: None if one.unknown else float(one.known) for name, one in sums.items()},
        "shortfall_bp": _float(report.shortfall_bp),
        "unknown": sums["shortfall"].unknown,
    }
    return pa.Table.from_pylist([row], schema=REBALANCE_SCHEMA)


def _leg_rows(report: RebalanceReport) -> pa.Table:
    plan = _plan(report)
    rows = [{**plan, **_leg_row(leg)} for leg in report.legs]
    return pa.Table.from_pylist(rows, schema=LEG_SCHEMA)


def _leg_row(report: LegReport) -> dict[str, Any]:
    leg, market = report.leg, report.market
    times = [fill.execution.ts for fill in report.executions]
    return {
        "order_ref": leg.order_ref,
        "instrument_id": leg.instrument_id,
        "price_currency": leg.contract.currency,
        "side": leg.side.value,
        "quantity": float(leg.quantity),
        "wave": leg.wave,
        "limit_price": _float(leg.limit_price),
        "state": report.state,
        "message": report.message,
        "filled": float(report.filled),
        "fills": report.fills,
        "decision_price": float(leg.arrival_price),
        "arrival_price": _float(report.arrival_price),
        "avg_price": _float(report.avg_price),
        "vwap": _float(market.vwap),
        "vwap_volume": _float(market.volume),
        "vwap_source": market.source,
        "vwap_problem": market.vwap_problem,
        "slippage_bp": _float(report.slippage_bp),
        "vwap_slippage_bp": _float(report.vwap_slippage_bp),
        "sent_at": report.sent_at,
        "first_fill_at": min(times, default=None),
        "last_fill_at": max(times, default=None),
        "first_fill_s": report.first_fill_s,
        "last_fill_s": report.last_fill_s,
        "end_price": _float(market.end_price),
        "end_at": market.end_at,
        "end_problem": market.end_problem,
        **{name: _float(part(report)) for name, part in _PARTS.items()},
        "shortfall_bp": _float(report.costs.total_bp),
        "commission": float(report.commission),
        "commissions": ", ".join(f"{amount:f} {name}" for name, amount in report.commissions),
        "uncharged": report.uncharged,
    }


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))
