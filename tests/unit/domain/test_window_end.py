# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import datetime

import pytest

from ib_provider.domain.window_end import parse_window_end

START = datetime.fromisoformat("2013-03-08T15:00:00-05:00")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("90 minutes", "2013-03-08T16:30:00-05:00"),
        ("1.5h", "2013-03-08T16:30:00-05:00"),
        ("30 s", "2013-03-08T15:00:30-05:00"),
        ("16:05 America/New_York", "2013-03-08T16:05:00-05:00"),
        ("9:00 Asia/Tokyo", "2013-03-09T09:00:00+09:00"),
        # The next day's nine o'clock is behind the change to summer time two days later.
        ("15:00 America/New_York", "2013-03-09T15:00:00-05:00"),
        ("2013-03-11T16:00:00-04:00", "2013-03-11T16:00:00-04:00"),
    ],
)
def test_text_becomes_an_end(text: str, end: str) -> None:
    """A length, the next time that a clock shows something, or an instant."""
    assert parse_window_end(text)(START) == datetime.fromisoformat(end)


def test_clock_time_over_the_change_of_the_clocks_is_the_wall_s() -> None:
    """Saturday evening to Sunday four o'clock is an hour less in the night of the change."""
    start = datetime.fromisoformat("2013-03-09T23:00:00-05:00")
    end = parse_window_end("4:00 America/New_York")(start)
    assert (end - start).total_seconds() == 4 * 3600


@pytest.mark.parametrize("text", ["", "soon", "25:00 America/New_York", "16:05 Mars/Base", "0 s"])
def test_what_is_no_end_is_refused(text: str) -> None:
    """A clock time needs a zone that exists."""
    with pytest.raises(ValueError, match=r".+"):
        parse_window_end(text)


def test_instant_without_a_zone_is_refused() -> None:
    """It would mean another instant on another machine."""
    with pytest.raises(ValueError, match="no time zone"):
        parse_window_end("2013-03-11T16:00:00")
