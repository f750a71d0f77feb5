# SPDX-License-Identifier: Apache-2.0
"""When a gateway is expected to go away."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ib_provider.domain.reset_window import DEFAULT_RESET_WINDOWS, ResetWindows
from ib_provider.errors import ConfigError

NEW_YORK = ZoneInfo("America/New_York")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("at", "is_expected"),
    [
        ("2026-03-04 23:44", False),
        ("2026-03-04 23:45", True),
        ("2026-03-05 00:44", True),
        ("2026-03-05 00:45", False),
        ("2026-03-08 01:30", True),  # a Sunday
        ("2026-03-09 01:30", False),
        ("2026-07-05 02:59", True),  # a Sunday in summer
        ("2026-07-05 03:00", False),
    ],
)
def test_default_windows_are_ibs_night_and_the_end_of_the_week(at: str, is_expected: bool) -> None:
    """Local time of New York, summer and winter; a window passes midnight."""
    assert ResetWindows.parse(DEFAULT_RESET_WINDOWS).contain(local(at)) is is_expected


def test_a_weekly_window_past_midnight_belongs_to_the_day_it_starts() -> None:
    """Saturday night reaches into Sunday, and Sunday night is another."""
    windows = ResetWindows.parse("Sat 23:00-01:00 America/New_York")
    assert windows.contain(local("2026-03-08 00:30"))
    assert not windows.contain(local("2026-03-09 00:30"))
    assert not windows.contain(local("2026-03-07 00:30"))


def test_no_text_is_no_window() -> None:
    """Every loss is then news."""
    assert not ResetWindows.parse("").contain(local("2026-03-04 23:50"))


def test_windows_that_cannot_be_read_are_named_together() -> None:
    """A misspelt window must not silence an alarm, nor raise one every night."""
    with pytest.raises(ConfigError) as caught:
        ResetWindows.parse("23:45; Xyz 01:00-02:00 UTC; 25:00-26:00 UTC; 01:00-02:00 Mars/Base")
    assert len(caught.value.problems) == 4
