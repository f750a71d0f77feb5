# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.live import StreamKind
from ib_provider.domain.stream_wish import StreamWish, parse_stream_wish


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("trades", StreamWish(kind=StreamKind.TRADES)),
        ("bars:1 min", StreamWish(kind=StreamKind.BARS, spec=BarSpec(size=BarSize.MIN_1))),
        (
            "bars:5 mins:MIDPOINT:all",
            StreamWish(
                kind=StreamKind.BARS,
                spec=BarSpec(size=BarSize.MIN_5, what=WhatToShow.MIDPOINT, rth=False),
            ),
        ),
        (
            "real_time_bars:BID",
            StreamWish(
                kind=StreamKind.REAL_TIME_BARS,
                spec=BarSpec(size=BarSize.SEC_5, what=WhatToShow.BID),
            ),
        ),
        ("depth", StreamWish(kind=StreamKind.DEPTH)),
        ("depth:5:smart", StreamWish(kind=StreamKind.DEPTH, rows=5, smart=True)),
    ],
)
def test_text_becomes_a_wish(text: str, wish: StreamWish) -> None:
    """What the documentation shows."""
    assert parse_stream_wish(text) == wish


@pytest.mark.parametrize(
    "text", ["", "tades", "trades:5", "bars", "bars:7 mins", "bars:1 min:TRADES:some", "depth:0"]
)
def test_what_is_no_wish_is_refused(text: str) -> None:
    """Named, never guessed."""
    with pytest.raises(ValueError, match=r".+"):
        parse_stream_wish(text)
