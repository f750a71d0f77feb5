# SPDX-License-Identifier: Apache-2.0
"""One contract as the simulated gateway knows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from ib_provider.domain.contract import Contract
from ib_provider.domain.order import Side
from ib_provider.simulator.contracts.market_rules import PriceLadder
from ib_provider.simulator.contracts.trading_hours import TradingHours
from ib_provider.wire.messages import FundData

__all__ = ["SMART", "BondTerms", "Derivation", "Leg", "Listing"]

SMART: Final = "SMART"
_COMBINATION: Final = 28_812_380
"""The conId under which gateways show every combination in USD. From memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What a contract derives from. ``expiration`` is the legal day; ``last_trade`` the last one.

    Attributes:
        month: Contract month, ``YYYYMM``.
        under_con_id: conId of the underlying.
    """

    under_con_id: int
    under_symbol: str
    under_sec_type: str
    month: str = ""
    last_trade: date | None = None
    expiration: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BondTerms:
    """What only a bond has. ``coupon`` in percent a year, dates ``YYYYMMDD``."""

    cusip: str
    coupon: Decimal
    issue_date: str
    ratings: str
    bond_type: str
    coupon_type: str
    callable_: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg of a combination.

    Attributes:
        side: What happens to it when the combination is bought.
        weight: What its price counts for in the combination's, with the side's sign.
    """

    con_id: int
    ratio: int
    side: Side
    weight: Decimal

    def traded(self, side: Side) -> Side:
        """Return what happens to it when the combination is bought or sold."""
        return Side.BUY if self.side is side else Side.SELL


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One contract as the gateway describes it.

    Attributes:
        contract: Fully qualified, ``exchange`` being the listing venue.
        venues: Where it trades, the first being where a question that names none is answered.
        hours: When it trades.
        ladder: Its price steps.
        series: Name of its prices in the market; empty where the gateway has none.
        reference_price: A price for where the market has none, in ``contract.currency`` units
            times ``price_magnifier``; None where nobody wrote one down.
        other_symbols: Older local symbols that a question may use.
        price_magnifier: Prices are this many times the currency's unit: 100 for pence.
        legs: Of a combination.
    """

    contract: Contract
    long_name: str
    market_name: str
    venues: tuple[str, ...]
    hours: TradingHours
    ladder: PriceLadder
    order_types: str
    series: str = ""
    reference_price: Decimal | None = None
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    stock_type: str = ""
    sec_ids: tuple[tuple[str, str], ...] = ()
    price_magnifier: int = 1
    min_size: Decimal = Decimal(1)
    size_increment: Decimal = Decimal(1)
    suggested_size: Decimal = Decimal(100)
    ev_rule: str = ""
    derivation: Derivation | None = None
    other_symbols: tuple[str, ...] = ()
    bond: BondTerms | None = None
    fund: FundData | None = None
    legs: tuple[Leg, ...] = ()

    @property
    def venue(self) -> str:
        """Return the listing venue, whose sessions the contract keeps."""
        return self.contract.primary_exchange or self.contract.exchange

    @property
    def min_tick(self) -> Decimal:
        """Return the smallest price step there is."""
        return self.ladder.smallest

    @property
    def time_zone(self) -> str:
        """Return the zone of its times, as IB spells it."""
        return self.hours.zone_id

    @property
    def last_trade(self) -> date | None:
        """Return the last day of trading; None for what does not expire."""
        return self.derivation.last_trade if self.derivation else None

    @property
    def multiplier(self) -> Decimal:
        """Return the units of currency that one unit of price is worth."""
        try:
            units = Decimal(self.contract.multiplier or 1)
        except InvalidOperation:
            units = Decimal(1)
        return units / self.price_magnifier

    def at(self, exchange: str) -> Contract:
        """Return the contract routed to an exchange, as clients are shown it."""
        if self.legs:
            return replace(
                self.contract,
                con_id=_COMBINATION,
                local_symbol=str(_COMBINATION),
                multiplier="",
                exchange=exchange,
            )
        return replace(self.contract, exchange=exchange)
