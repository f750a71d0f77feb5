# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow
from ib_provider.domain.bar_spec_text import (
    SERVED_KINDS,
    check_served,
    parse_bar_spec,
    render_bar_spec,
)
from ib_provider.domain.contract import SecType
from ib_provider.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "size", "what"),
    [
        ("1-HOUR-LAST", "1 hour", "TRADES"),
        ("30-MINUTE-MID", "30 mins", "MIDPOINT"),
        ("1-DAY-ADJUSTED", "1 day", "ADJUSTED_LAST"),
        ("1-SECOND-BID_ASK", "1 secs", "BID_ASK"),
        ("5-second-ask", "5 secs", "ASK"),
        ("1-MINUTE-BID", "1 min", "BID"),
        ("8-HOUR-LAST", "8 hours", "TRADES"),
        ("1-WEEK-LAST", "1W", "TRADES"),
        ("1-MONTH-LAST", "1M", "TRADES"),
        ("1-DAY-SCHEDULE", "1 day", "SCHEDULE"),
        ("1-DAY-YIELD_BID_ASK", "1 day", "YIELD_BID_ASK"),
        ("1-DAY-IMPLIED_VOLATILITY", "1 day", "OPTION_IMPLIED_VOLATILITY"),
    ],
)
def test_text_names_ibs_bar_size_and_kind(text: str, size: str, what: str) -> None:
    """The words of a chart become the words of the wire."""
    spec = parse_bar_spec(text)
    assert (spec.size.value, spec.what.value) == (size, what)


@given(st.sampled_from(BarSize), st.sampled_from(WhatToShow), st.booleans())
def test_text_of_every_spec_is_read_back(size: BarSize, what: WhatToShow, rth: bool) -> None:
    """Render then parse is the identity, but for a schedule, which has one size."""
    if what is WhatToShow.SCHEDULE:
        size = BarSize.DAY_1
    spec = BarSpec(size=size, what=what, rth=rth)
    assert parse_bar_spec(render_bar_spec(spec), rth=rth) == spec


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1-HOUR", "STEP-UNIT-KIND"),
        ("hourly", "STEP-UNIT-KIND"),
        ("7-MINUTE-LAST", "5-MINUTE"),
        ("1-YEAR-LAST", "1-MONTH"),
        ("1-HOUR-CLOSE", "LAST"),
        ("1-HOUR-SCHEDULE", "1-DAY-SCHEDULE"),
        ("", "STEP-UNIT-KIND"),
    ],
)
def test_text_that_names_no_bar_is_refused_with_what_there_is(text: str, named: str) -> None:
    """Who mistypes sees the legal words, not a bar of another kind."""
    with pytest.raises(ConfigError, match=named):
        parse_bar_spec(text)


@pytest.mark.parametrize(
    ("sec_type", "text", "legal"),
    [
        ("CASH", "1-DAY-LAST", "MID"),
        ("IND", "1-DAY-BID", "LAST"),
        ("CFD", "1-MINUTE-LAST", "BID_ASK"),
        ("STK", "1-DAY-YIELD_BID", "FEE_RATE"),
        ("FUT", "1-DAY-ADJUSTED", "LAST"),
        ("BAG", "1-DAY-LAST", "no bars"),
    ],
)
def test_kind_that_ib_does_not_serve_is_refused_with_those_it_does(
    sec_type: str, text: str, legal: str
) -> None:
    """Currencies print no trades, indices have no bid: nobody waits for a gateway to say so."""
    with pytest.raises(ConfigError, match=legal):
        check_served(parse_bar_spec(text), SecType(sec_type))


def test_served_kinds_pass() -> None:
    """What the table lists is not refused."""
    for sec_type, kinds in SERVED_KINDS.items():
        for what in kinds:
            check_served(BarSpec(size=BarSize.DAY_1, what=what), sec_type)
