# SPDX-License-Identifier: Apache-2.0
"""The tables of the ledger.

Rules:
    * What must happen once is a constraint, not a check in code: one plan for a rebalance
      (``account``, ``strategy``, ``key``), one intent for an ``order_ref`` and for each attempt at
      a leg, one size of a leg, one row for an execution id.
    * ``order_event`` and ``fill`` are only ever added to; a correction of an execution is a new row
      with a higher ``revision`` of the same ``family``.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    MetaData,
    Named,
    String,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
)

from ib_provider.ledger.column_types import DecimalText, UtcDateTime

__all__ = [
    "LEDGER_VERSION",
    "METADATA",
    "bar_finding",
    "coverage_span",
    "fill",
    "ledger_version",
    "leg_size",
    "order_event",
    "order_intent",
    "order_plan",
]

#: Raised with every change of a table; a ledger of another version is refused, not guessed at.
LEDGER_VERSION: Final = 4

METADATA: Final = MetaData()


class VersionColumns(TypedColumns):
    """The version of the tables: one row."""

    version: Named[int] = Column(Integer, primary_key=True, autoincrement=False)


class PlanColumns(TypedColumns):
    """One rebalance plan. ``document`` is its canonical JSON."""

    plan_id: Named[str] = Column(String(64), primary_key=True)
    account: Named[str] = Column(String(32), nullable=False)
    strategy: Named[str] = Column(String(64), nullable=False)
    key: Named[str] = Column(String(250), nullable=False)
    as_of: Named[datetime] = Column(UtcDateTime, nullable=False)
    document: Named[str] = Column(Text, nullable=False)


class IntentColumns(TypedColumns):
    """One order that was meant to be sent, written before it was.

    ``quantity`` and ``limit_price`` are what was sent of the leg, ``called_off_at`` is when we
    asked for the cancel of an order whose time was over.
    """

    order_ref: Named[str] = Column(String(64), primary_key=True)
    plan_id: Named[str] = Column(String(64), ForeignKey("order_plan.plan_id"), nullable=False)
    leg: Named[int] = Column(Integer, nullable=False)
    attempt: Named[int] = Column(Integer, nullable=False)
    quantity: Named[Decimal] = Column(DecimalText, nullable=False)
    limit_price: Named[Decimal] = Column(DecimalText, nullable=False)
    order_id: Named[int] = Column(Integer, nullable=False)
    client_id: Named[int] = Column(Integer, nullable=False)
    perm_id: Named[int] = Column(BigInteger, nullable=False)
    state: Named[str] = Column(String(16), nullable=False)
    filled: Named[Decimal] = Column(DecimalText, nullable=False)
    avg_fill_price: Named[Decimal | None] = Column(DecimalText)
    message: Named[str] = Column(Text, nullable=False)
    created_at: Named[datetime] = Column(UtcDateTime, nullable=False)
    updated_at: Named[datetime] = Column(UtcDateTime, nullable=False)
    called_off_at: Named[datetime | None] = Column(UtcDateTime)


class LegSizeColumns(TypedColumns):
    """What a leg of a later wave may be for, decided once before any of its wave is sent."""

    plan_id: Named[str] = Column(
        String(64), ForeignKey("order_plan.plan_id"), primary_key=True, nullable=False
    )
    leg: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    wave: Named[int] = Column(Integer, nullable=False)
    quantity: Named[Decimal] = Column(DecimalText, nullable=False)
    note: Named[str] = Column(Text, nullable=False)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)


class EventColumns(TypedColumns):
    """One thing that was said of an order. ``applied`` is False where it changed no state."""

    event_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    order_ref: Named[str] = Column(ForeignKey("order_intent.order_ref"), nullable=False, index=True)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)
    former: Named[str | None] = Column(String(16))
    state: Named[str] = Column(String(16), nullable=False)
    applied: Named[bool] = Column(Boolean, nullable=False)
    perm_id: Named[int] = Column(BigInteger, nullable=False)
    filled: Named[Decimal | None] = Column(DecimalText)
    message: Named[str] = Column(Text, nullable=False)


class FillColumns(TypedColumns):
    """One execution, with its commission once that has come."""

    exec_id: Named[str] = Column(String(64), primary_key=True)
    family: Named[str] = Column(String(64), nullable=False, index=True)
    revision: Named[int] = Column(Integer, nullable=False)
    order_ref: Named[str] = Column(String(64), nullable=False, index=True)
    ts: Named[datetime] = Column(UtcDateTime, nullable=False)
    execution: Named[str] = Column(Text, nullable=False)
    commission: Named[Decimal | None] = Column(DecimalText)
    commission_currency: Named[str | None] = Column(String(8))
    realized_pnl: Named[Decimal | None] = Column(DecimalText)


class CoverageColumns(TypedColumns):
    """What was learnt of a range of sessions of one series, ``end`` exclusive."""

    span_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    instrument_id: Named[str] = Column(String(64), nullable=False)
    bar: Named[str] = Column(String(16), nullable=False)
    what: Named[str] = Column(String(32), nullable=False)
    rth: Named[bool] = Column(Boolean, nullable=False)
    con_id: Named[int] = Column(BigInteger, nullable=False)
    start_session: Named[date] = Column(Date, nullable=False)
    end_session: Named[date] = Column(Date, nullable=False)
    state: Named[str] = Column(String(16), nullable=False)
    row_count: Named[int] = Column(BigInteger, nullable=False)
    fetched_at: Named[datetime] = Column(UtcDateTime, nullable=False)


class FindingColumns(TypedColumns):
    """What one expectation found wrong with one series in one batch."""

    finding_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    batch: Named[str] = Column(String(250), nullable=False)
    instrument_id: Named[str] = Column(String(64), nullable=False)
    bar: Named[str] = Column(String(16), nullable=False)
    what: Named[str] = Column(String(32), nullable=False)
    rth: Named[bool] = Column(Boolean, nullable=False)
    expectation: Named[str] = Column(String(64), nullable=False)
    severity: Named[str] = Column(String(16), nullable=False)
    row_count: Named[int] = Column(BigInteger, nullable=False)
    example_rows: Named[str] = Column(Text, nullable=False)


ledger_version: Final = Table("ledger_version", METADATA, VersionColumns)
order_plan: Final = Table(
    "order_plan", METADATA, PlanColumns, UniqueConstraint("account", "strategy", "key")
)
order_intent: Final = Table(
    "order_intent", METADATA, IntentColumns, UniqueConstraint("plan_id", "leg", "attempt")
)
leg_size: Final = Table("leg_size", METADATA, LegSizeColumns)
order_event: Final = Table("order_event", METADATA, EventColumns)
fill: Final = Table("fill", METADATA, FillColumns)
bar_finding: Final = Table("bar_finding", METADATA, FindingColumns)
coverage_span: Final = Table(
    "coverage_span",
    METADATA,
    CoverageColumns,
    UniqueConstraint(
        "instrument_id",
        "bar",
        "what",
        "rth",
        "con_id",
        "start_session",
        "end_session",
        "state",
        name="uq_coverage_span",
    ),
)
