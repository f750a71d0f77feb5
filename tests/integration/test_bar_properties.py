# SPDX-License-Identifier: Apache-2.0
"""Laws of collecting: what is missing and planned is the range, what is stored is what came."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.bar_plan import plan_asks
from ib_provider.domain.bar_table import BAR_SCHEMA
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.bar_store import BarStore
from ib_provider.symbology.sessions import sessions
from ib_provider.usecases.missing_bars import missing_bars
from ib_provider.usecases.session_calendar import SessionCalendar
from tests.support.bar_tables import FETCHED_AT, daily_bars
from tests.support.instrument_values import AAPL

START, END = date(2011, 11, 1), date(2012, 3, 1)
SESSIONS = sessions("NASDAQ", START, END)
_DAY = timedelta(days=1)
SIZES = [
    BarSize.SEC_5,
    BarSize.SEC_30,
    BarSize.MIN_1,
    BarSize.MIN_30,
    BarSize.HOUR_1,
    BarSize.DAY_1,
]

spans = st.lists(
    st.tuples(
        st.integers(0, 120),
        st.integers(1, 40),
        st.sampled_from(CoverageState),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SIZES), spans)
def test_missing_and_planned_is_exactly_what_is_wanted_and_not_known(
    size: BarSize, recorded: list[tuple[int, int, CoverageState]]
) -> None:
    """Each session that is neither data nor empty is asked for once, and nothing else is."""
    spec = BarSpec(size=size)
    key = SeriesKey(instrument_id=AAPL.instrument_id, spec=spec)
    known: set[date] = set()
    with tempfile.TemporaryDirectory() as folder:
        locks = Path(folder) / "locks"
        with Ledger.open(f"sqlite:///{folder}/ledger.db", locks=locks) as ledger:
            for first, length, state in recorded:
                begin = START + first * _DAY
                ledger.record_span(
                    Span(
                        key=key,
                        con_id=1,
                        start=begin,
                        end=begin + length * _DAY,
                        state=state,
                        rows=0,
                        fetched_at=FETCHED_AT,
                    )
                )
                if state is not CoverageState.UNKNOWN:
                    known |= {begin + index * _DAY for index in range(length)}
            parts = missing_bars(ledger, [AAPL], spec, start=START, end=END)[AAPL.instrument_id]
    wanted = [day for day in SESSIONS if day not in known]
    calendar = SessionCalendar()
    asked = [
        ask
        for part in parts
        for ask in plan_asks(
            size, calendar.spans(AAPL, *part, regular=spec.rth and size.is_intraday)
        )
    ]
    days = [span.session for ask in asked for span in ask.sessions]
    assert sorted(set(days)) == wanted
    edges = [(ask.begin, ask.end) for ask in asked if ask.end is not None]
    assert all(before[1] <= after[0] for before, after in pairwise(edges))
    if size not in (BarSize.SEC_5, BarSize.SEC_30):
        assert days == wanted


values = st.floats(0.01, 1e6, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SESSIONS), values), unique_by=lambda row: row[0]))
def test_what_is_stored_is_read_as_it_came(rows: list[tuple[date, float]]) -> None:
    """Store then read is the identity, in order of sessions, however the answers were cut."""
    ordered = sorted(rows)
    bars = daily_bars([day for day, _ in ordered]) if ordered else BAR_SCHEMA.empty_table()
    index = bars.schema.get_field_index("close")
    bars = bars.set_column(
        index, bars.schema.field(index), pa.array([value for _, value in ordered], pa.float64())
    )
    key = SeriesKey(instrument_id=AAPL.instrument_id, spec=BarSpec())
    middle = len(ordered) // 2
    with tempfile.TemporaryDirectory() as folder:
        store = BarStore(Path(folder))
        for number, part in enumerate((bars.slice(middle), bars.slice(0, middle))):
            store.publish(
                store.stage(str(number), key, 1, part, start=START, end=END, fetched_at=FETCHED_AT)
            )
        read = store.read(key).select(BAR_SCHEMA.names)
    assert read.equals(bars.combine_chunks())
