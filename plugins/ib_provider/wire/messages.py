# SPDX-License-Identifier: Apache-2.0
"""Every message of the wire under one name: requests, answers, and the order inside them."""

from __future__ import annotations

from ib_provider.wire import answers, requests
from ib_provider.wire.answers import *  # noqa: F403  every answer, as its package lists them
from ib_provider.wire.order_parts import (
    AttachedOrders,
    ComboLeg,
    DeltaNeutral,
    ExecutionCondition,
    MarginCondition,
    OrderAllocation,
    OrderCondition,
    Pairs,
    PercentChangeCondition,
    PriceCondition,
    SoftDollarTier,
    TimeCondition,
    VolumeCondition,
)
from ib_provider.wire.requests import *  # noqa: F403  every request, likewise
from ib_provider.wire.wire_order import (
    WireOrder,
    WireOrderState,
    said,
)

__all__ = [
    "AttachedOrders",
    "ComboLeg",
    "DeltaNeutral",
    "ExecutionCondition",
    "MarginCondition",
    "OrderAllocation",
    "OrderCondition",
    "Pairs",
    "PercentChangeCondition",
    "PriceCondition",
    "SoftDollarTier",
    "TimeCondition",
    "VolumeCondition",
    "WireOrder",
    "WireOrderState",
    "said",
]
__all__ += answers.__all__
__all__ += requests.__all__
