# SPDX-License-Identifier: Apache-2.0
"""Whether the conditions of an order hold: price, time, margin, execution, volume, change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from ib_provider.simulator.exchange.marketplace import Marketplace
from ib_provider.simulator.exchange.order_book import OrderBook
from ib_provider.simulator.exchange.prices import trigger_prices
from ib_provider.simulator.time_text import parse_time
from ib_provider.wire.order_parts import (
    ExecutionCondition,
    MarginCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)

__all__ = ["Situation", "conditions_hold"]

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What conditions are asked about.

    Attributes:
        since: When the order was placed: an execution counts from then on.
        cushion: Excess liquidity as a part of the net liquidation value.
        zone: Of times that name none.
    """

    marketplace: Marketplace
    book: OrderBook
    account: str
    since: datetime
    now: datetime
    cushion: Decimal
    zone: tzinfo


def conditions_hold(conditions: Sequence[OrderCondition], situation: Situation) -> bool:
    """Return whether they hold together, read from the left: each joins the next by and, or or."""
    result, joined_by_and = True, True
    for condition in conditions:
        holds = _holds(condition, situation)
        result = (result and holds) if joined_by_and else (result or holds)
        joined_by_and = condition.conjunction
    return result


def _holds(condition: OrderCondition, seen: Situation) -> bool:
    if isinstance(condition, TimeCondition):
        at = parse_time(condition.time, seen.zone)
        return at is not None and (seen.now >= at.at) == condition.is_more
    if isinstance(condition, MarginCondition):
        cushion = seen.cushion * _HUNDRED
        return cushion > condition.percent if condition.is_more else cushion < condition.percent
    if isinstance(condition, ExecutionCondition):
        return _executed(condition, seen)
    return _market_holds(condition, seen)


def _market_holds(
    condition: PriceCondition | VolumeCondition | PercentChangeCondition, seen: Situation
) -> bool:
    quote = seen.marketplace.quote(condition.con_id, seen.now)
    if quote is None:
        return False
    if isinstance(condition, PriceCondition):
        prices = trigger_prices(condition.trigger_method, quote)
        return any(_beyond(price, condition.price, is_more=condition.is_more) for price in prices)
    if isinstance(condition, VolumeCondition):
        return _beyond(Decimal(quote.volume), Decimal(condition.volume), is_more=condition.is_more)
    return _changed(condition, seen)


def _changed(condition: PercentChangeCondition, seen: Situation) -> bool:
    quote = seen.marketplace.quote(condition.con_id, seen.now)
    if quote is None or not quote.previous_close:
        return False
    change = Decimal(quote.last / quote.previous_close - 1) * _HUNDRED
    return _beyond(change, condition.change_percent, is_more=condition.is_more)


def _executed(condition: ExecutionCondition, seen: Situation) -> bool:
    for trade in reversed(seen.book.trades()):
        if trade.at < seen.since:
            return False
        own = seen.marketplace.listing(trade.con_id).contract
        if (
            trade.account == seen.account
            and condition.symbol in ("", own.symbol)
            and condition.sec_type in ("", own.sec_type)
            and condition.exchange in ("", "SMART", "*", trade.exchange)
        ):
            return True
    return False


def _beyond(value: Decimal, level: Decimal | None, *, is_more: bool) -> bool:
    if level is None:
        return False
    return value >= level if is_more else value <= level
