# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ib_provider.errors import UnknownVenue
from ib_provider.symbology.venue_suffix import mic_of, split_venue, venues_of_mic
from ib_provider.symbology.venue_table import ALIASES, ROWS
from ib_provider.symbology.venues import VENUES, venue

#: From ISO 10383; the two that another adapter has wrong are the Swiss and the Israeli one.
MICS = {
    "NASDAQ": "XNAS", "NYSE": "XNYS", "ARCA": "ARCX", "AMEX": "XASE", "LSE": "XLON", "IBIS": "XETR",
    "EBS": "XSWX", "TASE": "XTAE", "TSEJ": "XTKS", "SEHK": "XHKG", "ASX": "XASX", "CME": "XCME",
    "CBOT": "XCBT", "NYMEX": "XNYM", "COMEX": "XCEC", "CFE": "XCBF", "NYBOT": "IFUS", "IPE": "IFEU",
    "EUREX": "XEUR", "HKFE": "XHKF", "OSE.JPN": "XOSE", "SNFE": "XSFE", "IDEM": "XDMI",
    "SBF": "XPAR",
}  # fmt: skip


@pytest.mark.parametrize(("name", "mic"), MICS.items())
def test_venue_has_the_mic_of_the_standard(name: str, mic: str) -> None:
    """And the MIC leads back to it."""
    assert mic_of(name) == mic
    assert name in venues_of_mic(mic)


def test_venues_are_named_once_and_their_zones_exist() -> None:
    """A second row of a name would hide the first."""
    assert len(VENUES) == len(ROWS)
    for entry in ROWS:
        assert ZoneInfo(entry.time_zone)
        assert len(entry.currency) == 3
    assert not set(ALIASES) & set(VENUES)
    assert set(ALIASES.values()) <= set(VENUES)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("AAPL.NASDAQ", ("AAPL", "NASDAQ")),
        ("BP..LSE", ("BP.", "LSE")),
        ("JNK7.OSE.JPN", ("JNK7", "OSE.JPN")),
        ("JNK7.OSE/JPN", ("JNK7", "OSE.JPN")),
        ("AAPL.NASDAQ.NMS", ("AAPL", "NASDAQ")),
        ("ABI.ENEXT.BE", ("ABI", "ENEXT.BE")),
        ("EQNR.OSE", ("EQNR", "OSE")),
        ("AAPL", ("", "")),
    ],
)
def test_split_venue_knows_the_dot_inside_a_name(text: str, parts: tuple[str, str]) -> None:
    """Oslo and Osaka share their first letters."""
    assert split_venue(text) == parts


def test_venue_of_an_old_name_is_todays() -> None:
    """What IB has renamed is still understood, what it never had is not."""
    assert venue("GLOBEX") is venue("CME")
    with pytest.raises(UnknownVenue):
        venue("MARS")
