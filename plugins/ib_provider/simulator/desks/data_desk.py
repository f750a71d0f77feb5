# SPDX-License-Identifier: Apache-2.0
"""Requests about the past, each kind at a desk of its own."""

from __future__ import annotations

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import Handlers
from ib_provider.simulator.desks.bar_desk import BarDesk
from ib_provider.simulator.desks.head_desk import HeadDesk
from ib_provider.simulator.desks.histogram_desk import HistogramDesk
from ib_provider.simulator.desks.past_market import PastMarket
from ib_provider.simulator.desks.past_tick_desk import PastTickDesk
from ib_provider.simulator.history_options import HistoryOptions

__all__ = ["DataDesk"]


class DataDesk:
    """Answers everything about the past of one broker's market."""

    def __init__(self, brokerage: Brokerage, options: HistoryOptions) -> None:
        past = PastMarket(brokerage)
        self.handlers: Handlers = {
            **BarDesk(past, options).handlers,
            **HeadDesk(past).handlers,
            **HistogramDesk(past).handlers,
            **PastTickDesk(past).handlers,
        }
