# SPDX-License-Identifier: Apache-2.0
"""How far a quote stands from the last trade."""

from __future__ import annotations

from typing import Final

from ib_provider.simulator.market.instrument import Instrument, Model

__all__ = ["half_spread"]

_SHARE: Final = 0.0001  # of the price; an option's is wider
_OF_AN_OPTION: Final = 0.01


def half_spread(what: Instrument, price: int) -> int:
    """Return half a spread at a price, both in units: whole ticks, at least one."""
    share = _OF_AN_OPTION if what.model is Model.OPTION else _SHARE
    return max(1, round(price * share / what.step)) * what.step
