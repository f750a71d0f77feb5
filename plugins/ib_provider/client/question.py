# SPDX-License-Identifier: Apache-2.0
"""One question to the gateway: what is sent, what answers it, what calls it off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from ib_provider.client.upstream import FarmKind
from ib_provider.domain.pacing import HistoryDemand

__all__ = ["Call", "Channel", "MarketRuleKey", "OrderKey", "OrderWish", "Question", "Row"]

Row = TypeVar("Row")

#: Makes one message: gets ibapi's ``EClient`` and the request id, which channels do not use.
Call = Callable[[Any, int], None]


class Channel(StrEnum):
    """Answers that carry no id: one question a channel is open at a time."""

    TIME = "time"
    ACCOUNT = "account updates"
    POSITIONS = "positions"
    OPEN_ORDERS = "open orders"
    COMPLETED_ORDERS = "completed orders"


class OrderWish(StrEnum):
    """What is wanted of an order."""

    PLACE = "place"
    CANCEL = "cancel"
    MODIFY = "change"
    WHAT_IF = "what if"


@dataclass(frozen=True, slots=True)
class OrderKey:
    """A wish about one of our own orders: its answers carry the order id, never a request id."""

    order_id: int
    wish: OrderWish


@dataclass(frozen=True, slots=True)
class MarketRuleKey:
    """A market rule: its answer names the rule and carries no request id."""

    rule_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[Row]):
    """A question and how to ask it.

    Attributes:
        request: What is asked, for a person to read.
        row: The type of the answer's rows.
        send: Makes the message.
        cancel: Makes the message that calls it off at the gateway; None where IB has none, and
            for orders: giving up on an order's answer is not cancelling the order.
        key: None for a question with a request id of its own.
        is_subscription: The gateway goes on answering until it is called off.
        empty_is_answer: IB's "no data" is an empty answer, not a failure.
        timeout_s: Bound on the answer, from the last byte sent; the endpoint's where None.
        farm: The question waits while this kind of farm, or IB itself, is away.
        history: What IB's rules for historical requests see of it; None where they see nothing.
        has_turn: The asker waited for ``turn`` itself, so that it goes out at once.
    """

    request: str
    row: type[Row]
    send: Call
    cancel: Call | None = None
    key: Channel | OrderKey | MarketRuleKey | None = None
    is_subscription: bool = False
    empty_is_answer: bool = False
    timeout_s: float | None = None
    farm: FarmKind | None = None
    history: HistoryDemand | None = None
    has_turn: bool = False
