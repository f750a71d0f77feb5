# SPDX-License-Identifier: Apache-2.0
"""The venue at the end of an instrument id, spelt by IB's name, an old name or a MIC."""

from __future__ import annotations

from typing import Final

from ib_provider.symbology.option_symbol import US_OPTION_VENUES
from ib_provider.symbology.venues import ALIASES, SMART, VENUES, venue_name

__all__ = ["mic_of", "split_venue", "venues_of_mic"]

#: MICs of a platform or of a whole market, which stand for the venues of several.
_PLATFORMS: Final = {
    "GLBX": ("CME", "CBOT", "NYMEX", "COMEX"),
    "OPRA": (SMART,),
    "XJPX": ("TSEJ", "OSE.JPN"),
    "XBXO": (SMART,),
    "XISX": (SMART,),
}


def _by_mic() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in VENUES.values():
        if entry.mic and entry.mic != entry.name:
            found[entry.mic] = (*found.get(entry.mic, ()), entry.name)
    return found | _PLATFORMS


_BY_MIC: Final = _by_mic()
_NAMES: Final = frozenset((*VENUES, *ALIASES, *_BY_MIC, *US_OPTION_VENUES))
#: Names with a dot of their own come first, else the split would stand inside them.
_DOTTED: Final = tuple(f".{name}" for name in _NAMES if "." in name)


def split_venue(text: str) -> tuple[str, str]:
    """Return symbol and venue of a text, both empty where it has no dot.

    A venue's own dot may be written as a slash: ``OSE/JPN`` is ``OSE.JPN``.
    """
    for ending in _DOTTED:
        if text.endswith((ending, f".{ending[1:].replace('.', '/')}")):
            return text[: -len(ending)], venue_name(ending[1:])
    symbol, dot, name = text.rpartition(".")
    return (symbol, venue_name(name)) if dot else ("", "")


def venues_of_mic(name: str) -> tuple[str, ...]:
    """Return the venues that a MIC stands for; nothing for any other text."""
    return _BY_MIC.get(name, ())


def mic_of(name: str) -> str:
    """Return the MIC of a venue; its own name where it has none."""
    if name == SMART:
        return "OPRA"
    return (VENUES[name].mic if name in VENUES else "") or name
