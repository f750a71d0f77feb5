# SPDX-License-Identifier: Apache-2.0
"""IB's contract objects to domain values, and the contract of a request back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ibapi.contract import ComboLeg as IbComboLeg
from ibapi.contract import Contract as IbContract

from ib_provider.client.decode_number import int_or_zero, number
from ib_provider.domain.contract import (
    Combination,
    ComboLeg,
    Contract,
    NumberedContract,
    SecType,
)
from ib_provider.errors import LocalProtocolError

__all__ = ["decode_contract", "encode_contract", "sec_type_of"]


def decode_contract(ib: Any) -> Contract:
    """Return the domain contract of an ``ibapi.contract.Contract``."""
    strike = number(ib.strike)
    contract = Contract(
        con_id=int_or_zero(ib.conId),
        symbol=ib.symbol,
        sec_type=sec_type_of(ib.secType),
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


def encode_contract(contract: Contract, *, include_expired: bool = False) -> Any:
    """Return the ``ibapi.contract.Contract`` of a request.

    Args:
        include_expired: Also mean futures that no longer trade, up to two years back.

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
    ib.includeExpired = include_expired
    if isinstance(contract, NumberedContract):
        ib.secIdType, ib.secId = contract.sec_id_type, contract.sec_id
    if isinstance(contract, Combination):
        ib.comboLegs = [_encode_leg(contract, leg) for leg in contract.legs]
    return ib


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


def sec_type_of(text: str) -> SecType:
    """Return the security type; one that the domain does not know is another's, not an error."""
    try:
        return SecType(text)
    except ValueError:
        return SecType.OTHER
