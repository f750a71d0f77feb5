# SPDX-License-Identifier: Apache-2.0
"""What a past price is divided by as of a date: splits for all, dividends for ADJUSTED_LAST."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from ib_provider.simulator.market.dividends import dividends_paid
from ib_provider.simulator.market.instrument import Instrument, Model, instrument
from ib_provider.simulator.market.market import Market

__all__ = ["Adjustment"]

_KEPT: Final = 65_536


class Adjustment:
    """The adjustments of one market's prices."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._left = lru_cache(maxsize=_KEPT)(self._left_by_dividends)

    def shares(self, key: str, session: date, as_of: date) -> int:
        """Return how many of today's shares one of a session's has become."""
        return self._market.split_factor(key, session, as_of)

    def left(self, key: str, session: date, as_of: date) -> float:
        """Return what is left of a session's price once later dividends are taken from it.

        Each price before a dividend is multiplied by what it left of the close before it.
        """
        return self._left(key, session, as_of, self._market.alterations.edition)

    def _left_by_dividends(self, key: str, session: date, as_of: date, edition: int) -> float:  # noqa: ARG002  # a key of the cache
        what, left = _stock_behind(key), 1.0
        if what.source != "bokeh":
            return left
        for paid in dividends_paid(what.symbol, session, as_of):
            before = self._market.previous_close(key, paid.session)
            if before:
                left *= 1 - paid.amount / before
        return left


def _stock_behind(key: str) -> Instrument:
    what = instrument(key)
    return instrument(what.of) if what.model is Model.SAME else what
