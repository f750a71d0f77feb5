# SPDX-License-Identifier: Apache-2.0
"""The client: one connection to a gateway, everything awaitable.

async with IbClient(Endpoint(port=4002, client_id=7)) as client:
    instruments = await client.contract_details(contract)
"""

from __future__ import annotations

from ib_provider.client.account import AccountMixin
from ib_provider.client.connection import ConnectionMixin
from ib_provider.client.contract import ContractMixin
from ib_provider.client.error import ErrorMixin
from ib_provider.client.market_data import MarketDataMixin
from ib_provider.client.order import OrderMixin

__all__ = ["IbClient"]


class IbClient(
    ConnectionMixin, ErrorMixin, AccountMixin, ContractMixin, MarketDataMixin, OrderMixin
):
    """Six mixins and nothing more."""
