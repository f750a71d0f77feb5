# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.simulator.faults.chunking import Chunking


def test_cuts_are_counted_from_the_first_byte_of_the_connection() -> None:
    """After 4000 bytes the first piece is what is left to 4096."""
    sizes = [len(piece) for piece in Chunking(size=4096).pieces(bytes(5000), 4000)]
    assert sizes == [96, 4096, 808]


@given(st.binary(max_size=300), st.integers(1, 50), st.integers(0, 1000))
def test_nothing_is_lost_and_every_cut_is_on_a_boundary(
    data: bytes, size: int, position: int
) -> None:
    """The pieces joined are the data; each but the last ends at a multiple of the size."""
    pieces = list(Chunking(size=size).pieces(data, position))
    assert b"".join(pieces) == data
    for piece in pieces[:-1]:
        position += len(piece)
        assert position % size == 0
