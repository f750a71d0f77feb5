# SPDX-License-Identifier: Apache-2.0
"""Which bars are wanted of a view, and the query that finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import duckdb
import pyarrow as pa

from ib_provider.domain.bar import BarSpec
from ib_provider.errors import StoreError

__all__ = ["BAR_VIEWS", "BarSelection", "select_bars"]

#: The views that hold bars, by how they are adjusted.
BAR_VIEWS: Final = ("bars", "bars_raw", "bars_split", "bars_total")
_ROWS: Final = 100_000

_QUERY: Final = """
SELECT bars.* FROM {view} AS bars JOIN instruments USING (instrument_id)
WHERE list_contains($ids, instrument_id) AND bar = $bar AND what = $what AND rth = $rth
  AND {begin} AND {end}
ORDER BY instrument_id, session, ts
"""
#: The instant of a bar of a day and longer is the midnight at which its session begins.
_INSTANT: Final = "coalesce(ts, timezone(time_zone, session::TIMESTAMP))"


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSelection:
    """A range of bars of one kind.

    Attributes:
        view: One of ``BAR_VIEWS``.
        start: First session, or first instant where it is a datetime with its zone; inclusive.
        end: The session, or the instant, before which bars begin: exclusive.
    """

    ids: Sequence[str]
    spec: BarSpec
    start: date | None = None
    end: date | None = None
    view: str = "bars"

    def problems(self) -> tuple[str, ...]:
        """Return why nothing can be selected so, one line a field; nothing where it can."""
        found = []
        if self.view not in BAR_VIEWS:
            found.append(f"view: {self.view!r} is none of {', '.join(BAR_VIEWS)}")
        for name, bound in (("start", self.start), ("end", self.end)):
            if isinstance(bound, datetime) and bound.tzinfo is None:
                found.append(f"{name}: {bound} has no time zone; say Z, or +01:00")
        return tuple(found)

    def nothing(self) -> StoreError:
        """Return the error that there is no such bar."""
        return StoreError(
            f"{self.view}: no {self.spec} bar of {', '.join(self.ids)} from "
            f"{self.start or 'the first'} to {self.end or 'the last'}; see "
            "`ib-provider bars coverage`"
        )


def select_bars(catalog: duckdb.DuckDBPyConnection, wanted: BarSelection) -> pa.RecordBatchReader:
    """Return the bars, by instrument, session and time, as a stream of any length.

    ``wanted`` has no problems. Times are in UTC.
    """
    bounds = {"start": wanted.start, "end": wanted.end}
    asked: dict[str, object] = {
        "ids": list(wanted.ids),
        "bar": wanted.spec.size.value,
        "what": wanted.spec.what.value,
        "rth": wanted.spec.rth,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    }
    query = _QUERY.format(
        view=wanted.view,
        begin=_condition(wanted.start, ">=", "start"),
        end=_condition(wanted.end, "<", "end"),
    )
    catalog.execute("SET TimeZone = 'UTC'")
    return catalog.sql(query, params=asked).to_arrow_reader(_ROWS)


def _condition(bound: date | None, compare: str, name: str) -> str:
    if bound is None:
        return "true"
    column = _INSTANT if isinstance(bound, datetime) else "session"
    return f"{column} {compare} ${name}"
