# SPDX-License-Identifier: Apache-2.0
"""What the simulated gateway accepts as an order; what it does not simulate it refuses.

An order whose fields mean something here unknown is never traded as if they were absent.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import WireOrder, said

__all__ = ["order_refusal", "with_defaults"]

_TYPES: Final = {kind.value for kind in OrderType}
_TIMES: Final = {"DAY", "GTC", "IOC", "FOK"}
_LIMITED: Final = {OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_ON_CLOSE}
_STOPPED: Final = {OrderType.STOP, OrderType.STOP_LIMIT}
_AT_CLOSE: Final = {OrderType.MARKET_ON_CLOSE, OrderType.LIMIT_ON_CLOSE}
_SIMULATED: Final = frozenset(
    (
        "lmt_price aux_price tif account open_close origin order_ref transmit block_order"
        " sweep_to_fill display_size trigger_method outside_rth hidden discretionary_amt oca_type"
        " rule_80a override_percentage_constraints clearing_account clearing_intent not_held"
        " algo_params algo_id what_if perm_id client_id"
    ).split()
)
"""What is carried out, or means nothing here. Whatever else an order says is refused."""


def with_defaults(terms: WireOrder, account: str) -> WireOrder:
    """Return the order with the account and time in force it gets when it names none."""
    return replace(terms, account=terms.account or account, tif=terms.tif or TimeInForce.DAY)


def order_refusal(terms: WireOrder, listing: Listing, account: str) -> Refusal | None:
    """Return why the gateway refuses an order, or None. ``terms`` have their defaults."""
    return (
        _terms_refusal(terms, account)
        or _listing_refusal(listing)
        or _quantity_refusal(terms.total_quantity)
        or _price_refusal(terms, listing.min_tick)
    )


def _terms_refusal(terms: WireOrder, account: str) -> Refusal | None:
    unknown = sorted(said(terms) - _SIMULATED)
    why = ""
    if terms.order_type not in _TYPES:
        why = "Invalid order type was entered"
    elif terms.action not in (Side.BUY, Side.SELL):
        why = f"Invalid action {terms.action!r}"
    elif terms.account != account:
        why = f"Invalid account code {terms.account!r}"
    elif unknown:
        why = f"Not simulated: {', '.join(unknown)}"
    elif terms.tif not in _TIMES:
        why = f"Invalid time in force {terms.tif!r}"
    if why:
        return invalid(why)
    if terms.order_type in _AT_CLOSE and terms.tif != TimeInForce.DAY:
        return Refusal(code=111, message="The TIF (Tif type) and the order type are incompatible.")
    return None


def _listing_refusal(listing: Listing) -> Refusal | None:
    if listing.series:
        return None
    return Refusal(code=201, message="Order rejected - reason:No market for this contract.")


def _quantity_refusal(quantity: Decimal | None) -> Refusal | None:
    if quantity is None or not quantity.is_finite() or quantity <= 0:
        return Refusal(code=434, message="The order size cannot be zero.")
    if quantity != int(quantity):
        return Refusal(code=10243, message="Fractional-sized order cannot be placed via API.")
    return None


def _price_refusal(terms: WireOrder, min_tick: Decimal) -> Refusal | None:
    needed = []
    if terms.order_type in _LIMITED:
        needed.append(("limit price", terms.lmt_price))
    if terms.order_type in _STOPPED:
        needed.append(("stop price", terms.aux_price))
    for name, price in needed:
        if price is None or not price.is_finite() or price <= 0:
            return invalid(f"Missing or invalid {name}")
        if price % min_tick:
            return Refusal(
                code=110,
                message="The price does not conform to the minimum price variation "
                "for this contract.",
            )
    return None
