# SPDX-License-Identifier: Apache-2.0
"""Every contract there is at a moment of the simulated clock, found by description."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final, Protocol

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.contracts.con_ids import FutureCode, OptionCode, code_of
from ib_provider.simulator.contracts.contract_files import ContractTables, read_contract_tables
from ib_provider.simulator.contracts.listing import Listing
from ib_provider.simulator.contracts.matching import Wanted
from ib_provider.simulator.contracts.option_chain import OptionClass

__all__ = ["ContractBook", "PriceSource"]

_DEFAULT_START: Final = datetime(2013, 3, 4, 15, tzinfo=UTC)
_CHAINED: Final = (SecType.FUT, SecType.CONTFUT, SecType.OPT, SecType.FOP)


class PriceSource(Protocol):
    """Where the prices come from around which strikes are listed."""

    def price_of(self, con_id: int, at: datetime) -> Decimal | None:
        """Return the price of a contract at an instant; None where it has none."""


class ContractBook:
    """Every contract: single ones from the data files, chains by rule from the clock.

    Args:
        tables: What the data files say; by default the package's own.
        now: The simulated clock.
    """

    def __init__(
        self,
        tables: ContractTables | None = None,
        *,
        now: Callable[[], datetime] = lambda: _DEFAULT_START,
    ) -> None:
        self.tables = tables or read_contract_tables()
        self._now = now
        self._prices: PriceSource | None = None
        self._gone: set[int] = set()
        self._by_id = {listing.contract.con_id: listing for listing in self.tables.listings}
        self._combinations: dict[int, Listing] = {}
        self._roots = {root.number: root for root in self.tables.roots}
        self._classes = {entry.number: entry for entry in self.tables.classes}
        self._price_on = lru_cache(maxsize=1_024)(self._read_price)
        self._chained = lru_cache(maxsize=20_000)(self._decode)

    def __iter__(self) -> Iterator[Listing]:
        """Iterate over the single contracts: chains have no end."""
        return iter(self.tables.listings)

    def use_prices(self, prices: PriceSource) -> None:
        """List strikes around the market's prices from now on."""
        self._prices = prices
        self._price_on.cache_clear()

    def by_id(self, con_id: int) -> Listing:
        """Return the listing of a conId that the gateway itself has given out.

        Raises:
            KeyError: It has given out no such id.
        """
        listing = self._by_id.get(con_id) or self._combinations.get(con_id)
        listing = listing or self._chained(con_id)
        if listing is None:
            raise KeyError(con_id)
        return listing

    def remember(self, combination: Listing) -> Listing:
        """Keep what somebody has made of legs, for ``by_id`` alone, and return it."""
        return self._combinations.setdefault(combination.contract.con_id, combination)

    def find(
        self, contract: Contract, *, sec_id_type: str = "", sec_id: str = "", expired: bool = False
    ) -> tuple[Listing, ...]:
        """Return every listing that fits a description; a conId alone is enough.

        Args:
            sec_id: With its type a description by itself: an ISIN, CUSIP, SEDOL or FIGI.
            expired: Whether futures that no longer trade are meant too.
        """
        wanted = Wanted.of(contract, self.tables.aliases, sec_id_type=sec_id_type, sec_id=sec_id)
        if wanted.contract.con_id:
            if contract.con_id in self._gone:
                return ()
            found = self._by_id.get(contract.con_id) or self._chained(contract.con_id)
            if found is None or not wanted.routes(found) or not (expired or self._trades(found)):
                return ()
            return (found,)
        if not wanted.says_enough:
            return ()
        if wanted.contract.sec_type in _CHAINED:
            return tuple(filter(wanted.fits, self._candidates(wanted, expired=expired)))
        return tuple(filter(wanted.fits, self._singles(expired=expired)))

    def relist(self, con_id: int, new_con_id: int) -> None:
        """Give a single contract another conId; who asks for the old one finds nothing.

        Raises:
            KeyError: There is no such single contract.
        """
        old = self._by_id[con_id]
        new = replace(old, contract=replace(old.contract, con_id=new_con_id))
        rows = tuple(new if row is old else row for row in self.tables.listings)
        classes = tuple(
            replace(entry, under=new) if entry.under is old else entry
            for entry in self.tables.classes
        )
        self.tables = replace(self.tables, listings=rows, classes=classes)
        self._classes = {entry.number: entry for entry in classes}
        self._chained.cache_clear()
        self._by_id[new_con_id] = new
        self._gone.add(con_id)
        self._gone.discard(new_con_id)

    def classes_on(self, con_id: int) -> Iterator[OptionClass]:
        """Yield the option classes whose options are on a contract: a stock, or a root's index."""
        for entry in self.tables.classes:
            under = entry.root.under_con_id if entry.root else entry.under.contract.con_id
            if under == con_id:
                yield entry

    def front(self, con_id: int, on: date) -> Listing:
        """Return the front month on a day, of the root that a future is a month of.

        Raises:
            KeyError: It is no future of a chain.
        """
        match code_of(con_id):
            case FutureCode(root=number) if number in self._roots:
                return self._roots[number].front(on)
        raise KeyError(con_id)

    def price(self, listing: Listing) -> Decimal | None:
        """Return the price at the start of the day around which strikes are listed."""
        return self._price_on(listing.contract.con_id, self.today())

    def today(self) -> date:
        """Return the date of the simulated clock, UTC."""
        return self._now().date()

    def _singles(self, *, expired: bool) -> Iterator[Listing]:
        return (row for row in self.tables.listings if expired or self._trades(row))

    def _trades(self, listing: Listing) -> bool:
        return listing.last_trade is None or listing.last_trade >= self.today()

    def _candidates(self, wanted: Wanted, *, expired: bool) -> Iterator[Listing]:
        today, sec_type = self.today(), wanted.contract.sec_type
        if sec_type in (SecType.OPT, SecType.FOP):
            for entry in filter(wanted.may_be_of, self.tables.classes):
                yield from entry.listings(
                    today,
                    self.price,
                    wanted.expires,
                    wanted.contract.strike,
                    wanted.contract.right,
                )
            return
        for root in filter(wanted.may_be_a_month_of, self.tables.roots):
            if sec_type is SecType.CONTFUT:
                yield root.continuous(today)
            else:
                yield from root.listings(today, expired=expired)

    def _decode(self, con_id: int) -> Listing | None:
        match code_of(con_id):
            case FutureCode(root=number, month=month):
                root = self._roots.get(number)
                return root.listing(month) if root and root.lists(month) else None
            case OptionCode(row=number) as code:
                entry = self._classes.get(number)
                return entry.decode(code) if entry else None
        return None

    def _read_price(self, con_id: int, day: date) -> Decimal | None:
        if self._prices is None:
            return None
        return self._prices.price_of(con_id, datetime.combine(day, time(), tzinfo=UTC))
