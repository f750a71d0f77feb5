# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date

from ib_provider.quality.checks import CHECKS
from ib_provider.quality.row_text import SHOWN, row_texts
from tests.support.bar_tables import daily_bars, weekdays

_BARS = daily_bars(weekdays(date(2013, 1, 1), 30))


def test_row_texts_shows_the_first_rows_in_the_order_given() -> None:
    """A finding names the earliest offenders, and no more than fit a line."""
    texts = row_texts(CHECKS["zero_volume"], _BARS, list(range(3, 29)))
    assert len(texts) == SHOWN
    assert texts[0] == "2013-01-04 volume 1003.0"


def test_row_texts_of_no_row_is_nothing() -> None:
    """A check about the table as a whole has no row to name."""
    assert row_texts(CHECKS["schema"], _BARS, []) == ()
