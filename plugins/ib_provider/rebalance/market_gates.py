# SPDX-License-Identifier: Apache-2.0
"""Gates that judge the market of now: there, fresh, not wild, and the limit prices near it.

An exit is for another market than that of now, whatever it does: it is judged by none of these but
the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ib_provider.domain.limits import Breach
from ib_provider.domain.quote import MarketDataType
from ib_provider.rebalance.gate_check import Check, breach, percent
from ib_provider.rebalance.pricing import BASIS_POINT, quote_problem

__all__ = [
    "before_cut_off",
    "drift_within",
    "limit_within_collar",
    "move_within",
    "quote_fresh",
    "quote_usable",
]

#: A quote stamped later than now by more than this is of another clock, and proves nothing.
_CLOCK_SKEW_S: Final = 5.0

#: What a kind of market data adds to a quote's age. IB delays by 15 to 20 minutes; frozen data is
#: of the last close, whenever that was, and prices no order.
_DELAY_S: Final = {MarketDataType.LIVE: 0.0, MarketDataType.DELAYED: 1200.0}


def quote_usable(check: Check) -> Iterator[Breach]:
    """Every order's market is there now: both sides, finite, uncrossed, not halted."""
    for leg in check.plan.entries:
        problem = quote_problem(check.book.quotes.get(leg.instrument_id))
        if problem:
            yield breach("quote", leg.instrument_id, problem, "a two-sided market")


def quote_fresh(check: Check) -> Iterator[Breach]:
    """No order is priced by an old quote, a frozen one, or one from another clock."""
    allowed = check.limits.max_price_age_s
    for leg in check.plan.entries:
        quote = check.book.quotes.get(leg.instrument_id)
        if quote is None:
            continue
        delay = _DELAY_S.get(quote.data_type)
        if delay is None:
            kind = quote.data_type.name.lower().replace("_", "-")
            yield breach("max_price_age_s", leg.instrument_id, f"{kind} data", "live data")
            continue
        age = (check.now - quote.ts).total_seconds() + delay
        if not -_CLOCK_SKEW_S <= age <= allowed:
            yield breach("max_price_age_s", leg.instrument_id, f"{age:.1f} s", f"{allowed:g} s")


def move_within(check: Check) -> Iterator[Breach]:
    """No order's market is too far from the previous close, which must be known."""
    allowed = check.limits.max_price_move
    for leg in check.plan.entries:
        quote, market = check.book.quotes.get(leg.instrument_id), check.market(leg)
        if quote is None or market is None:
            continue
        if quote.close is None or not quote.close.is_finite() or quote.close <= 0:
            yield breach(
                "max_price_move", leg.instrument_id, f"previous close {quote.close}", "a price"
            )
            continue
        move = abs(market.mid / quote.close - 1)
        if move > allowed:
            yield breach("max_price_move", leg.instrument_id, percent(move), percent(allowed))


def drift_within(check: Check) -> Iterator[Breach]:
    """No order's market has moved too far since the plan was made, and approved."""
    allowed = check.limits.max_price_move
    for leg in check.plan.entries:
        market, arrival = check.market(leg), leg.arrival_price
        if market is None:
            continue
        if not arrival.is_finite() or arrival <= 0:
            yield breach("max_price_move", leg.instrument_id, f"planned at {arrival}", "a price")
            continue
        move = abs(market.mid / arrival - 1)
        if move > allowed:
            found = f"{percent(move)} since the plan"
            yield breach("max_price_move", leg.instrument_id, found, percent(allowed))


def limit_within_collar(check: Check) -> Iterator[Breach]:
    """No limit price reaches further beyond the touch of now than the collar."""
    allowed = check.limits.max_collar_bp
    for leg in check.plan.entries:
        market = check.market(leg)
        if market is None or not leg.limit_price.is_finite():
            continue
        touch = market.touch(leg.side)
        reach = leg.side.sign * (leg.limit_price - touch) / touch / BASIS_POINT
        if reach > allowed:
            yield breach("max_collar_bp", leg.instrument_id, f"{reach:.1f} bp", f"{allowed} bp")


def before_cut_off(check: Check) -> Iterator[Breach]:
    """No order of an auction goes out when its exchange takes none any more."""
    now = check.book.market_time
    for leg in check.plan.legs:
        if leg.cut_off is None:
            continue
        if now is None or now >= leg.cut_off:
            found = "at a time that nobody knows" if now is None else f"at {now:%F %T} UTC"
            yield breach("cut_off", leg.instrument_id, found, f"before {leg.cut_off:%F %T} UTC")
