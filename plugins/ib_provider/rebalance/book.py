# SPDX-License-Identifier: Apache-2.0
"""What an account holds and what the market shows, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Final

from ib_provider.domain.contract import Instrument
from ib_provider.domain.order import OrderState
from ib_provider.domain.price_ladder import PriceLadder
from ib_provider.domain.quote import Quote
from ib_provider.domain.session_span import SessionSpan

__all__ = ["Book"]

_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An account and its market, each mapping by instrument id.

    Attributes:
        net_liquidation: What the account is worth, in ``currency``.
        cash: Settled or not, in ``currency``; negative when borrowed.
        positions: Units held; negative for a short.
        untradable: Names in ``positions`` that are no ids: IB's words for what no id can name.
        instruments: Of everything that is wanted, and of what is held and was loaded.
        quotes: What the market shows of it; one that did not come is absent.
        working: The account's open orders at the broker, whoever sent them.
        rates: Units of ``currency`` for one of another; ``currency`` itself need not be there.
        balances: Cash by currency; empty where all of it is in ``currency``.
        volumes: Average daily volume, in units of the contract; of those it is known of.
        ladders: Price steps of those that have more than their ``min_tick``.
        market_time: By the gateway's clock; None where it was not asked.
        sessions: Regular sessions from the one at hand on, of those that were asked for.
    """

    account: str
    currency: str
    net_liquidation: Decimal
    cash: Decimal
    positions: Mapping[str, Decimal]
    untradable: frozenset[str] = frozenset()
    instruments: Mapping[str, Instrument]
    quotes: Mapping[str, Quote]
    working: tuple[OrderState, ...] = ()
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    volumes: Mapping[str, Decimal] = field(default_factory=dict)
    ladders: Mapping[str, PriceLadder] = field(default_factory=dict)
    market_time: datetime | None = None
    sessions: Mapping[str, tuple[SessionSpan, ...]] = field(default_factory=dict)

    def rate(self, currency: str) -> Decimal | None:
        """Return what one unit of a currency is worth in the book's; None where nobody knows."""
        if currency == self.currency:
            return _ONE
        rate = self.rates.get(currency)
        return rate if rate is not None and rate.is_finite() and rate > 0 else None

    def is_open(self, instrument_id: str) -> bool | None:
        """Return whether an instrument is in its regular session; None where nobody knows."""
        spans = self.sessions.get(instrument_id)
        if self.market_time is None or spans is None:
            return None
        return any(span.begin <= self.market_time < span.end for span in spans)

    def ladder(self, instrument: Instrument) -> PriceLadder:
        """Return the price steps of an instrument, whose ``min_tick`` must be above zero."""
        return self.ladders.get(instrument.instrument_id) or _uniform(instrument.min_tick)


@cache
def _uniform(min_tick: Decimal) -> PriceLadder:
    return PriceLadder.uniform(min_tick)
