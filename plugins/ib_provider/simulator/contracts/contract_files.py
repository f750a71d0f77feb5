# SPDX-License-Identifier: Apache-2.0
"""The data files of the simulated gateway's contracts, read and checked."""

from __future__ import annotations

from decimal import Decimal
from importlib import resources
from typing import Any

import yaml

from ib_provider.domain.contract import Contract, SecType
from ib_provider.simulator.contracts.listing import Listing

__all__ = ["read_listings"]


def read_listings() -> tuple[Listing, ...]:
    """Return the listings of the package's own data file."""
    text = resources.files("ib_provider.simulator").joinpath("data/stocks.yaml").read_text()
    return tuple(_listing(row) for row in yaml.safe_load(text))


def _listing(row: dict[str, Any]) -> Listing:
    contract = Contract(
        con_id=row["con_id"],
        symbol=row["symbol"],
        sec_type=SecType(row["sec_type"]),
        exchange=row["primary_exchange"],
        primary_exchange=row["primary_exchange"],
        currency=row["currency"],
        local_symbol=row["local_symbol"],
        trading_class=row["trading_class"],
    )
    begin, end = row["extended_hours"].split("-")
    return Listing(
        contract=contract,
        long_name=row["long_name"],
        market_name=row["trading_class"],
        min_tick=Decimal(row["min_tick"]),
        venues=tuple(row["venues"]),
        time_zone=row["time_zone"],
        industry=row["industry"],
        category=row["category"],
        subcategory=row["subcategory"],
        stock_type=row["stock_type"],
        isin=row["isin"],
        series=row.get("series", ""),
        extended=(begin, end),
    )
