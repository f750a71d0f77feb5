# SPDX-License-Identifier: Apache-2.0
"""Contracts as IB describes them, and instruments as we keep them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

__all__ = [
    "AssetClass",
    "Combination",
    "ComboLeg",
    "Contract",
    "Instrument",
    "NumberedContract",
    "SecType",
]


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


class AssetClass(StrEnum):
    """Field's standard classes. ``UNKNOWN`` is said where nothing known decides."""

    EQUITY = "equity"
    INDEX = "index"
    RATE = "rate"
    FX = "fx"
    COMMODITY = "commodity"
    CRYPTO = "crypto"
    VOLATILITY = "volatility"
    DEBT = "debt"
    FUND = "fund"
    UNKNOWN = "unknown"


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
        trading_hours: IB's own text, about the next week; ``symbology.trading_hours`` reads it.
        market_rule_ids: One for each of ``valid_exchanges``; see ``market_rule_at``.
        seen_at: When IB said so, UTC.
        expiry: The legal day of expiration, which need not be the last one of trading.
        expires_at: When it stops trading; None where IB names no time of day.
        lot_size: What sizes are usually rounded to; IB's suggested increment.
        details: What else IB said and is worth keeping, by snake_case name, sorted: coupon,
            maturity and rating of a bond, family of a fund, order types.
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
    expires_at: datetime | None = None
    contract_month: str = ""
    lot_size: Decimal = Decimal(1)
    under_con_id: int = 0
    under_symbol: str = ""
    under_sec_type: str = ""
    asset_class: AssetClass = AssetClass.UNKNOWN
    cusip: str = ""
    figi: str = ""
    details: tuple[tuple[str, str], ...] = ()

    @property
    def multiplier(self) -> Decimal:
        """Return how many units one contract is on; 1 where IB names none.

        Raises:
            ValueError: The multiplier is no number.
        """
        if not self.contract.multiplier:
            return Decimal(1)
        try:
            return Decimal(self.contract.multiplier)
        except InvalidOperation:
            raise ValueError(
                f"{self.instrument_id}: multiplier {self.contract.multiplier!r} is no number"
            ) from None

    def market_rule_at(self, exchange: str = "") -> int | None:
        """Return the market rule of an exchange, by default the contract's own; None: none named.

        IB names one rule for each exchange, in order; where one rule serves all, only that one.
        """
        wanted = exchange or self.contract.exchange
        rules, venues = self.market_rule_ids, self.valid_exchanges
        if len(rules) == len(venues) and wanted in venues:
            return rules[venues.index(wanted)]
        return rules[0] if len(set(rules)) == 1 else None
