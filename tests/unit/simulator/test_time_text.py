# SPDX-License-Identifier: Apache-2.0
"""IB's spellings of an instant."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ib_provider.simulator.time_text import parse_time

NEW_YORK = ZoneInfo("America/New_York")
NINE_PM = datetime(2013, 3, 1, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("20130301-21:00:00", True),
        ("20130301-21:00:00Z", True),
        ("20130301 21:00:00 UTC", True),
        ("20130301 16:00:00 US/Eastern", True),
        ("20130301  16:00:00 America/New_York", True),
        ("20130301 16:00:00", False),
    ],
)
def test_instant_is_read_in_every_spelling(text: str, *, said: bool) -> None:
    """Dash is UTC, a zone is that zone, none is the venue's."""
    parsed = parse_time(text, NEW_YORK)
    assert parsed is not None
    assert (parsed.at, parsed.zone_said) == (NINE_PM, said)


@pytest.mark.parametrize(
    "text",
    ["", "now", "20130301", "2013-03-01 16:00:00", "20131301-00:00:00", "20130301 16:00:00 Mars",
     "20130301 16:00:00 /etc/passwd", "00000000-00:00:00"],
)  # fmt: skip
def test_text_that_is_no_instant_is_none(text: str) -> None:
    """Whatever it is, it is refused and nothing is raised."""
    assert parse_time(text, NEW_YORK) is None
