# SPDX-License-Identifier: Apache-2.0
"""What a description of a contract says, and whether a listing fits it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final, Self

from ib_provider.domain.contract import Contract
from ib_provider.simulator.contracts.futures_chain import FuturesRoot
from ib_provider.simulator.contracts.listing import Listing
from ib_provider.simulator.contracts.option_chain import Expiration, OptionClass

__all__ = ["Wanted"]

_RIGHTS: Final = {"C": "C", "CALL": "C", "P": "P", "PUT": "P"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A description: every field said must agree, no field unsaid counts."""

    contract: Contract
    sec_id_type: str
    sec_id: str

    @classmethod
    def of(
        cls, contract: Contract, aliases: Mapping[str, str], *, sec_id_type: str, sec_id: str
    ) -> Self:
        """Return a question with its spellings evened out: venues by today's names, C for CALL."""
        plain = replace(
            contract,
            exchange=aliases.get(contract.exchange, contract.exchange),
            primary_exchange=aliases.get(contract.primary_exchange, contract.primary_exchange),
            right=_RIGHTS.get(contract.right.upper(), ""),
            strike=contract.strike or None,
        )
        return cls(contract=plain, sec_id_type=sec_id_type, sec_id=sec_id)

    @property
    def says_enough(self) -> bool:
        """Return whether anything is named at all."""
        said = self.contract
        return bool(said.symbol or said.local_symbol or said.trading_class or self.sec_id)

    def routes(self, listing: Listing) -> bool:
        """Return whether a listing can be had where the description wants it."""
        return self.contract.exchange in ("", *listing.venues)

    def fits(self, listing: Listing) -> bool:
        """Return whether a listing is one that is meant."""
        said, own = self.contract, listing.contract
        return (
            (said.sec_type is own.sec_type or (self.sec_id != "" and not said.sec_type))
            and _symbol_fits(said.symbol, listing)
            and said.local_symbol in ("", own.local_symbol, *listing.other_symbols)
            and said.currency in ("", own.currency)
            and said.primary_exchange in ("", own.primary_exchange or own.exchange)
            and said.trading_class in ("", own.trading_class)
            and said.strike in (None, own.strike)
            and said.right in ("", own.right)
            and _same_number(said.multiplier, own.multiplier)
            and _date_fits(said.last_trade_date, listing)
            and (not self.sec_id or (self.sec_id_type, self.sec_id) in listing.sec_ids)
            and self.routes(listing)
        )

    def may_be_of(self, entry: OptionClass) -> bool:
        """Return whether options of a class may fit: cheap, and true too often."""
        said, own = self.contract, entry.pattern.contract
        return (
            said.sec_type is own.sec_type
            and said.symbol in ("", own.symbol)
            and said.trading_class in ("", own.trading_class)
            and (not said.local_symbol or said.local_symbol.startswith(own.trading_class))
            and self.routes(entry.pattern)
        )

    def may_be_a_month_of(self, root: FuturesRoot) -> bool:
        """Return whether months of a root may fit: cheap, and true too often."""
        said, own = self.contract, root.pattern.contract
        return (
            said.symbol in ("", own.symbol)
            and said.trading_class in ("", own.trading_class)
            and said.local_symbol[: len(own.trading_class)] in ("", own.trading_class)
            and self.routes(root.pattern)
        )

    def expires(self, entry: Expiration) -> bool:
        """Return whether an expiration may be meant."""
        text = self.contract.last_trade_date
        days = (f"{entry.last_trade:%Y%m%d}", f"{entry.expiration:%Y%m%d}")
        return _says_date(text, days, f"{entry.month[0]}{entry.month[1]:02}")


def _symbol_fits(said: str, listing: Listing) -> bool:
    if said in ("", listing.contract.symbol):
        return True
    return listing.bond is not None and said == listing.bond.cusip


def _same_number(said: str, own: str) -> bool:
    """Return whether two multipliers are one: ``50``, ``50.0``; unsaid fits everything."""
    if said in ("", own):
        return True
    try:
        return bool(own) and Decimal(said) == Decimal(own)
    except InvalidOperation:
        return False


def _date_fits(said: str, listing: Listing) -> bool:
    if not said:
        return True
    origin = listing.derivation
    if origin is None:
        return listing.contract.last_trade_date.startswith(said)
    days = tuple(f"{day:%Y%m%d}" for day in (origin.last_trade, origin.expiration) if day)
    return _says_date(said, days, origin.month)


def _says_date(said: str, days: tuple[str, ...], month: str) -> bool:
    """Return whether ``YYYYMMDD`` is one of the days, or ``YYYYMM`` the contract month."""
    return said == "" or said in days or said == month
