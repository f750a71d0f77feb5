# SPDX-License-Identifier: Apache-2.0
"""Targets to plan to limits: pure decisions."""

from __future__ import annotations

from ib_provider.rebalance.book import Book
from ib_provider.rebalance.exit_orders import STOP_WAVE, size_exits
from ib_provider.rebalance.gate_check import leg_value
from ib_provider.rebalance.gates import check_limits
from ib_provider.rebalance.limits_document import parse_limits
from ib_provider.rebalance.limits_override import loosen_limits
from ib_provider.rebalance.next_order import attempt_ref, next_order
from ib_provider.rebalance.no_market import market_stop, valued_without
from ib_provider.rebalance.order_ref import ORDER_REF_PREFIX, order_ref
from ib_provider.rebalance.plan import make_plan
from ib_provider.rebalance.portfolio_document import parse_portfolio
from ib_provider.rebalance.wave_funding import SizedLeg, size_wave
from ib_provider.rebalance.yaml_document import read_yaml

__all__ = [
    "ORDER_REF_PREFIX",
    "STOP_WAVE",
    "Book",
    "SizedLeg",
    "attempt_ref",
    "check_limits",
    "leg_value",
    "loosen_limits",
    "make_plan",
    "market_stop",
    "next_order",
    "order_ref",
    "parse_limits",
    "parse_portfolio",
    "read_yaml",
    "size_exits",
    "size_wave",
    "valued_without",
]
