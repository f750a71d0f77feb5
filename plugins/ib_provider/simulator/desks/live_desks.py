# SPDX-License-Identifier: Apache-2.0
"""Every desk of live data, and of what the login may not have, under one roof."""

from __future__ import annotations

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import Handlers
from ib_provider.simulator.desks.bar_stream_desk import BarStreamDesk
from ib_provider.simulator.desks.depth_desk import DepthDesk
from ib_provider.simulator.desks.exchange_desk import ExchangeDesk
from ib_provider.simulator.desks.information_desk import InformationDesk
from ib_provider.simulator.desks.live_market import LiveMarket
from ib_provider.simulator.desks.login_desk import LoginDesk
from ib_provider.simulator.desks.option_calculator_desk import OptionCalculatorDesk
from ib_provider.simulator.desks.quote_desk import QuoteDesk
from ib_provider.simulator.desks.scanner_desk import ScannerDesk
from ib_provider.simulator.desks.tick_desk import TickDesk

__all__ = ["live_handlers"]


def live_handlers(brokerage: Brokerage, live: LiveMarket) -> Handlers:
    """Return what is done with each request for live data, information, or about the login."""
    return {
        **LoginDesk(brokerage).handlers,
        **InformationDesk(live).handlers,
        **ExchangeDesk().handlers,
        **ScannerDesk(brokerage, live).handlers,
        **OptionCalculatorDesk(live).handlers,
        **QuoteDesk(live).handlers,
        **TickDesk(live).handlers,
        **BarStreamDesk(live).handlers,
        **DepthDesk(live).handlers,
    }
