# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

from ib_provider.domain.coverage import CoverageState, Span
from ib_provider.usecases.audit_bars import draw_pieces
from tests.support.bar_tables import FETCHED_AT, series_key


def span(name: str, first: date, after: date, state: CoverageState = CoverageState.DATA) -> Span:
    rows = 9 if state is CoverageState.DATA else 0
    key = series_key(name)
    return Span(
        key=key, con_id=1, start=first, end=after, state=state, rows=rows, fetched_at=FETCHED_AT
    )


SPANS = [
    span("A.NYSE", date(2003, 1, 1), date(2013, 1, 1)),
    span("B.NYSE", date(2012, 12, 1), date(2013, 1, 1)),
    span("C.NYSE", date(2012, 1, 1), date(2013, 1, 1), CoverageState.EMPTY),
]


def test_same_seed_draws_the_same_pieces_and_another_others() -> None:
    """A retry asks for what the first try asked for."""
    assert draw_pieces(SPANS, 10, seed="a") == draw_pieces(SPANS[::-1], 10, seed="a")
    assert draw_pieces(SPANS, 10, seed="a") != draw_pieces(SPANS, 10, seed="b")


def test_pieces_lie_in_what_has_data_and_long_series_come_more_often() -> None:
    """Nothing is asked for again where nothing is stored."""
    drawn = draw_pieces(SPANS, 200, seed="a")
    for of, (start, end) in drawn:
        assert of.state is CoverageState.DATA
        assert of.start <= start < end == of.end
    names = [of.key.instrument_id for of, _ in drawn]
    assert names.count("A.NYSE") > 10 * names.count("B.NYSE")


def test_empty_lake_has_no_piece() -> None:
    """The first week has nothing to audit."""
    assert draw_pieces([], 5, seed="a") == draw_pieces(SPANS[2:], 5, seed="a") == ()
