# SPDX-License-Identifier: Apache-2.0
"""What orders and accounts need of the contracts and the market, by conId and instant.

The only place where the exchange meets the shapes of its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.domain.order import Side
from ib_provider.simulator.accounts.account import Account
from ib_provider.simulator.accounts.asset import Asset
from ib_provider.simulator.accounts.valuation import Valuation, value_account
from ib_provider.simulator.contracts import ContractBook, Listing
from ib_provider.simulator.exchange.combined_quote import combined
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.hours import local_date, venue_of
from ib_provider.simulator.market.instrument import series_key
from ib_provider.simulator.market.market import Market, MarketQuote
from ib_provider.symbology.sessions import SessionHours

__all__ = ["Marketplace"]

_ZERO: Final = Decimal(0)
#: Their prices are their own, whatever else has their symbol.
_QUOTED_ALONE: Final = (SecType.BOND, SecType.FUND)
_DAYS_AHEAD: Final = 12  # no venue closes for longer
_OUTSIDE_SIZE: Final = 10  # outside regular hours this part of the displayed size stands there

#: Worth of one unit in USD where the market has no pair for it: about 2013, from memory.
_USD_WORTH: Final = {
    "USD": Decimal(1),
    "EUR": Decimal("1.30"),
    "GBP": Decimal("1.50"),
    "CHF": Decimal("1.06"),
    "JPY": Decimal("0.0107"),
    "CAD": Decimal("0.97"),
    "AUD": Decimal("1.02"),
    "HKD": Decimal("0.129"),
}


class Marketplace:
    """Contracts with their prices, sizes, hours and currencies."""

    def __init__(self, contracts: ContractBook, market: Market) -> None:
        self.contracts = contracts
        self._market = market
        self._seen: dict[tuple[int, bool], MarketQuote | None] = {}
        self._seen_at: tuple[datetime, int] | None = None
        self._calendar = market.alterations.calendar
        self._assets: dict[int, Asset] = {}
        self._series: dict[int, str] = {}

    def listing(self, con_id: int) -> Listing:
        """Return the listing of a conId that the gateway has given out."""
        return self.contracts.by_id(con_id)

    def asset(self, con_id: int) -> Asset:
        """Return the contract as an account books it."""
        if con_id not in self._assets:
            self._assets[con_id] = _asset(self.listing(con_id))
        return self._assets[con_id]

    def quote(self, con_id: int, now: datetime, *, outside: bool = False) -> MarketQuote | None:
        """Return the market at an instant; None where there never was one.

        With ``outside``, where regular hours are over, a thin book around the last one.
        """
        moment = now, self._market.alterations.edition
        if self._seen_at != moment:
            self._seen, self._seen_at = {}, moment
        key = con_id, outside
        if key not in self._seen:
            self._seen[key] = self._quote(con_id, now, outside=outside)
        return self._seen[key]

    def leg_prices(
        self, con_id: int, side: Side, now: datetime, *, outside: bool = False
    ) -> tuple[Decimal, ...]:
        """Return what each leg of a combination costs who takes the combination's price now."""
        prices = []
        for leg in self.listing(con_id).legs:
            quote = self.quote(leg.con_id, now, outside=outside)
            buys = leg.traded(side) is Side.BUY
            shown = None if quote is None else quote.ask if buys else quote.bid
            if shown is None:
                return ()
            prices.append(money(shown))
        return tuple(prices)

    def last(self, con_id: int, now: datetime) -> Decimal:
        """Return the last price; zero where there is none."""
        quote = self.quote(con_id, now)
        return money(quote.last) if quote else _ZERO

    def closing_price(self, con_id: int, session: date) -> Decimal:
        """Return a session's own close."""
        return money(self._market.closing_price(self.series(con_id), session))

    def opening_price(self, con_id: int, opened: datetime) -> Decimal | None:
        """Return the price of the opening auction at that instant."""
        quote = self._market.quote(self.series(con_id), opened)
        return money(quote.open) if quote else None

    def window(self, con_id: int, session: date, *, outside: bool) -> SessionHours | None:
        """Return when orders can trade in a session; with ``outside``, the whole trading day."""
        day = self._calendar.trading_day(self._venue(con_id), session)
        if day is None or not outside:
            return day.regular if day else None
        return SessionHours(session=session, open=day.begins, close=day.ends)

    def next_window(self, con_id: int, at: datetime, *, outside: bool) -> SessionHours | None:
        """Return the window that runs at an instant, or else the next one."""
        venue = self._venue(con_id)
        if not outside:
            return self._calendar.next_or_running(venue, at)
        first = local_date(venue, at)
        for count in range(_DAYS_AHEAD):
            found = self.window(con_id, first + timedelta(days=count), outside=True)
            if found is not None and at < found.close:
                return found
        return None

    def _venue(self, con_id: int) -> str:
        listing = self.listing(con_id)
        return venue_of(listing.venue, listing.hours.name)

    def rate(self, currency: str, base: str, now: datetime) -> Decimal:
        """Return what one unit of a currency is worth in another."""
        if currency == base:
            return Decimal(1)
        direct = self._pair(currency, base, now)
        if direct:
            return direct
        inverse = self._pair(base, currency, now)
        if inverse:
            return 1 / inverse
        return _USD_WORTH.get(currency, Decimal(1)) / _USD_WORTH.get(base, Decimal(1))

    def value(self, account: Account, now: datetime, more: Iterable[int] = ()) -> Valuation:
        """Return an account at the market; ``more`` adds contracts it does not hold."""
        con_ids = {*account.contracts(), *more}
        assets = {con_id: self.asset(con_id) for con_id in con_ids}
        names = {*account.currencies(), *(asset.currency for asset in assets.values())}
        return value_account(
            account,
            assets,
            {con_id: self.last(con_id, now) for con_id in con_ids},
            {name: self.rate(name, account.base, now) for name in names},
        )

    def _pair(self, bought: str, paid: str, now: datetime) -> Decimal | None:
        wanted = Contract(symbol=bought, sec_type=SecType.CASH, currency=paid)
        for found in self.contracts.find(wanted):
            if price := self.last(found.contract.con_id, now):
                return price
        return None

    def series(self, con_id: int) -> str:
        """Return the name of a contract's prices; where none is given, what describes it."""
        if con_id not in self._series:
            self._series[con_id] = self._series_of(self.listing(con_id))
        return self._series[con_id]

    def _series_of(self, listing: Listing) -> str:
        if listing.series:
            return listing.series
        own, origin = listing.contract, listing.derivation
        on_future = own.sec_type is SecType.FOP and origin is not None
        return series_key(
            own,
            min_tick=listing.min_tick,
            venue=venue_of(listing.venue, listing.hours.name),
            of=self.series(origin.under_con_id) if on_future and origin else "",
            base=listing.reference_price if own.sec_type in _QUOTED_ALONE else None,
        )

    def _quote(self, con_id: int, now: datetime, *, outside: bool) -> MarketQuote | None:
        if legs := self.listing(con_id).legs:
            quotes = [self.quote(leg.con_id, now, outside=outside) for leg in legs]
            return combined(legs, quotes)
        try:
            quote = self._shown(con_id, now, frozen=False)
            if quote is None or quote.trading or not outside:
                return quote
            frozen = self._shown(con_id, now, frozen=True)
        except KeyError:  # the market has no such thing
            return None
        return frozen and replace(
            frozen,
            bid_size=max(1, frozen.bid_size // _OUTSIDE_SIZE),
            ask_size=max(1, frozen.ask_size // _OUTSIDE_SIZE),
        )

    def _shown(self, con_id: int, now: datetime, *, frozen: bool) -> MarketQuote | None:
        """Return the market's quote; nobody bids nothing for a worthless option."""
        quote = self._market.quote(self.series(con_id), now, frozen=frozen)
        if quote is None or quote.bid is None or quote.bid > 0:
            return quote
        return replace(quote, bid=None, bid_size=0)


def _asset(listing: Listing) -> Asset:
    own = listing.contract
    option = own.sec_type in (SecType.OPT, SecType.FOP, SecType.WAR)
    return Asset(
        con_id=own.con_id,
        sec_type=own.sec_type,
        currency=own.currency,
        multiplier=listing.multiplier,
        symbol=own.symbol,
        strike=own.strike if option else None,
    )
