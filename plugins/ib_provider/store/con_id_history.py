# SPDX-License-Identifier: Apache-2.0
"""Which conId an instrument id stood for, and when.

Rules:
    * An id has one conId at a time; when IB gives it another, the old span is closed, never lost.
    * A conId stands under one id at a time. Continuous futures are apart: IB gives them the conId
      of their lead month, which has an id of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import pyarrow as pa

from ib_provider.domain.contract import Instrument, SecType

__all__ = ["CON_ID_SCHEMA", "ConIdSpan", "con_id_rows", "con_ids_in", "record_con_ids"]

CON_ID_SCHEMA: Final = pa.schema(
    [
        pa.field("instrument_id", pa.string(), nullable=False),
        pa.field("con_id", pa.int64(), nullable=False),
        pa.field("is_continuous", pa.bool_(), nullable=False),
        pa.field("valid_from", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("valid_to", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConIdSpan:
    """One conId of one id, from ``valid_from``, inclusive, to ``valid_to``, exclusive.

    Attributes:
        valid_to: None while it holds.
    """

    instrument_id: str
    con_id: int
    is_continuous: bool
    valid_from: datetime
    valid_to: datetime | None = None


def record_con_ids(
    spans: Sequence[ConIdSpan], instruments: Iterable[Instrument]
) -> tuple[tuple[ConIdSpan, ...], dict[str, str]]:
    """Return the history with what IB says now, and why an instrument id was refused, by id.

    An instrument that is refused changes nothing.
    """
    known = list(spans)
    place = {span.instrument_id: i for i, span in enumerate(known) if span.valid_to is None}
    holder = {_key(span): span.instrument_id for span in known if span.valid_to is None}
    refused: dict[str, str] = {}
    for item in instruments:
        name, now = item.instrument_id, _span(item)
        other = holder.get(_key(now), name)
        if other != name:
            refused[name] = (
                f"{name}: conId {now.con_id} is kept as {other}; one contract has one id"
            )
            continue
        before = known[place[name]] if name in place else None
        if before is not None and _key(before) == _key(now):
            continue
        if before is not None:
            # A clock that went back never makes a span that ends before it begins.
            ended = max(before.valid_from, now.valid_from)
            known[place[name]] = replace(before, valid_to=ended)
            holder.pop(_key(before), None)
            now = replace(now, valid_from=ended)
        place[name], holder[_key(now)] = len(known), name
        known.append(now)
    return tuple(known), refused


def con_id_rows(spans: Iterable[ConIdSpan]) -> pa.Table:
    """Return the spans in ``CON_ID_SCHEMA``, sorted by id and time."""
    rows = sorted(spans, key=lambda span: (span.instrument_id, span.valid_from))
    return pa.Table.from_pydict(
        {name: [getattr(span, name) for span in rows] for name in CON_ID_SCHEMA.names},
        schema=CON_ID_SCHEMA,
    )


def con_ids_in(table: pa.Table) -> tuple[ConIdSpan, ...]:
    """Return the spans of a table, the inverse of ``con_id_rows``."""
    return tuple(ConIdSpan(**row) for row in table.to_pylist())


def _span(item: Instrument) -> ConIdSpan:
    return ConIdSpan(
        instrument_id=item.instrument_id,
        con_id=item.contract.con_id,
        is_continuous=item.contract.sec_type is SecType.CONTFUT,
        valid_from=item.seen_at,
    )


def _key(span: ConIdSpan) -> tuple[int, bool]:
    return span.con_id, span.is_continuous
