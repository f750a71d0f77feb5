# SPDX-License-Identifier: Apache-2.0
"""An option's greeks: as its bid, its ask, its last trade and the model see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from ib_provider.simulator.market.instrument import Model, instrument
from ib_provider.simulator.market.market import Market, MarketQuote
from ib_provider.simulator.market.option_pricing import Terms, greeks, implied_volatility
from ib_provider.wire.messages import TickOptionComputation

__all__ = ["OptionView", "computation", "option_ticks", "option_view"]

_YEAR_S: Final = 365 * 86_400
_BID, _ASK, _LAST, _MODEL = 10, 11, 12, 13
_DELAYED: Final = 70  # from a computation's number to that of its delayed twin
_ON_PRICES: Final = 1  # the values come from prices, not from returns


class OptionView:
    """One option at an instant: its terms, its underlying's price, and the years it has left."""

    def __init__(self, terms: Terms, spot: float, years: float) -> None:
        self.terms = terms
        self.spot = spot
        self.years = years


def option_view(market: Market, key: str, at: datetime) -> OptionView | None:
    """Return an option as it is at an instant; None where its underlying has no price."""
    what = instrument(key)
    if what.model is not Model.OPTION:
        return None
    under = market.quote(what.of, at, frozen=True, extended=True)
    if under is None:
        return None
    found = market.paths.option_terms(key, under.session)
    if found is None:
        return None
    terms, expiry_s = found
    return OptionView(terms, under.last, max(0.0, (expiry_s - at.timestamp()) / _YEAR_S))


def option_ticks(
    request_id: int, quote: MarketQuote, view: OptionView, *, delayed: bool
) -> Iterator[TickOptionComputation]:
    """Yield the four computations; what a price allows no volatility for is not computed."""
    offset = _DELAYED if delayed else 0
    for number, price in ((_BID, quote.bid), (_ASK, quote.ask), (_LAST, quote.last)):
        if price is not None:
            yield computation(request_id, number + offset, view, price=price)
    yield computation(request_id, _MODEL + offset, view)


def computation(
    request_id: int, number: int, view: OptionView, *, price: float | None = None
) -> TickOptionComputation:
    """Return the greeks at a price of the option; without one, at the model's volatility."""
    terms: Terms | None = view.terms
    if price is not None:
        volatility = implied_volatility(view.terms, price, view.spot, view.years)
        terms = None if volatility is None else replace(view.terms, volatility=volatility)
    if terms is None:
        return TickOptionComputation(
            request_id=request_id,
            tick_type=number,
            attrib=_ON_PRICES,
            option_price=_exact(price),
            under_price=_exact(view.spot),
        )
    found = greeks(terms, view.spot, view.years)
    return TickOptionComputation(
        request_id=request_id,
        tick_type=number,
        attrib=_ON_PRICES,
        implied_vol=_exact(terms.volatility),
        delta=_exact(found.delta),
        option_price=_exact(found.price if price is None else price),
        pv_dividend=Decimal(0),
        gamma=_exact(found.gamma),
        vega=_exact(found.vega),
        theta=_exact(found.theta),
        under_price=_exact(view.spot),
    )


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.8f}")
