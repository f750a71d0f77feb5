# SPDX-License-Identifier: Apache-2.0
"""A row of a contract file as a listing, or as the pattern of a chain's listings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.contracts.con_ids import single_con_id
from ib_provider.simulator.contracts.listing import BondTerms, Derivation, Listing
from ib_provider.simulator.contracts.market_rules import PriceLadder
from ib_provider.simulator.contracts.trading_hours import TradingHours
from ib_provider.simulator.contracts.yaml_rows import Row
from ib_provider.wire.messages import FundData

__all__ = ["SEC_ID_TYPES", "RuleTables", "read_listing"]

SEC_ID_TYPES: Final = ("ISIN", "CUSIP", "SEDOL", "FIGI")
_SEC_TYPES: Final = {kind.value: kind for kind in SecType if kind not in (SecType.OTHER, "")}
_NO_HOURS: Final = TradingHours(
    name="", zone_id="UTC", calendar="weekdays", closed=(), trading=(), liquid=(), usual_close=0,
    half_day=None,
)  # fmt: skip
_NO_LADDER: Final = PriceLadder(rule_id=0, steps=((Decimal(0), Decimal(1)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTables:
    """What the rows of contract files name."""

    hours: Mapping[str, TradingHours]
    ladders: Mapping[int, PriceLadder]


def read_listing(row: Row, tables: RuleTables) -> Listing:
    """Return a row as a listing; what it lacks is noted in the row. Its keys are taken."""
    contract = _contract(row)
    ladders = {str(rule_id): ladder for rule_id, ladder in tables.ladders.items()}
    return Listing(
        contract=contract,
        long_name=row.text("long_name"),
        market_name=row.text("market_name", contract.trading_class),
        venues=row.words("venues"),
        hours=row.one_of("hours", tables.hours) or _NO_HOURS,
        ladder=row.one_of("rule", ladders) or _NO_LADDER,
        order_types=row.text("order_types"),
        series=row.text("series", ""),
        reference_price=row.maybe_decimal("reference_price"),
        industry=row.text("industry", ""),
        category=row.text("category", ""),
        subcategory=row.text("subcategory", ""),
        stock_type=row.text("stock_type", ""),
        sec_ids=tuple(
            (kind, row.text(kind.lower())) for kind in SEC_ID_TYPES if row.has(kind.lower())
        ),
        price_magnifier=row.integer("price_magnifier", 1),
        min_size=row.decimal("min_size", 1),
        size_increment=row.decimal("size_increment", 1),
        suggested_size=row.decimal("suggested_size", 100),
        ev_rule=row.text("ev_rule", ""),
        derivation=_derivation(row, contract),
        bond=_bond(row),
        fund=_fund(row),
    )


def _contract(row: Row) -> Contract:
    symbol = row.text("symbol")
    sec_type = row.one_of("sec_type", _SEC_TYPES) or SecType.STK
    exchange = row.text("exchange")
    currency = row.text("currency")
    name = f"{sec_type}/{symbol}/{exchange}/{currency}/{row.text('last_trade_date', '')}"
    return Contract(
        con_id=row.integer("con_id", single_con_id(name)),
        symbol=symbol,
        sec_type=sec_type,
        last_trade_date=name.rpartition("/")[2],
        strike=row.maybe_decimal("strike"),
        right=row.text("right", ""),
        multiplier=row.text("multiplier", ""),
        exchange=exchange,
        primary_exchange=row.text("primary_exchange", ""),
        currency=currency,
        local_symbol=row.text("local_symbol", symbol),
        trading_class=row.text("trading_class", symbol),
    )


def _derivation(row: Row, contract: Contract) -> Derivation | None:
    if not row.has("under_con_id"):
        return None
    last = _day(row, contract.last_trade_date)
    return Derivation(
        under_con_id=row.integer("under_con_id"),
        under_symbol=row.text("under_symbol", contract.symbol),
        under_sec_type=row.text("under_sec_type", "IND"),
        month=f"{last:%Y%m}" if last else "",
        last_trade=last,
        expiration=last,
    )


def _day(row: Row, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        row.note("last_trade_date", f"not a date such as 20131220: {text!r}")
        return None


def _bond(row: Row) -> BondTerms | None:
    for part in row.parts("bond", []):
        terms = BondTerms(
            cusip=part.text("cusip"),
            coupon=part.decimal("coupon"),
            issue_date=part.text("issue_date"),
            ratings=part.text("ratings", ""),
            bond_type=part.text("type"),
            coupon_type=part.text("coupon_type", "FIXED"),
            callable_=part.text("callable", "no") == "yes",
            description=part.text("description"),
        )
        part.done()
        return terms
    return None


def _fund(row: Row) -> FundData | None:
    for part in row.parts("fund", []):
        fund = FundData(
            name=part.text("name"),
            family=part.text("family"),
            fund_type=part.text("type", ""),
            front_load=part.text("front_load", ""),
            back_load=part.text("back_load", ""),
            management_fee=part.text("management_fee", ""),
            minimum_initial_purchase=part.text("minimum_initial_purchase", ""),
            subsequent_minimum_purchase=part.text("subsequent_minimum_purchase", ""),
            distribution_policy=part.text("distribution_policy", ""),
            asset_type=part.text("asset_type", ""),
        )
        part.done()
        return fund
    return None
