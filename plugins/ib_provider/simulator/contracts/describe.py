# SPDX-License-Identifier: Apache-2.0
"""A listing as the gateway describes it, with the hours of the coming week."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ib_provider.domain.contract import Contract
from ib_provider.simulator.contracts.listing import BondTerms, Listing
from ib_provider.wire.messages import BondContractData, ContractData

__all__ = ["describe"]


def describe(
    listing: Listing, exchange: str, request_id: int, now: datetime
) -> ContractData | BondContractData:
    """Return the gateway's description of a listing.

    Args:
        exchange: Where the question wanted it; empty is the first of its venues.
    """
    contract = listing.at(exchange or listing.venues[0])
    if listing.bond is not None:
        return _bond(listing, listing.bond, contract, request_id, now)
    origin = listing.derivation
    expiration = origin.expiration if origin else None
    return ContractData(
        request_id=request_id,
        contract=contract,
        min_tick=listing.min_tick,
        market_name=listing.market_name,
        order_types=listing.order_types,
        valid_exchanges=",".join(listing.venues),
        price_magnifier=listing.price_magnifier,
        under_con_id=origin.under_con_id if origin else 0,
        long_name=listing.long_name,
        contract_month=origin.month if origin else "",
        industry=listing.industry,
        category=listing.category,
        subcategory=listing.subcategory,
        time_zone=listing.time_zone,
        trading_hours=_hours(listing, now, liquid=False),
        liquid_hours=_hours(listing, now, liquid=True),
        ev_rule=listing.ev_rule,
        sec_ids=listing.sec_ids,
        under_symbol=origin.under_symbol if origin else "",
        under_sec_type=origin.under_sec_type if origin else "",
        market_rule_ids=_rule_ids(listing),
        real_expiration_date=f"{expiration:%Y%m%d}" if expiration else "",
        stock_type=listing.stock_type,
        min_size=listing.min_size,
        size_increment=listing.size_increment,
        suggested_size_increment=listing.suggested_size,
        fund=listing.fund,
    )


def _bond(
    listing: Listing, bond: BondTerms, contract: Contract, request_id: int, now: datetime
) -> BondContractData:
    return BondContractData(
        request_id=request_id,
        contract=replace(contract, local_symbol=""),
        min_tick=listing.min_tick,
        cusip=bond.cusip,
        coupon=bond.coupon,
        issue_date=bond.issue_date,
        ratings=bond.ratings,
        bond_type=bond.bond_type,
        coupon_type=bond.coupon_type,
        callable_=bond.callable_,
        description=bond.description,
        market_name=listing.market_name,
        order_types=listing.order_types,
        valid_exchanges=",".join(listing.venues),
        long_name=listing.long_name,
        time_zone=listing.time_zone,
        trading_hours=_hours(listing, now, liquid=False),
        liquid_hours=_hours(listing, now, liquid=True),
        ev_rule=listing.ev_rule,
        sec_ids=listing.sec_ids,
        market_rule_ids=_rule_ids(listing),
        min_size=listing.min_size,
        size_increment=listing.size_increment,
        suggested_size_increment=listing.suggested_size,
    )


def _hours(listing: Listing, now: datetime, *, liquid: bool) -> str:
    return listing.hours.text(listing.hours.local_date(now), liquid=liquid)


def _rule_ids(listing: Listing) -> str:
    """Return one id a venue, as IB does."""
    return ",".join(str(listing.ladder.rule_id) for _ in listing.venues)
