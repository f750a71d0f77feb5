# SPDX-License-Identifier: Apache-2.0
"""IB's contract details to instruments, and the other answers about contracts.

Rules:
    * A contract that we have no id or no type for is a ``ForeignContract``, not an error: one
      warrant among a hundred stocks must not lose the stocks.
    * A time of day is never invented: ``expires_at`` is there where IB names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from ib_provider.client.decode_contract import decode_contract
from ib_provider.client.decode_number import int_or_zero, number
from ib_provider.client.decode_time import iana_zone, parse_date
from ib_provider.domain.asset_class import asset_class
from ib_provider.domain.contract import Contract, Instrument
from ib_provider.domain.option_chain import OptionChain
from ib_provider.domain.price_ladder import PriceLadder, PriceStep
from ib_provider.domain.symbol_match import SymbolMatch
from ib_provider.errors import InvalidInstrumentId, SymbologyError
from ib_provider.symbology.instrument_id import instrument_id
from ib_provider.symbology.venues import SMART, VENUES, venue_name

__all__ = [
    "ForeignContract",
    "decode_details",
    "decode_instrument",
    "decode_ladder",
    "decode_option_chain",
    "decode_symbol_match",
]

_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")

#: What else of the details is kept, by our name. Empty, false and unset values are not.
_DETAILS: Final = {
    "bond_type": "bondType",
    "callable": "callable",
    "convertible": "convertible",
    "coupon": "coupon",
    "coupon_type": "couponType",
    "description": "descAppend",
    "ev_multiplier": "evMultiplier",
    "ev_rule": "evRule",
    "fund_family": "fundFamily",
    "fund_name": "fundName",
    "fund_type": "fundType",
    "issue_date": "issueDate",
    "last_trade_time": "lastTradeTime",
    "market_name": "marketName",
    "maturity": "maturity",
    "next_option_date": "nextOptionDate",
    "next_option_type": "nextOptionType",
    "notes": "notes",
    "order_types": "orderTypes",
    "puttable": "putable",
    "ratings": "ratings",
    "real_expiration_date": "realExpirationDate",
    "subcategory": "subcategory",
    "time_zone_id": "timeZoneId",
}
_NOT_SAID: Final = ("", "0", "0.0", "False", "None")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignContract:
    """A contract that IB described and that cannot be an instrument here, and why."""

    contract: Contract
    sec_type: str
    reason: str

    def __str__(self) -> str:
        name = self.contract.local_symbol or self.contract.symbol
        return f"{self.sec_type} {name} (conId {self.contract.con_id}): {self.reason}"


def decode_details(ib: Any, *, seen_at: datetime) -> Instrument | ForeignContract:
    """Return the instrument of an ``ibapi.contract.ContractDetails``, or why it is none."""
    try:
        return decode_instrument(ib, seen_at=seen_at)
    except (SymbologyError, ValueError) as error:
        return ForeignContract(
            contract=decode_contract(ib.contract), sec_type=ib.contract.secType, reason=str(error)
        )


def decode_instrument(ib: Any, *, seen_at: datetime) -> Instrument:
    """Return the instrument of an ``ibapi.contract.ContractDetails``.

    Raises:
        InvalidInstrumentId: The contract has no instrument id.
        ValueError: A field that must be there is not, or names an unknown time zone.
    """
    contract = decode_contract(ib.contract)
    ids = {pair.tag: str(pair.value) for pair in ib.secIdList or ()}
    zone = _zone(ib.timeZoneId, contract)
    increment = number(ib.sizeIncrement) or Decimal(1)
    venues = tuple(part for part in ib.validExchanges.split(",") if part)
    return Instrument(
        instrument_id=_id(contract, venues),
        contract=contract,
        long_name=ib.longName,
        time_zone=zone,
        min_tick=_required(ib.minTick, "minTick"),
        price_magnifier=int_or_zero(ib.priceMagnifier) or 1,
        min_size=number(ib.minSize) or Decimal(1),
        size_increment=increment,
        valid_exchanges=venues,
        market_rule_ids=tuple(int(part) for part in ib.marketRuleIds.split(",") if part),
        trading_hours=ib.tradingHours,
        liquid_hours=ib.liquidHours,
        industry=ib.industry,
        category=ib.category,
        stock_type=ib.stockType,
        isin=ids.get("ISIN", ""),
        seen_at=seen_at,
        expiry=parse_date(ib.realExpirationDate) if ib.realExpirationDate else None,
        expires_at=_expires_at(contract.last_trade_date, ib.lastTradeTime, zone),
        contract_month=ib.contractMonth,
        lot_size=number(ib.suggestedSizeIncrement) or increment,
        under_con_id=int_or_zero(ib.underConId),
        under_symbol=ib.underSymbol,
        under_sec_type=ib.underSecType,
        asset_class=asset_class(
            contract,
            industry=ib.industry,
            under_symbol=ib.underSymbol,
            under_sec_type=ib.underSecType,
        ),
        cusip=ib.cusip or ids.get("CUSIP", ""),
        figi=ids.get("FIGI", ""),
        details=_details(ib),
    )


def decode_ladder(rule_id: int, increments: Iterable[Any]) -> PriceLadder:
    """Return the ladder of a market rule.

    Raises:
        ValueError: The rule is no ladder.
    """
    steps = [
        PriceStep(
            low_edge=_finite(each.lowEdge, "lowEdge"),
            increment=_required(each.increment, "increment"),
        )
        for each in increments
    ]
    return PriceLadder(rule_id=rule_id, steps=tuple(sorted(steps, key=lambda step: step.low_edge)))


def decode_option_chain(
    exchange: str,
    under_con_id: int,
    trading_class: str,
    multiplier: str,
    *,
    expirations: Iterable[str],
    strikes: Iterable[float],
) -> OptionChain:
    """Return one row of option parameters, everything in it kept.

    Raises:
        ValueError: An expiration is no day, or a strike no number.
    """
    return OptionChain(
        exchange=exchange,
        under_con_id=int_or_zero(under_con_id),
        trading_class=trading_class,
        multiplier=multiplier,
        expirations=tuple(sorted(parse_date(text) for text in expirations)),
        strikes=tuple(sorted(_finite(strike, "strike") for strike in strikes)),
    )


def decode_symbol_match(ib: Any) -> SymbolMatch:
    """Return one result of a symbol search."""
    return SymbolMatch(
        contract=decode_contract(ib.contract),
        description=ib.contract.description,
        derivative_sec_types=tuple(ib.derivativeSecTypes),
    )


def _id(contract: Contract, venues: tuple[str, ...]) -> str:
    """Return the instrument id; of a contract that names only the router, by its first venue.

    Raises:
        InvalidInstrumentId: Neither leads to an id.
    """
    try:
        return instrument_id(contract)
    except InvalidInstrumentId:
        listed = next((venue for venue in venues if venue != SMART), "")
        if contract.primary_exchange or contract.exchange != SMART or not listed:
            raise
        return instrument_id(replace(contract, primary_exchange=listed))


def _zone(name: str, contract: Contract) -> str:
    """Return the contract's zone; its venue's where an old gateway names none; empty if neither."""
    if name:
        return iana_zone(name)
    listed = VENUES.get(venue_name(contract.primary_exchange or contract.exchange))
    return listed.time_zone if listed else ""


def _expires_at(day: str, clock: str, zone: str) -> datetime | None:
    """Return the end of trading, UTC, where IB names its time of day."""
    match = _CLOCK.match(clock.strip())
    if not match or not zone or len(day) != 8:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    local: date = parse_date(day)
    at = datetime(local.year, local.month, local.day, hour, minute, second, tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC)


def _details(ib: Any) -> tuple[tuple[str, str], ...]:
    found = ((name, str(getattr(ib, theirs))) for name, theirs in _DETAILS.items())
    return tuple((name, text) for name, text in found if text not in _NOT_SAID)


def _required(value: float | Decimal | None, name: str) -> Decimal:
    found = number(value)
    if found is None or found <= 0:
        raise ValueError(f"{name} is {value!r}")
    return found


def _finite(value: float | Decimal | None, name: str) -> Decimal:
    found = number(value)
    if found is None:
        raise ValueError(f"{name} is {value!r}")
    # 100.0 and 100 are one strike.
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found
