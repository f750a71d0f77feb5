# SPDX-License-Identifier: Apache-2.0
"""Contracts as IB describes them, and instruments as we keep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

__all__ = ["Combination", "ComboLeg", "Contract", "Instrument", "NumberedContract", "SecType"]


class SecType(StrEnum):
    """IB's security types. ``OTHER`` stands for one that is not listed here: never requested."""

    STK = "STK"
    IND = "IND"
    CASH = "CASH"
    FUT = "FUT"
    CONTFUT = "CONTFUT"
    OPT = "OPT"
    FOP = "FOP"
    CFD = "CFD"
    CMDTY = "CMDTY"
    CRYPTO = "CRYPTO"
    BOND = "BOND"
    FUND = "FUND"
    WAR = "WAR"
    IOPT = "IOPT"
    BAG = "BAG"
    OTHER = "OTHER"
    UNSAID = ""  # only in a question: the conId says the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One contract, or the description of one. An empty field is "not said".

    Attributes:
        con_id: IB's conId; 0 where not known yet.
        last_trade_date: ``YYYYMMDD`` or ``YYYYMM``, as IB writes it.
        strike: None where the contract has none.
        right: ``C``, ``P`` or empty.
    """

    con_id: int = 0
    symbol: str = ""
    sec_type: SecType = SecType.STK
    last_trade_date: str = ""
    strike: Decimal | None = None
    right: str = ""
    multiplier: str = ""
    exchange: str = ""
    primary_exchange: str = ""
    currency: str = ""
    local_symbol: str = ""
    trading_class: str = ""

    def __str__(self) -> str:
        parts = (
            self.sec_type,
            self.local_symbol or self.symbol,
            self.last_trade_date,
            self.primary_exchange or self.exchange,
            self.currency,
            f"conId {self.con_id}" if self.con_id else "",
        )
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedContract(Contract):
    """A description by a security number; only a question has it.

    Attributes:
        sec_id_type: ``ISIN``, ``CUSIP``, ``SEDOL`` or ``FIGI``.
    """

    sec_id_type: str
    sec_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComboLeg:
    """One leg of a combination, by its conId or, where that is not known yet, by its id.

    Attributes:
        ratio: Contracts of this leg for one combination: above zero bought, below zero sold.
        instrument_id: Empty where only the conId is known.
        exchange: Where the leg trades.
    """

    ratio: int
    con_id: int = 0
    instrument_id: str = ""
    exchange: str = "SMART"


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination(Contract):
    """A contract of several legs, traded as one."""

    sec_type: SecType = SecType.BAG
    legs: tuple[ComboLeg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What IB says of one contract, under our stable id.

    Attributes:
        instrument_id: Symbol and venue, ``AAPL.NASDAQ``.
        contract: Fully qualified, with its conId.
        time_zone: The exchange's zone as an IANA name.
        min_tick: Smallest price step in ``contract.currency``.
        price_magnifier: IB's prices are this many times the currency's unit.
        trading_hours: IB's own text, about the next week.
        seen_at: When IB said so, UTC.
    """

    instrument_id: str
    contract: Contract
    long_name: str
    time_zone: str
    min_tick: Decimal
    price_magnifier: int
    min_size: Decimal
    size_increment: Decimal
    valid_exchanges: tuple[str, ...]
    market_rule_ids: tuple[int, ...]
    trading_hours: str
    liquid_hours: str
    industry: str
    category: str
    stock_type: str
    isin: str
    seen_at: datetime
    expiry: date | None = None
