# SPDX-License-Identifier: Apache-2.0
"""Order references: stable for ever, distinct, readable, short."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ib_provider.rebalance import ORDER_REF_PREFIX, order_ref

PARTS = st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text())


def test_order_ref_is_the_same_for_ever() -> None:
    """A change of this value would send every open rebalance twice."""
    ref = order_ref("DU1000001", "demo", "2013-03-04", "AAPL.NASDAQ")
    assert ref == "ibp-demo-AAPL-yzctnl4kawer2"


@given(parts=PARTS)
def test_order_ref_is_short_and_plain(parts: tuple[str, str, str, str]) -> None:
    """Whatever it is made from, it fits IB's field and any log."""
    ref = order_ref(*parts)
    assert len(ref) <= 32
    assert ref.startswith(ORDER_REF_PREFIX)
    assert re.fullmatch(r"[A-Za-z0-9-]+", ref)


@given(one=PARTS, other=PARTS)
def test_order_ref_is_distinct_for_distinct_legs(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    """Two legs never share a reference; the same leg always has its own."""
    assert (order_ref(*one) == order_ref(*other)) == (one == other)


def test_order_ref_is_distinct_where_joined_text_would_be_equal() -> None:
    """The parts are kept apart: ``a`` and ``bc`` are not ``ab`` and ``c``."""
    assert order_ref("a", "bc", "k", "X.Y") != order_ref("ab", "c", "k", "X.Y")
