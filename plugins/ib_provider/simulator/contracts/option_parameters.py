# SPDX-License-Identifier: Apache-2.0
"""The option chains of an underlying: one row an exchange and trading class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ib_provider.domain.contract import SecType
from ib_provider.simulator.contracts.contract_book import ContractBook
from ib_provider.simulator.contracts.listing import Listing
from ib_provider.simulator.contracts.option_chain import Expiration, OptionClass
from ib_provider.wire.messages import ReqSecDefOptParams, SecDefOptParams

__all__ = ["option_parameters"]


@dataclass(slots=True)
class _Chain:
    """What rows of one trading class have in common, gathered."""

    expirations: set[str] = field(default_factory=set)
    strikes: set[Decimal] = field(default_factory=set)


def option_parameters(book: ContractBook, request: ReqSecDefOptParams) -> list[SecDefOptParams]:
    """Return the chains of an underlying, sorted by exchange and class; none where it has none.

    Expirations are last trade dates, ascending, as the options' own details have them.
    """
    under = _underlying(book, request)
    if under is None:
        return []
    chains: dict[tuple[str, str, str], _Chain] = {}
    for entry in _classes(book, under):
        contract = entry.pattern.contract
        days = [day for day in entry.expirations(book.today()) if _is_on(entry, day, under)]
        strikes = {strike for day in days for strike in entry.strikes(book.price, day)}
        for exchange in entry.pattern.venues if days else ():
            if request.fut_fop_exchange in ("", exchange):
                key = (exchange, contract.trading_class, contract.multiplier)
                chain = chains.setdefault(key, _Chain())
                chain.expirations.update(f"{day.last_trade:%Y%m%d}" for day in days)
                chain.strikes |= strikes
    return [
        SecDefOptParams(
            request_id=request.request_id,
            exchange=exchange,
            under_con_id=request.underlying_con_id,
            trading_class=trading_class,
            multiplier=multiplier,
            expirations=tuple(sorted(chain.expirations)),
            strikes=tuple(sorted(chain.strikes)),
        )
        for (exchange, trading_class, multiplier), chain in sorted(chains.items())
    ]


def _underlying(book: ContractBook, request: ReqSecDefOptParams) -> Listing | None:
    """Return the underlying of a question whose id, symbol and security type agree."""
    try:
        under = book.by_id(request.underlying_con_id)
    except KeyError:
        return None
    own = under.contract
    agrees = own.symbol == request.underlying_symbol and own.sec_type == request.underlying_sec_type
    return under if agrees else None


def _classes(book: ContractBook, under: Listing) -> Iterator[OptionClass]:
    con_id = under.contract.con_id
    if under.contract.sec_type is SecType.FUT and under.derivation is not None:
        con_id = under.derivation.under_con_id
    return book.classes_on(con_id)


def _is_on(entry: OptionClass, day: Expiration, under: Listing) -> bool:
    """Return whether an expiration is on the future asked for, where it is a future."""
    if under.contract.sec_type is not SecType.FUT:
        return True
    return entry.underlying(day).contract.con_id == under.contract.con_id
