# SPDX-License-Identifier: Apache-2.0
"""Orders worked over time: how much of one an algorithm has released by an instant. Pure."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Final

from ib_provider.domain.order import OrderType
from ib_provider.simulator.exchange.orders import SimOrder
from ib_provider.simulator.refusal import Refusal
from ib_provider.simulator.time_text import parse_time
from ib_provider.wire.messages import WireOrder

__all__ = ["algo_refusal", "is_over", "released"]

_SLICES: Final = 12
#: How long "now" is for each priority of Adaptive. A guess: IB does not say.
_PATIENCE: Final = {
    "Urgent": timedelta(seconds=2),
    "Normal": timedelta(seconds=10),
    "Patient": timedelta(seconds=60),
}
_OVER_THE_DAY: Final = {"Twap", "Vwap"}
_PARAMETERS: Final = {
    "Adaptive": {"adaptivePriority"},
    "Twap": {
        "strategyType",
        "startTime",
        "endTime",
        "allowPastEndTime",
        "catchUp",
        "monetaryValue",
    },
    "Vwap": {
        "maxPctVol",
        "startTime",
        "endTime",
        "allowPastEndTime",
        "noTakeLiq",
        "speedUp",
        "monetaryValue",
    },
}


#: Source: TWS API, "IB Algorithms": the ways of TWAP to trade.
_TWAP_TYPES: Final = {
    "Marketable",
    "Matching Midpoint",
    "Matching Same Side",
    "Matching Last",
}


def algo_refusal(terms: WireOrder, zone: tzinfo) -> Refusal | None:
    """Return why an order's algorithm is refused; codes and texts are from memory."""
    name = terms.algo_strategy
    if not name:
        return None
    if name not in _PARAMETERS:
        return Refusal(code=438, message="The algo definition was not found.")
    if terms.order_type not in (OrderType.MARKET, OrderType.LIMIT):
        return Refusal(code=441, message="The specified algorithm is not allowed for this order.")
    params = dict(terms.algo_params)
    if unknown := sorted(params.keys() - _PARAMETERS[name]):
        return Refusal(code=442, message=f"Unknown algo attribute: {unknown[0]}")
    wrong = [
        tag
        for tag in ("startTime", "endTime")
        if params.get(tag) and parse_time(params[tag], zone) is None
    ]
    if params.get("adaptivePriority", "Normal") not in _PATIENCE:
        wrong.append("adaptivePriority")
    if params.get("strategyType", "Marketable") not in _TWAP_TYPES:
        wrong.append("strategyType")
    if not _is_share(params.get("maxPctVol", "0.1")):
        wrong.append("maxPctVol")
    if wrong:
        return Refusal(code=440, message=f"Algo attributes validation failed: {wrong[0]}")
    return None


def _is_share(text: str) -> bool:
    """Return whether a text is a share of the volume that IB takes: 0.01 to 0.5."""
    try:
        return Decimal("0.01") <= Decimal(text) <= Decimal("0.5")
    except InvalidOperation:
        return False


def is_over(order: SimOrder, *, closes: datetime, now: datetime) -> bool:
    """Return whether an algorithm's window has ended, past which it may not go on."""
    params = dict(order.terms.algo_params)
    end = _instant(params.get("endTime"), closes.tzinfo)
    return (
        order.terms.algo_strategy in _OVER_THE_DAY
        and params.get("allowPastEndTime") == "0"
        and end is not None
        and now >= end
    )


def released(order: SimOrder, *, begun: datetime, closes: datetime, now: datetime) -> Decimal:
    """Return the units an algorithm has put on the market so far, in slices.

    Args:
        begun: When the order began to work.
        closes: When its session ends.
    """
    name, params = order.terms.algo_strategy, dict(order.terms.algo_params)
    if not name:
        return order.quantity
    if name in _OVER_THE_DAY:
        zone = closes.tzinfo
        start = _instant(params.get("startTime"), zone) or begun
        end = _instant(params.get("endTime"), zone) or closes
        begun, end = max(begun, start), min(end, closes)
    else:
        end = begun + _PATIENCE[params.get("adaptivePriority", "Normal")]
    if now >= end:
        return order.quantity
    if now < begun:
        return Decimal(0)
    part = (now - begun) / (end - begun)
    if name == "Vwap":
        part = _by_volume(part)
    slices = math.floor(part * _SLICES) + 1
    share = order.quantity * slices / _SLICES
    return min(order.quantity, share.to_integral_value(rounding=ROUND_CEILING))


def _by_volume(part: float) -> float:
    """Return the part of a day's volume traded by a part of its time: more early and late."""
    return part + 0.12 * math.sin(2 * math.pi * part)


def _instant(text: str | None, zone: tzinfo | None) -> datetime | None:
    parsed = parse_time(text, zone) if text and zone else None
    return parsed.at if parsed else None
