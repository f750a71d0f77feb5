# SPDX-License-Identifier: Apache-2.0
"""Where the quotes of a request come from: one contract, or the legs of a combination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from ib_provider.simulator.desks.live_market import LiveMarket, Traded
from ib_provider.simulator.desks.quote_ticks import QuoteShape
from ib_provider.simulator.market.market import Market, MarketQuote
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import ComboLeg

__all__ = ["ComboSource", "QuoteSource", "SingleSource", "combo_source"]


class QuoteSource(Protocol):
    """Anything that is quoted."""

    @property
    def parts(self) -> Sequence[Traded]:
        """Return the contracts behind it, the first giving the price step."""

    @property
    def shape(self) -> QuoteShape:
        """Return what there is to say of it."""

    def quote(self, at: datetime, *, frozen: bool) -> MarketQuote | None:
        """Return its quote at an instant; None where it has no price."""


@dataclass(frozen=True, slots=True)
class SingleSource:
    """One contract, in all the hours in which it trades."""

    market: Market
    traded: Traded

    @property
    def parts(self) -> Sequence[Traded]:
        """Return the contract."""
        return (self.traded,)

    @property
    def shape(self) -> QuoteShape:
        """Return what there is to say of it."""
        what = self.traded.what
        return QuoteShape.of(self.traded.sec_type, traded=what.traded, counted=what.counted)

    def quote(self, at: datetime, *, frozen: bool) -> MarketQuote | None:
        """Return its quote at an instant; None where it has no price."""
        return self.market.quote(self.traded.key, at, frozen=frozen, extended=True)


@dataclass(frozen=True, slots=True)
class ComboSource:
    """Legs with their ratios, negative for those that are sold."""

    market: Market
    legs: tuple[tuple[Traded, int], ...]

    @property
    def parts(self) -> Sequence[Traded]:
        """Return the legs' contracts."""
        return tuple(traded for traded, _ in self.legs)

    @property
    def shape(self) -> QuoteShape:
        """Return what there is to say of a combination: no trades."""
        return QuoteShape(trades=False, volume=False)

    def quote(self, at: datetime, *, frozen: bool) -> MarketQuote | None:
        """Return what buying the legs as they are would cost and bring; may be below zero.

        Its high and low stand where the middle is: no exchange trades the combination.
        """
        quotes = []
        for traded, ratio in self.legs:
            quote = self.market.quote(traded.key, at, frozen=frozen, extended=True)
            if quote is None:
                return None
            quotes.append((quote, ratio))
        last = sum(quote.last * ratio for quote, ratio in quotes)
        closes = [(quote.previous_close, ratio) for quote, ratio in quotes]
        known = [close * ratio for close, ratio in closes if close is not None]
        quoted = all(quote.bid is not None and quote.ask is not None for quote, _ in quotes)
        return replace(
            quotes[0][0],
            bid=_worst(quotes, buying=False) if quoted else None,
            ask=_worst(quotes, buying=True) if quoted else None,
            bid_size=_size(quotes, buying=False) if quoted else 0,
            ask_size=_size(quotes, buying=True) if quoted else 0,
            last=last,
            high=last,
            low=last,
            open=last,
            previous_close=sum(known) if len(known) == len(quotes) else None,
            trading=all(quote.trading for quote, _ in quotes),
        )


def combo_source(live: LiveMarket, legs: Sequence[ComboLeg]) -> ComboSource | Refusal:
    """Return the source of a combination, or why there is none."""
    if not legs:
        return invalid("Please enter at least one combination leg.")
    found = []
    for leg in legs:
        traded = live.by_id(leg.con_id)
        if isinstance(traded, Refusal):
            return traded
        if leg.ratio < 1 or leg.action.upper() not in ("BUY", "SELL", "SSHORT"):
            return invalid(f"Invalid combination leg {leg.con_id}: {leg.action} {leg.ratio}")
        found.append((traded, leg.ratio if leg.action.upper() == "BUY" else -leg.ratio))
    return ComboSource(live.market, tuple(found))


def _worst(quotes: Sequence[tuple[MarketQuote, int]], *, buying: bool) -> float:
    """Return what a buyer of the combination pays, or a seller gets."""
    total = 0.0
    for quote, ratio in quotes:
        side = quote.ask if (ratio > 0) == buying else quote.bid
        total += (side or 0.0) * ratio
    return round(total, 8)


def _size(quotes: Sequence[tuple[MarketQuote, int]], *, buying: bool) -> int:
    sizes = (
        (quote.ask_size if (ratio > 0) == buying else quote.bid_size) // abs(ratio)
        for quote, ratio in quotes
    )
    return min(sizes)
