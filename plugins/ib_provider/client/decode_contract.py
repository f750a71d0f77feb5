# SPDX-License-Identifier: Apache-2.0
"""IB's contract objects to domain values, and the contract of a request back."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ibapi.contract import ComboLeg as IbComboLeg
from ibapi.contract import Contract as IbContract

from ib_provider.client.decode_number import int_or_zero, number
from ib_provider.client.decode_time import iana_zone, parse_date
from ib_provider.domain.contract import (
    Combination,
    ComboLeg,
    Contract,
    Instrument,
    NumberedContract,
    SecType,
)
from ib_provider.errors import LocalProtocolError
from ib_provider.symbology.instrument_id import instrument_id

__all__ = ["decode_contract", "decode_instrument", "encode_contract"]


def decode_contract(ib: Any) -> Contract:
    """Return the domain contract of an ``ibapi.contract.Contract``."""
    strike = number(ib.strike)
    contract = Contract(
        con_id=int_or_zero(ib.conId),
        symbol=ib.symbol,
        sec_type=_sec_type(ib.secType),
        last_trade_date=ib.lastTradeDateOrContractMonth,
        # A text answer spells "no strike" 0.0; an option is never struck at zero.
        strike=strike or None,
        right=ib.right if ib.right in ("C", "P") else "",
        multiplier=ib.multiplier,
        exchange=ib.exchange,
        primary_exchange=ib.primaryExchange,
        currency=ib.currency,
        local_symbol=ib.localSymbol,
        trading_class=ib.tradingClass,
    )
    if not ib.comboLegs:
        return contract
    return Combination(
        **{field.name: getattr(contract, field.name) for field in fields(contract)},
        legs=tuple(_decode_leg(leg) for leg in ib.comboLegs),
    )


def encode_contract(contract: Contract) -> Any:
    """Return the ``ibapi.contract.Contract`` of a request.

    Raises:
        LocalProtocolError: The contract is of a type that no request can name, or a leg of it has
            no conId.
    """
    if contract.sec_type is SecType.OTHER:
        raise LocalProtocolError(f"{contract} is of a type that no request can name")
    ib = IbContract()
    ib.conId = contract.con_id
    ib.symbol = contract.symbol
    ib.secType = str(contract.sec_type)
    ib.lastTradeDateOrContractMonth = contract.last_trade_date
    if contract.strike is not None:
        # Left alone otherwise: ibapi omits its own "not set", and 0.0 would be a strike.
        ib.strike = float(contract.strike)
    ib.right = contract.right
    ib.multiplier = contract.multiplier
    ib.exchange = contract.exchange
    ib.primaryExchange = contract.primary_exchange
    ib.currency = contract.currency
    ib.localSymbol = contract.local_symbol
    ib.tradingClass = contract.trading_class
    if isinstance(contract, NumberedContract):
        ib.secIdType, ib.secId = contract.sec_id_type, contract.sec_id
    if isinstance(contract, Combination):
        ib.comboLegs = [_encode_leg(contract, leg) for leg in contract.legs]
    return ib


def decode_instrument(ib: Any, *, seen_at: datetime) -> Instrument:
    """Return the instrument of an ``ibapi.contract.ContractDetails``.

    Raises:
        InvalidInstrumentId: The contract has no instrument id.
        ValueError: A field that must be there is not, or names an unknown time zone.
    """
    contract = decode_contract(ib.contract)
    return Instrument(
        instrument_id=instrument_id(contract),
        contract=contract,
        long_name=ib.longName,
        time_zone=iana_zone(ib.timeZoneId),
        min_tick=_required(ib.minTick, "minTick"),
        price_magnifier=int_or_zero(ib.priceMagnifier) or 1,
        min_size=number(ib.minSize) or Decimal(1),
        size_increment=number(ib.sizeIncrement) or Decimal(1),
        valid_exchanges=tuple(part for part in ib.validExchanges.split(",") if part),
        market_rule_ids=tuple(int(part) for part in ib.marketRuleIds.split(",") if part),
        trading_hours=ib.tradingHours,
        liquid_hours=ib.liquidHours,
        industry=ib.industry,
        category=ib.category,
        stock_type=ib.stockType,
        isin=_isin(ib.secIdList),
        seen_at=seen_at,
        expiry=_expiry(ib.realExpirationDate),
    )


def _encode_leg(contract: Contract, leg: ComboLeg) -> Any:
    if not leg.con_id or not leg.ratio:
        raise LocalProtocolError(f"{contract}: leg {leg.instrument_id!r} has no conId or no ratio")
    ib = IbComboLeg()
    ib.conId, ib.ratio = leg.con_id, abs(leg.ratio)
    ib.action = "BUY" if leg.ratio > 0 else "SELL"
    ib.exchange = leg.exchange
    return ib


def _decode_leg(ib: Any) -> ComboLeg:
    ratio = int_or_zero(ib.ratio)
    return ComboLeg(
        con_id=int_or_zero(ib.conId),
        ratio=ratio if ib.action == "BUY" else -ratio,
        exchange=ib.exchange,
    )


def _sec_type(text: str) -> SecType:
    """Return the security type; one that the domain does not know is another's, not an error."""
    try:
        return SecType(text)
    except ValueError:
        return SecType.OTHER


def _required(value: float | Decimal | None, name: str) -> Decimal:
    found = number(value)
    if found is None or found <= 0:
        raise ValueError(f"{name} is {value!r}")
    return found


def _isin(sec_ids: list[Any] | None) -> str:
    return next((str(pair.value) for pair in sec_ids or () if pair.tag == "ISIN"), "")


def _expiry(text: str) -> date | None:
    return parse_date(text) if text else None
