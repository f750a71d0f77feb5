# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.contract import Instrument
from ib_provider.store.con_id_history import (
    ConIdSpan,
    con_id_rows,
    con_ids_in,
    record_con_ids,
)
from tests.support.instrument_values import AAPL

_EVENTS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 3), st.integers(0, 20)), max_size=30
)


def _seen(name: str, con_id: int, day: int) -> Instrument:
    return replace(
        AAPL,
        instrument_id=f"{name}.NYSE",
        contract=replace(AAPL.contract, con_id=con_id),
        seen_at=AAPL.seen_at + timedelta(days=day),
    )


@given(_EVENTS)
def test_record_con_ids_one_conid_an_id_and_one_id_a_conid(
    events: list[tuple[str, int, int]],
) -> None:
    """Open spans are unique both ways, and an id's spans follow one another.

    Whatever comes in whatever order; none ends before it begins.
    """
    spans: tuple[ConIdSpan, ...] = ()
    for event in events:
        spans, refused = record_con_ids(spans, [_seen(*event)])
        holders = {span.con_id: span.instrument_id for span in spans if span.valid_to is None}
        assert bool(refused) == (holders[event[1]] != f"{event[0]}.NYSE")
    still = [span for span in spans if span.valid_to is None]
    assert len({span.con_id for span in still}) == len(still)
    assert len({span.instrument_id for span in still}) == len(still)
    for name in {span.instrument_id for span in spans}:
        own = [span for span in spans if span.instrument_id == name]
        assert all(first.valid_to == second.valid_from for first, second in pairwise(own))
        assert all(span.valid_to is None or span.valid_from <= span.valid_to for span in own)


@given(_EVENTS)
def test_con_id_rows_come_back(events: list[tuple[str, int, int]]) -> None:
    """The table holds the history and nothing else."""
    spans, _ = record_con_ids((), [_seen(*event) for event in events])
    assert sorted(con_ids_in(con_id_rows(spans)), key=str) == sorted(spans, key=str)
