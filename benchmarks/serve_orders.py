# SPDX-License-Identifier: Apache-2.0
"""A simulated gateway whose book is full: a thousand orders that rest, of four stocks."""

from __future__ import annotations

import argparse
import asyncio
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract
from ib_provider.simulator.exchange.exchange import Placement
from ib_provider.simulator.exchange.trading_options import TradingOptions
from ib_provider.simulator.limits.limits import Limits
from ib_provider.simulator.options import SimulatorOptions
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.server import SimulatedGateway
from ib_provider.wire.messages import WireOrder

_SYMBOLS: Final = ("AAPL", "IBM", "MSFT", "GOOG")
_CLIENTS: Final = 32


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("orders", type=int)
    orders = parser.parse_args().orders
    limits = Limits(max_messages=0, pacing=False, lines=0)
    trading = TradingOptions(most_active=max(1, orders))
    options = SimulatorOptions(port=0, cash=Decimal(10**9), limits=limits, trading=trading)
    async with SimulatedGateway(options) as gateway:
        await _fill_book(gateway, orders)
        print(gateway.announcement, flush=True)
        await gateway.run()


async def _fill_book(gateway: SimulatedGateway, orders: int) -> None:
    brokerage = gateway.brokerage
    for number in range(orders):
        symbol = _SYMBOLS[number % len(_SYMBOLS)]
        listing = brokerage.resolve(Contract(symbol=symbol, exchange="SMART", currency="USD"))
        if isinstance(listing, Refusal):
            raise TypeError(listing.message)
        # each client is the owner of some; far from the market, so that they rest
        terms = WireOrder(
            action="SELL" if number % 2 else "BUY",
            total_quantity=Decimal(1),
            order_type="LMT",
            lmt_price=Decimal(5000 if number % 2 else 5) + Decimal(number % 100) / 100,
            tif="GTC",
        )
        key = (100 + number % _CLIENTS, 1 + number // _CLIENTS)
        brokerage.place(Placement(key=key, listing=listing, exchange="SMART", terms=terms))
        await asyncio.sleep(0)
    found = len(brokerage.book.open_orders())
    if found != orders:
        raise ValueError(f"{found} orders are open, not {orders}")


if __name__ == "__main__":
    asyncio.run(main())
