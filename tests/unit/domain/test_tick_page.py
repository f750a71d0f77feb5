# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.tick_page import cut_page
from ib_provider.errors import RemoteProtocolError

LIMIT = 5


def page(ticks: list[int], start: int, *, completes: bool) -> list[int]:
    """Return the positions of the ticks that a gateway would answer with."""
    after = [i for i, second in enumerate(ticks) if second >= start]
    found = after[:LIMIT]
    if completes and len(found) == LIMIT:
        found = [i for i in after if ticks[i] <= ticks[found[-1]]]
    return found


def collected(ticks: list[int], *, completes: bool) -> tuple[list[int], list[int]]:
    """Return the positions collected page by page, and the seconds that were cut."""
    kept: list[int] = []
    cut: list[int] = []
    start: int | None = 0
    for _ in range(len(ticks) + 2):
        if start is None:
            return kept, cut
        found = page(ticks, start, completes=completes)
        end = cut_page([ticks[i] for i in found], asked_from=start, limit=LIMIT)
        kept += found[: end.keep]
        cut += [] if end.cut_second is None else [end.cut_second]
        assert end.next_second is None or end.next_second > start or not kept or end.keep
        start = end.next_second
    raise AssertionError("the pages go on for ever")


seconds = st.lists(st.integers(0, 12), max_size=60).map(sorted)


@given(seconds)
def test_pages_of_a_gateway_that_completes_seconds_lose_nothing(ticks: list[int]) -> None:
    """Every tick is there once, in order, however many share a second."""
    kept, _ = collected(ticks, completes=True)
    assert kept == list(range(len(ticks)))


@given(seconds)
def test_pages_of_a_gateway_that_cuts_seconds_lose_only_what_is_marked(ticks: list[int]) -> None:
    """No tick twice; a missing one is of a second that is named as cut."""
    kept, cut = collected(ticks, completes=False)
    assert len(set(kept)) == len(kept)
    assert kept == sorted(kept)
    missing = set(range(len(ticks))) - set(kept)
    assert {ticks[i] for i in missing} <= set(cut)
    if all(ticks.count(second) < LIMIT for second in set(ticks)):
        assert not missing


@pytest.mark.parametrize(
    ("stamps", "keep", "following", "cut"),
    [
        ([], 0, None, None),
        ([7, 7, 8], 3, None, None),
        ([7, 7, 8, 9, 9], 3, 9, None),
        ([7, 7, 8, 9, 9, 9], 6, 10, None),
        ([7, 7, 7, 7, 7], 5, 8, 7),
        ([7, 7, 7, 7, 7, 7], 6, 8, None),
    ],
)
def test_page_ends_where_its_last_whole_second_ends(
    stamps: list[int], keep: int, following: int | None, cut: int | None
) -> None:
    """The cases one by one."""
    end = cut_page(stamps, asked_from=7, limit=LIMIT)
    assert (end.keep, end.next_second, end.cut_second) == (keep, following, cut)


@pytest.mark.parametrize("stamps", [[8, 7], [6, 8]])
def test_page_that_cannot_be_is_refused(stamps: list[int]) -> None:
    """Ticks out of order, or from before the page, are no page."""
    with pytest.raises(RemoteProtocolError):
        cut_page(stamps, asked_from=7, limit=LIMIT)
