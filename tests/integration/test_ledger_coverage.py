# SPDX-License-Identifier: Apache-2.0
"""Coverage on both databases: what is known, and exactly what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ib_provider.domain.bar import BarSize, BarSpec, SeriesKey
from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.errors import LedgerError
from ib_provider.ledger import Ledger
from tests.support.plans import AT

pytest_plugins = ("tests.support.ledgers",)

KEY = SeriesKey(instrument_id="AAPL.NASDAQ", spec=BarSpec())
OTHERS = (
    SeriesKey(instrument_id="IBM.NYSE", spec=BarSpec()),
    SeriesKey(instrument_id="AAPL.NASDAQ", spec=BarSpec(rth=False)),
    SeriesKey(instrument_id="AAPL.NASDAQ", spec=BarSpec(size=BarSize.MIN_1)),
)


def day(number: int) -> date:
    """Return a day of March 2013."""
    return date(2013, 3, number)


def a_span(start: int, end: int, state: CoverageState, *, key: SeriesKey = KEY) -> Span:
    """Build a span of days of March 2013."""
    return Span(
        key=key,
        con_id=265598,
        start=day(start),
        end=day(end),
        state=state,
        rows=end - start,
        fetched_at=AT,
    )


def test_missing_without_spans_is_all(ledger: Ledger) -> None:
    """What was never asked for is missing whole."""
    assert ledger.missing(KEY, day(1), day(31)) == ((day(1), day(31)),)


def test_missing_is_what_neither_data_nor_emptiness_covers(ledger: Ledger) -> None:
    """Unknown spans do not count; touching gaps come as one."""
    ledger.record_span(a_span(3, 6, CoverageState.DATA))
    ledger.record_span(a_span(6, 8, CoverageState.EMPTY))
    ledger.record_span(a_span(10, 20, CoverageState.UNKNOWN))
    assert ledger.missing(KEY, day(1), day(31)) == ((day(1), day(3)), (day(8), day(31)))
    assert ledger.missing(KEY, day(4), day(8)) == ()
    assert ledger.missing(KEY, day(5), day(5)) == ()


def test_missing_after_a_later_unknown_stays_known(ledger: Ledger) -> None:
    """A failed second look does not take away what is there."""
    ledger.record_span(a_span(3, 6, CoverageState.DATA))
    ledger.record_span(a_span(3, 6, CoverageState.UNKNOWN))
    assert ledger.missing(KEY, day(3), day(6)) == ()


def test_missing_of_one_series_ignores_every_other(ledger: Ledger) -> None:
    """Another name, other hours and another size are other series."""
    for key in OTHERS:
        ledger.record_span(a_span(1, 31, CoverageState.DATA, key=key))
    assert ledger.missing(KEY, day(1), day(31)) == ((day(1), day(31)),)
    assert len(ledger.spans()) == 3
    assert ledger.spans(KEY) == ()


def test_span_recorded_again_is_renewed_not_doubled(ledger: Ledger) -> None:
    """The same range and state keeps one row, with the newest count and time."""
    span = a_span(3, 6, CoverageState.DATA)
    renewed = replace(span, rows=2, fetched_at=AT + timedelta(hours=1))
    ledger.record_span(span)
    ledger.record_span(renewed)
    assert ledger.spans(KEY) == (renewed,)


def test_span_without_a_session_is_refused(ledger: Ledger) -> None:
    """An empty or turned-around range says nothing."""
    with pytest.raises(LedgerError, match="holds no session"):
        ledger.record_span(a_span(5, 5, CoverageState.DATA))
    assert ledger.spans() == ()
