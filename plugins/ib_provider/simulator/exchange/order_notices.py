# SPDX-License-Identifier: Apache-2.0
"""What the gateway remarks on an order it accepts: warnings, by code."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import Side
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.order_kinds import kind_of
from ib_provider.simulator.exchange.orders import Notice, SimOrder
from ib_provider.simulator.market.hours import zone_of

__all__ = ["LOCATE", "accepted_notices", "capped_price", "waiting_notice"]

LOCATE: Final = (
    "Shares for this order are not immediately available for short sale. The order will be held "
    "while we attempt to locate the shares."
)
#: A limit this much through the market is capped. The real bound is not published.
_CAP: Final = Decimal("0.25")


def waiting_notice(order: SimOrder, listing: Listing, opens: datetime) -> Notice:
    """Return what a client is told of an order that waits for the open."""
    local = opens.astimezone(zone_of(listing.venue))
    own = listing.contract
    where = own.primary_exchange or own.exchange
    text = (
        f"Order Message:\n{order.terms.action} {order.quantity:f} {own.symbol} "
        f"{where}.{own.trading_class}\nWarning: Your order will not be placed "
        f"at the exchange until {local:%Y-%m-%d %H:%M:%S} {listing.time_zone}."
    )
    return Notice(*order.key, 399, text)


def capped_price(order: SimOrder, last: Decimal) -> Decimal:
    """Return the price the broker caps an aggressive limit at; zero where it does not."""
    limit = order.terms.lmt_price
    if order.terms.order_type != "LMT" or not limit or not last or order.terms.combo_legs:
        return Decimal(0)
    bound = last * (1 + _CAP * order.side.sign)
    beyond = limit > bound if order.side is Side.BUY else limit < bound
    return bound.quantize(Decimal("0.01")) if beyond else Decimal(0)


def accepted_notices(order: SimOrder, held: Decimal) -> list[Notice]:
    """Return the warnings about an order. ``held`` is the position before it."""
    notices = []
    terms, kind = order.terms, kind_of(order.terms.order_type)
    if terms.outside_rth and kind is not None and not kind.outside:
        text = (
            "Order Event Warning:Attribute 'Outside Regular Trading Hours' is ignored based on "
            "the order type and destination. PlaceOrder is now being processed."
        )
        notices.append(Notice(*order.key, 2109, text))
    closes = terms.open_close == "C" and held * order.side.sign < 0
    if closes and order.quantity > abs(held):
        text = "The closing order quantity is greater than your current position."
        notices.append(Notice(*order.key, 2137, text))
    if order.cap:
        text = (
            f"In accordance with our regulatory obligations, the price of your limit order is "
            f"capped at {order.cap} for now."
        )
        notices.append(Notice(*order.key, 2161, text))
    return notices
