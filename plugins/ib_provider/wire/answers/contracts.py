# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of contracts and exchanges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.contract import Contract
from ib_provider.wire.order_parts import Pairs

__all__ = [
    "BondContractData",
    "ContractData",
    "ContractDataEnd",
    "DepthExchange",
    "FundData",
    "MarketRule",
    "MktDepthExchanges",
    "PriceIncrement",
    "SecDefOptParams",
    "SecDefOptParamsEnd",
    "SmartComponent",
    "SmartComponents",
    "SymbolSample",
    "SymbolSamples",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FundData:
    """What IB says of a mutual fund. Amounts are text, as IB writes them.

    Attributes:
        distribution_policy: ``N`` accumulates, ``Y`` pays out, empty is none.
        asset_type: ``000`` others, ``001`` money market, ``002`` fixed income, ``003`` multi-asset,
            ``004`` equity, ``005`` sector, ``006`` guaranteed, ``007`` alternative.
    """

    name: str
    family: str = ""
    fund_type: str = ""
    front_load: str = ""
    back_load: str = ""
    back_load_time_interval: str = ""
    management_fee: str = ""
    closed: bool = False
    closed_for_new_investors: bool = False
    closed_for_new_money: bool = False
    notify_amount: str = ""
    minimum_initial_purchase: str = ""
    subsequent_minimum_purchase: str = ""
    blue_sky_states: str = ""
    blue_sky_territories: str = ""
    distribution_policy: str = ""
    asset_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractData:
    """One contract that fits a description, with what IB knows of it.

    Attributes:
        min_tick: In the contract's currency.
        valid_exchanges: Comma-separated; ``market_rule_ids`` has one entry for each.
        sec_ids: (type, id), ``("ISIN", "US0378331005")``.
        last_trade_time: ``09:30:00``, in ``time_zone``; empty for most.
        ineligibility: (id, why) of each reason that forbids trading it (from version 186).
        fund: What only a fund has (from version 179).
        min_algo_size: With the two precisions and the method only in protobuf.
        trading_hours: ``20260408:0400-20260408:2000;20260411:CLOSED`` in ``time_zone``.
    """

    request_id: int
    contract: Contract
    min_tick: Decimal
    market_name: str = ""
    order_types: str = ""
    valid_exchanges: str = ""
    price_magnifier: int = 1
    under_con_id: int = 0
    long_name: str = ""
    contract_month: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    time_zone: str = ""
    trading_hours: str = ""
    liquid_hours: str = ""
    ev_rule: str = ""
    ev_multiplier: Decimal | None = None
    sec_ids: tuple[tuple[str, str], ...] = ()
    agg_group: int = 1
    under_symbol: str = ""
    under_sec_type: str = ""
    market_rule_ids: str = ""
    real_expiration_date: str = ""
    stock_type: str = ""
    min_size: Decimal = Decimal(1)
    size_increment: Decimal = Decimal(1)
    suggested_size_increment: Decimal = Decimal(100)
    last_trade_time: str = ""
    fund: FundData | None = None
    ineligibility: Pairs = ()
    event_contract: str = ""
    event_description_1: str = ""
    event_description_2: str = ""
    min_algo_size: Decimal | None = None
    last_price_precision: Decimal | None = None
    last_size_precision: Decimal | None = None
    settlement_method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDataEnd:
    """No more contracts for this request."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BondContractData:
    """One bond that fits a description. Coupons in percent a year, dates ``YYYYMMDD``."""

    request_id: int
    contract: Contract
    min_tick: Decimal
    cusip: str = ""
    coupon: Decimal | None = None
    maturity_time: str = ""
    issue_date: str = ""
    ratings: str = ""
    bond_type: str = ""
    coupon_type: str = ""
    convertible: bool = False
    callable_: bool = False
    puttable: bool = False
    description: str = ""
    market_name: str = ""
    order_types: str = ""
    valid_exchanges: str = ""
    next_option_date: str = ""
    next_option_type: str = ""
    next_option_partial: bool = False
    notes: str = ""
    long_name: str = ""
    time_zone: str = ""
    trading_hours: str = ""
    liquid_hours: str = ""
    ev_rule: str = ""
    ev_multiplier: Decimal | None = None
    sec_ids: Pairs = ()
    agg_group: int = 1
    market_rule_ids: str = ""
    min_size: Decimal = Decimal(1)
    size_increment: Decimal = Decimal(1)
    suggested_size_increment: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSample:
    """One symbol that begins as asked, and which derivatives it has."""

    contract: Contract
    derivative_sec_types: tuple[str, ...] = ()
    description: str = ""
    issuer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSamples:
    """At most sixteen symbols."""

    request_id: int
    samples: tuple[SymbolSample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecDefOptParams:
    """One exchange's chain of one trading class. Expirations ``YYYYMMDD``."""

    request_id: int
    exchange: str
    under_con_id: int
    trading_class: str
    multiplier: str
    expirations: tuple[str, ...]
    strikes: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecDefOptParamsEnd:
    """No more chains for this request."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceIncrement:
    """From this price on, inclusive, prices are multiples of the increment."""

    low_edge: Decimal
    increment: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRule:
    """The ladder of price steps of one rule, ascending."""

    market_rule_id: int
    increments: tuple[PriceIncrement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartComponent:
    """One bit of a quote's exchange mask."""

    bit_number: int
    exchange: str
    letter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartComponents:
    """What the letters in a quote's exchange text stand for."""

    request_id: int
    components: tuple[SmartComponent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthExchange:
    """One exchange that shows its book: ``Deep`` rows by price, ``Deep2`` by market maker."""

    exchange: str
    sec_type: str
    listing_exchange: str = ""
    service_data_type: str = "Deep"
    agg_group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MktDepthExchanges:
    """Every exchange that shows its book."""

    exchanges: tuple[DepthExchange, ...]
