# SPDX-License-Identifier: Apache-2.0
"""The two tables of the pacing budget. They are apart from the ledger's: nothing in them is kept.

What stands in them is worth ten minutes, so they have no version: a table of another shape is
another table, under another name.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    MetaData,
    Named,
    String,
    Table,
    TypedColumns,
)

__all__ = ["PACING_METADATA", "history_request", "message_turn"]

PACING_METADATA: Final = MetaData()


class MessageTurnColumns(TypedColumns):
    """When the next message of a login may leave, in seconds of the budget's clock."""

    login: Named[str] = Column(String(200), primary_key=True)
    next_at: Named[float] = Column(Float(53), nullable=False)


class HistoryRequestColumns(TypedColumns):
    """One historical request that may have been sent; ``answered_at`` is null while it is open."""

    request_id: Named[int] = Column(Integer, primary_key=True, autoincrement=True)
    login: Named[str] = Column(String(200), nullable=False, index=True)
    holder: Named[str] = Column(String(250), nullable=False)
    identity: Named[str] = Column(String(64), nullable=False)
    series: Named[str] = Column(String(64), nullable=False)
    weight: Named[int] = Column(Integer, nullable=False)
    is_paced: Named[bool] = Column(Boolean, nullable=False)
    answered_at: Named[float | None] = Column(Float(53))


message_turn: Final = Table("pacing_message_turn_1", PACING_METADATA, MessageTurnColumns)
history_request: Final = Table("pacing_history_request_1", PACING_METADATA, HistoryRequestColumns)
