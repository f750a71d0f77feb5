# SPDX-License-Identifier: Apache-2.0
"""The tables of what surrounds an order: previews, approvals, gates, positions, locks.

Rules:
    * All are only ever added to; the newest row counts. They are the audit as well.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Named,
    String,
    Table,
    Text,
    TypedColumns,
)

from ib_provider.ledger.column_types import DecimalText, UtcDateTime
from ib_provider.ledger.schema import METADATA

__all__ = [
    "gate_record",
    "instrument_lock",
    "known_position",
    "limits_override",
    "plan_approval",
    "plan_preview",
]


class PreviewColumns(TypedColumns):
    """What the broker said a plan would bind and cost. ``document`` is its JSON."""

    preview_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    plan_id: Named[str] = Column(ForeignKey("order_plan.plan_id"), nullable=False, index=True)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)
    document: Named[str] = Column(Text, nullable=False)


class ApprovalColumns(TypedColumns):
    """A person's word on a plan."""

    approval_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    plan_id: Named[str] = Column(ForeignKey("order_plan.plan_id"), nullable=False, index=True)
    is_approved: Named[bool] = Column(Boolean, nullable=False)
    who: Named[str] = Column(String(200), nullable=False)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)
    via: Named[str] = Column(Text, nullable=False)


class GateRecordColumns(TypedColumns):
    """What the gates saw and found before orders were sent. ``document`` is its JSON."""

    gate_record_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    plan_id: Named[str] = Column(ForeignKey("order_plan.plan_id"), nullable=False, index=True)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)
    document: Named[str] = Column(Text, nullable=False)


class LimitsOverrideColumns(TypedColumns):
    """Limits that were loosened for one plan. ``document`` is the whole of it as JSON."""

    plan_id: Named[str] = Column(
        String(64), ForeignKey("order_plan.plan_id"), primary_key=True, nullable=False
    )
    who: Named[str] = Column(String(200), nullable=False)
    why: Named[str] = Column(Text, nullable=False)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)
    document: Named[str] = Column(Text, nullable=False)


class KnownPositionColumns(TypedColumns):
    """What an account held of one instrument at a reconciliation.

    ``filled`` is what all fills of ours until then had added to it: what they add later explains a
    later position, whenever they happened, and corrections count as what they change.
    """

    position_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    account: Named[str] = Column(String(32), nullable=False, index=True)
    con_id: Named[int] = Column(BigInteger, nullable=False)
    instrument_id: Named[str] = Column(String(64), nullable=False)
    quantity: Named[Decimal] = Column(DecimalText, nullable=False)
    filled: Named[Decimal] = Column(DecimalText, nullable=False)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)


class InstrumentLockColumns(TypedColumns):
    """A lock of an instrument, or its lifting: ``is_locked`` false."""

    lock_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    account: Named[str] = Column(String(32), nullable=False, index=True)
    instrument_id: Named[str] = Column(String(64), nullable=False)
    is_locked: Named[bool] = Column(Boolean, nullable=False)
    who: Named[str] = Column(String(200), nullable=False)
    why: Named[str] = Column(Text, nullable=False)
    at: Named[datetime] = Column(UtcDateTime, nullable=False)


plan_preview: Final = Table("plan_preview", METADATA, PreviewColumns)
plan_approval: Final = Table("plan_approval", METADATA, ApprovalColumns)
gate_record: Final = Table("gate_record", METADATA, GateRecordColumns)
limits_override: Final = Table("limits_override", METADATA, LimitsOverrideColumns)
known_position: Final = Table("known_position", METADATA, KnownPositionColumns)
instrument_lock: Final = Table("instrument_lock", METADATA, InstrumentLockColumns)
