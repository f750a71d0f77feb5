# SPDX-License-Identifier: Apache-2.0
"""Steps from one book to another, applied as a client applies them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.simulator.desks.depth_rows import (
    DELETE,
    INSERT,
    UPDATE,
    Row,
    Step,
    spread_over,
    steps,
)
from ib_provider.simulator.market.market import Level

_ROWS = st.lists(
    st.builds(
        Row,
        price=st.integers(1, 8).map(float),
        size=st.integers(1, 3),
        maker=st.sampled_from(["", "ARCA", "BATS"]),
    ),
    max_size=6,
    unique_by=lambda row: (row.price, row.maker),
)


def _applied(held: list[Row], taken: list[Step]) -> tuple[list[Row], int]:
    rows, most = list(held), len(held)
    for step in taken:
        if step.operation == INSERT:
            rows.insert(step.position, step.row)
        elif step.operation == UPDATE:
            rows[step.position] = step.row
        else:
            del rows[step.position]
        most = max(most, len(rows))
    return rows, most


@given(held=_ROWS, wanted=_ROWS)
def test_steps_lead_from_any_rows_to_any_others(held: list[Row], wanted: list[Row]) -> None:
    """Applied in order they make the wanted rows, whatever was there."""
    assert _applied(held, list(steps(held, wanted)))[0] == wanted


@given(held=_ROWS, wanted=_ROWS)
def test_overwriting_clients_hold_the_same_rows(held: list[Row], wanted: list[Row]) -> None:
    """ib_async takes an insertion for "this row is now", and never leaves a gap."""
    rows = dict(enumerate(held))
    for step in steps(held, wanted):
        if step.operation == DELETE:
            del rows[step.position]
        else:
            rows[step.position] = step.row
        assert list(rows) == list(range(len(rows)))
    assert list(rows.values()) == wanted


@given(held=_ROWS, wanted=_ROWS)
def test_no_client_ever_holds_more_rows_than_the_longer_book(
    held: list[Row], wanted: list[Row]
) -> None:
    """What a client asked for is enough room."""
    assert _applied(held, list(steps(held, wanted)))[1] <= max(len(held), len(wanted))


def test_rows_that_are_the_same_are_not_told() -> None:
    """A row that changed is one update; a row more an insertion, a row less a deletion."""
    held = [Row(10.0, 100), Row(9.0, 200)]
    assert list(steps(held, [Row(10.0, 100), Row(9.0, 300)])) == [Step(1, UPDATE, Row(9.0, 300))]
    assert list(steps(held, [*held, Row(8.0, 50)])) == [Step(2, INSERT, Row(8.0, 50))]
    assert list(steps(held, held[:1])) == [Step(1, DELETE, Row(9.0, 200))]
    assert list(steps(held, held)) == []


def test_levels_are_spread_over_exchanges() -> None:
    """Every size is kept; a large best price stands at two exchanges."""
    levels = [Level(10.0, 1_000), Level(9.99, 300), Level(9.98, 500)]
    rows = spread_over(levels, ("ARCA", "BATS", "IEX"), 10, "AAPL/bid")
    assert [row.price for row in rows] == [10.0, 10.0, 9.99, 9.98]
    assert rows[0].size + rows[1].size == 1_000
    assert rows[0].maker != rows[1].maker
    assert spread_over(levels, ("ARCA", "BATS", "IEX"), 2, "AAPL/bid") == rows[:2]
    assert rows == spread_over(levels, ("ARCA", "BATS", "IEX"), 10, "AAPL/bid")
