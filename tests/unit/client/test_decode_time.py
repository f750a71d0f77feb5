# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ib_provider.client.decode_time import iana_zone, parse_date, parse_instant, render_instant

INSTANT = datetime(2026, 4, 13, 19, 27, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "20260413 15:27:04 US/Eastern",
        "20260413  15:27:04 US/Eastern",
        "20260413 15:27:04 EST (Eastern Standard Time)",
        "20260413-19:27:04",
        "20260413-19:27:04Z",
        "20260413 21:27:04 Central European Standard Time",
        "20260413 21:27:04 MET",
        "1776108424",
    ],
)
def test_parse_instant_every_form_is_the_same_instant(text: str) -> None:
    """Each form of the wire is read to UTC."""
    assert parse_instant(text) == INSTANT
    assert parse_instant(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text", ["20260413 15:27:04", "20260413", "", "soon", "20260413 15:27:04 Mars/Olympus"]
)
def test_parse_instant_without_a_known_zone_is_an_error(text: str) -> None:
    """A zone is never assumed."""
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("US/Eastern", "America/New_York"),
        ("EST (Eastern Standard Time)", "America/New_York"),
        ("America/New_York", "America/New_York"),
        ("GB-Eire", "Europe/London"),
        ("JST (Japan Standard Time)", "Asia/Tokyo"),
        ("Asia/Hong_Kong", "Asia/Hong_Kong"),
    ],
)
def test_iana_zone_known_name_is_ianas(name: str, zone: str) -> None:
    """IB's names of zones become IANA's."""
    assert iana_zone(name) == zone


@pytest.mark.parametrize("name", ["", "Nowhere", "../etc/passwd"])
def test_iana_zone_unknown_name_is_an_error(name: str) -> None:
    """A wrong zone would move every bar, so none is guessed."""
    with pytest.raises(ValueError, match="unknown time zone"):
        iana_zone(name)


def test_parse_date_is_the_day() -> None:
    """A daily bar's date is eight digits."""
    assert parse_date("20130304") == date(2013, 3, 4)


@pytest.mark.parametrize("text", ["2013-03-04", "201303", "20131304", "1362355200"])
def test_parse_date_of_anything_else_is_an_error(text: str) -> None:
    """Nothing else is a day."""
    with pytest.raises(ValueError, match=r".+"):
        parse_date(text)


def test_render_instant_is_utc_with_a_dash() -> None:
    """A request's time is UTC whatever zone it was made in; "now" is empty."""
    local = INSTANT.astimezone(timezone(timedelta(hours=-4)))
    assert render_instant(local) == "20260413-19:27:04"
    assert render_instant(None) == ""


def test_render_instant_without_a_zone_is_refused() -> None:
    """A time without a zone means another instant on every machine."""
    with pytest.raises(ValueError, match="no time zone"):
        render_instant(INSTANT.replace(tzinfo=None))
