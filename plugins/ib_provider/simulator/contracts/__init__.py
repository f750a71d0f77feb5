# SPDX-License-Identifier: Apache-2.0
"""The contracts of the simulated gateway: what there is, and what is said of it."""

from __future__ import annotations

from ib_provider.simulator.contracts.combination import combine, legs_text
from ib_provider.simulator.contracts.contract_book import ContractBook, PriceSource
from ib_provider.simulator.contracts.contract_files import read_listings
from ib_provider.simulator.contracts.describe import describe
from ib_provider.simulator.contracts.listing import SMART, Listing

__all__ = [
    "SMART",
    "ContractBook",
    "Listing",
    "PriceSource",
    "combine",
    "describe",
    "legs_text",
    "read_listings",
]
