# SPDX-License-Identifier: Apache-2.0
"""The part of the ledger that keeps which sessions of a series are known.

A range is known when data came for it or when it was proved empty. ``unknown`` is written down, so
that a person sees it was tried, and asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, select

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey, WhatToShow
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.errors import LedgerError
from ib_provider.ledger.database import Database, insert_into
from ib_provider.ledger.schema import coverage_span
from ib_provider.ledger.session_ranges import DateRange, subtract_ranges

__all__ = ["CoverageBook"]

_KNOWN = (CoverageState.DATA.value, CoverageState.EMPTY.value)


class CoverageBook:
    """Spans of sessions by series."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_span(self, span: Span) -> None:
        """Record what was learnt of a range; the same range and state again renews its row.

        A row of what is unknown keeps the time when it was first so.

        Raises:
            LedgerError: The range is empty or turned around.
        """
        if not span.start < span.end:
            raise LedgerError(f"{span.key}: the span {span.start} to {span.end} holds no session")
        with self._database.write() as connection:
            statement = insert_into(connection, coverage_span)
            statement = statement.on_conflict_do_update(
                index_elements=[
                    "instrument_id",
                    "bar",
                    "what",
                    "rth",
                    "con_id",
                    "start_session",
                    "end_session",
                    "state",
                ],
                set_={
                    "row_count": statement.excluded["row_count"],
                    "fetched_at": case(
                        (
                            coverage_span.c.state == CoverageState.UNKNOWN.value,
                            coverage_span.c.fetched_at,
                        ),
                        else_=statement.excluded["fetched_at"],
                    ),
                },
            )
            connection.execute(statement, _columns(span))

    def spans(self, key: SeriesKey | None = None) -> tuple[Span, ...]:
        """Return the spans of one series, or of all, by series and start."""
        columns = coverage_span.c
        statement = select(coverage_span).order_by(
            columns.instrument_id,
            columns.bar,
            columns.what,
            columns.rth,
            columns.start_session,
            columns.end_session,
            columns.span_id,
        )
        if key is not None:
            statement = statement.where(_of(key))
        with self._database.read() as connection:
            return tuple(_span(row) for row in connection.execute(statement).mappings())

    def missing(self, key: SeriesKey, start: date, end: date) -> tuple[DateRange, ...]:
        """Return what of ``start`` to ``end`` (exclusive) must still be asked for.

        Returns:
            Ranges as (start, end exclusive), ascending, neither touching nor overlapping; empty
            when all is known.
        """
        columns = coverage_span.c
        statement = select(columns.start_session, columns.end_session).where(
            _of(key),
            columns.state.in_(_KNOWN),
            columns.start_session < end,
            columns.end_session > start,
        )
        with self._database.read() as connection:
            known = [(row[0], row[1]) for row in connection.execute(statement)]
        return subtract_ranges((start, end), known)


def _of(key: SeriesKey) -> ColumnElement[bool]:
    columns = coverage_span.c
    return (
        (columns.instrument_id == key.instrument_id)
        & (columns.bar == key.spec.size.value)
        & (columns.what == key.spec.what.value)
        & (columns.rth == key.spec.rth)
    )


def _columns(span: Span) -> dict[str, Any]:
    return {
        "instrument_id": span.key.instrument_id,
        "bar": span.key.spec.size.value,
        "what": span.key.spec.what.value,
        "rth": span.key.spec.rth,
        "con_id": span.con_id,
        "start_session": span.start,
        "end_session": span.end,
        "state": span.state.value,
        "row_count": span.rows,
        "fetched_at": span.fetched_at,
    }


def _span(row: Mapping[Any, Any]) -> Span:
    spec = BarSpec(size=BarSize(row["bar"]), what=WhatToShow(row["what"]), rth=row["rth"])
    return Span(
        key=SeriesKey(instrument_id=row["instrument_id"], spec=spec),
        con_id=row["con_id"],
        start=row["start_session"],
        end=row["end_session"],
        state=CoverageState(row["state"]),
        rows=row["row_count"],
        fetched_at=row["fetched_at"],
    )
