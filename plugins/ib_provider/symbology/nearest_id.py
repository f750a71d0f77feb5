# SPDX-License-Identifier: Apache-2.0
"""The legal id nearest to a text that is none: for the error's message, never for use."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from ib_provider.symbology.futures_roots import venues_of_root
from ib_provider.symbology.futures_symbol import LETTER_FORM
from ib_provider.symbology.option_symbol import OccSymbol, read_field_option
from ib_provider.symbology.venue_suffix import split_venue
from ib_provider.symbology.venues import ALIASES, SMART, VENUES

__all__ = ["nearest_id"]

_PAIR: Final = re.compile(r"([A-Z]{3,5})[./ -]?([A-Z]{3})")
_PAIR_VENUES: Final = ("IDEALPRO", "PAXOS", "ZEROHASH", "IBCFD")
_ONE_DIGIT: Final = re.compile(r"(.*[FGHJKMNQUVXZ])(\d)((?: ?[CP].*)?)")


def nearest_id(text: str, parses: Callable[[str], bool]) -> str | None:
    """Return the closest text that parses; None where a guess would invent an instrument."""
    for attempt in _attempts(text.strip().upper()):
        if attempt != text and parses(attempt):
            return attempt
    return None


def _attempts(text: str) -> Iterator[str]:
    symbol, listed = split_venue(text)
    if not symbol:
        return
    if listed not in VENUES and listed != SMART:
        close = difflib.get_close_matches(listed, (*VENUES, *ALIASES), n=1)
        if not close:
            return
        listed = ALIASES.get(close[0], close[0])
    yield f"{symbol}.{listed}"
    if listed in _PAIR_VENUES and (pair := _PAIR.fullmatch(symbol)):
        yield f"{pair[1]}/{pair[2]}.{listed}"
    if digit := _ONE_DIGIT.fullmatch(symbol):
        yield f"{digit[1]}2{digit[2]}{digit[3]}.{listed}"
    if letters := LETTER_FORM.fullmatch(symbol):
        root, letter, year = letters.groups()
        for venue in venues_of_root(root):
            yield f"{root}{letter}{year.rjust(2, '2')}.{venue}"
    if option := read_field_option(symbol):
        strike = Decimal(option.strike)
        occ = OccSymbol(root=option.root, expiry=option.day[2:], right=option.right, strike=strike)
        yield f"{occ.stored}.{SMART}"
    if len(pieces := re.split(r"[ _/]", symbol)) == 2:
        yield f"{'-'.join(pieces)}.{listed}"
