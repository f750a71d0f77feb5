# SPDX-License-Identifier: Apache-2.0
"""What the simulated gateway accepts as an order; what it does not simulate it refuses.

An order whose fields mean something here unknown is never traded as if they were absent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from ib_provider.domain.contract import SecType
from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.simulator.accounts.asset import rule_of
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.exchange.algos import algo_refusal
from ib_provider.simulator.exchange.order_kinds import (
    KNOWN_ELSEWHERE,
    TIMES,
    OrderKind,
    Trigger,
    kind_of,
    time_fits,
)
from ib_provider.simulator.market.hours import zone_of
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.simulator.time_text import parse_time
from ib_provider.wire.messages import WireOrder, said

__all__ = ["OrderRules", "with_defaults"]

_HUNDRED: Final = Decimal(100)
_BLOCK: Final = 50
_INCOMPATIBLE: Final = "The TIF (Tif type) and the order type are incompatible."

#: What a combination can be: its price may be zero or less, so nothing is measured in percent.
_OF_COMBINATIONS: Final = ("MKT", "LMT", "STP", "STP LMT")

#: What is carried out, or means nothing here. Whatever else an order says is refused.
_SIMULATED: Final = frozenset(
    [
        "lmt_price",
        "aux_price",
        "tif",
        "account",
        "open_close",
        "origin",
        "order_ref",
        "transmit",
        "block_order",
        "sweep_to_fill",
        "display_size",
        "trigger_method",
        "outside_rth",
        "hidden",
        "discretionary_amt",
        "oca_group",
        "oca_type",
        "combo_legs",
        "combo_legs_description",
        "leg_prices",
        "smart_combo_params",
        "parent_id",
        "parent_perm_id",
        "good_after_time",
        "good_till_date",
        "all_or_none",
        "min_qty",
        "percent_offset",
        "trail_stop_price",
        "trailing_percent",
        "lmt_price_offset",
        "algo_strategy",
        "algo_params",
        "algo_id",
        "cash_qty",
        "conditions",
        "conditions_cancel_order",
        "conditions_ignore_rth",
        "conditions_include_overnight",
        "rule_80a",
        "override_percentage_constraints",
        "clearing_account",
        "clearing_intent",
        "not_held",
        "what_if",
        "what_if_type",
        "perm_id",
        "client_id",
        "misc_options",
        "solicited",
        "ext_operator",
        "manual_order_time",
        "manual_order_indicator",
        "customer_account",
        "professional_customer",
        "submitter",
        "auto_cancel_parent",
        "include_overnight",
        "soft_dollar_tier",
        "use_price_mgmt_algo",
        "mifid2_decision_maker",
        "mifid2_decision_algo",
        "mifid2_execution_trader",
        "mifid2_execution_algo",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRules:
    """What one login's orders must keep to.

    Attributes:
        accounts: Whose orders it may place.
        precaution_percent: A limit further than this from the market is refused (109); None: none.
        dead_exchanges: Where nothing can be routed to (116).
        not_allowed: Security types the accounts have no permission for (203).
        fractional_shares: Parts of a stock may be ordered (10243 where not).
        most_active: Active orders on one side of one contract in one account.
    """

    accounts: Collection[str]
    precaution_percent: Decimal | None = None
    dead_exchanges: frozenset[str] = frozenset()
    not_allowed: frozenset[str] = field(default_factory=frozenset)
    fractional_shares: bool = False
    most_active: int = 20

    def refusal(self, terms: WireOrder, listing: Listing, last: Decimal) -> Refusal | None:
        """Return why the gateway refuses an order, or None. ``terms`` have their defaults."""
        kind = kind_of(terms.order_type)
        if kind is None:
            return _no_kind(terms.order_type)
        return (
            self._account_refusal(terms, listing)
            or _field_refusal(terms)
            or _combination_refusal(terms, kind, listing)
            or _time_refusal(terms, kind, listing)
            or algo_refusal(terms, zone_of(listing.venue))
            or _market_refusal(listing, last)
            or self._quantity_refusal(terms, listing)
            or _price_refusal(terms, kind, listing)
            or self._precaution(terms, listing, last)
        )

    def _quantity_refusal(self, terms: WireOrder, listing: Listing) -> Refusal | None:
        quantity, sec_type = terms.total_quantity, listing.contract.sec_type
        if terms.cash_qty and not _takes_money(listing):
            text = "Cash quantity cannot be used for this order."
            return Refusal(code=10244, message=text)
        if quantity is None or not quantity.is_finite() or quantity <= 0:
            return Refusal(code=434, message="The order size cannot be zero.")
        by_parts = rule_of(sec_type).fractional or (
            self.fractional_shares and sec_type is SecType.STK
        )
        if quantity != int(quantity) and not by_parts:
            return Refusal(code=10243, message="Fractional-sized order cannot be placed via API.")
        if terms.block_order and quantity < _BLOCK:
            return Refusal(code=117, message="The block order size must be at least 50.")
        return None

    def route_refusal(self, exchange: str) -> Refusal | None:
        """Return why an order cannot be sent to an exchange, or None."""
        if exchange not in self.dead_exchanges:
            return None
        return Refusal(code=116, message="The order cannot be transmitted to a dead exchange.")

    def _account_refusal(self, terms: WireOrder, listing: Listing) -> Refusal | None:
        if not terms.account:
            return Refusal(code=435, message="You must specify an account.")
        if terms.account not in self.accounts:
            return invalid(f"Invalid account code {terms.account!r}")
        own = listing.contract
        if own.sec_type in self.not_allowed:
            text = f"The security {own.symbol} is not available or allowed for this account"
            return Refusal(code=203, message=text)
        return None

    def _precaution(self, terms: WireOrder, listing: Listing, last: Decimal) -> Refusal | None:
        limit, most = terms.lmt_price, self.precaution_percent
        if (
            listing.legs
            or most is None
            or not limit
            or not last
            or terms.override_percentage_constraints
        ):
            return None
        if abs(limit / last - 1) * _HUNDRED <= most:
            return None
        text = (
            "Price is out of the range defined by the Percentage setting at order defaults frame. "
            "The order will not be transmitted."
        )
        return Refusal(code=109, message=text)


def with_defaults(terms: WireOrder, account: str, listing: Listing, last: Decimal) -> WireOrder:
    """Return the order with what it gets when it says nothing.

    Args:
        account: Of the login; empty where it holds several and the order must name one.
        last: Price at which an amount of money becomes units.
    """
    quantity = terms.total_quantity
    if not quantity and terms.cash_qty and last and _takes_money(listing):
        step = Decimal("0.00000001") if listing.contract.sec_type is SecType.CRYPTO else Decimal(1)
        quantity = (terms.cash_qty / last / step).to_integral_value(rounding=ROUND_FLOOR) * step
    return replace(
        terms,
        account=terms.account or account,
        tif=terms.tif or TimeInForce.DAY,
        total_quantity=quantity,
    )


def _takes_money(listing: Listing) -> bool:
    return listing.contract.sec_type in (SecType.CASH, SecType.CRYPTO, SecType.FUND)


def _no_kind(order_type: str) -> Refusal:
    if order_type in KNOWN_ELSEWHERE:
        text = "Unsupported order type for this exchange and security type."
        return Refusal(code=387, message=text)
    return invalid("Invalid order type was entered")


def _field_refusal(terms: WireOrder) -> Refusal | None:
    unknown = sorted(said(terms) - _SIMULATED)
    if terms.action not in (Side.BUY, Side.SELL):
        return invalid(f"Invalid action {terms.action!r}")
    if terms.oca_type not in (0, 1, 2, 3):
        return invalid(f"Invalid OCA type {terms.oca_type}")
    if unknown:
        return invalid(f"Not simulated: {', '.join(unknown)}")
    return None


def _time_refusal(terms: WireOrder, kind: OrderKind, listing: Listing) -> Refusal | None:
    if terms.tif not in TIMES:
        return invalid(f"Invalid time in force {terms.tif!r}")
    if terms.tif == TimeInForce.OPG and kind.name not in (OrderType.MARKET, OrderType.LIMIT):
        return Refusal(code=111, message=_INCOMPATIBLE)
    if not time_fits(kind, terms.tif, algo=bool(terms.algo_strategy)):
        return Refusal(code=111, message=_INCOMPATIBLE)
    zone = zone_of(listing.venue)
    for said_time, code, needed in (
        (terms.good_till_date, 343, terms.tif == TimeInForce.GTD),
        (terms.good_after_time, 337, False),
    ):
        if (said_time or needed) and parse_time(said_time, zone) is None:
            text = "The date, time, or time-zone entered is invalid."
            return Refusal(code=code, message=text)
    return None


def _market_refusal(listing: Listing, last: Decimal) -> Refusal | None:
    if listing.legs or (last and listing.contract.sec_type is not SecType.IND):
        return None
    return Refusal(code=201, message="Order rejected - reason:No market for this contract.")


def _combination_refusal(terms: WireOrder, kind: OrderKind, listing: Listing) -> Refusal | None:
    """Return why a combination cannot be ordered that way. Which ways there are is a guess."""
    if not listing.legs:
        return None
    if kind.name not in _OF_COMBINATIONS or terms.algo_strategy:
        return _no_kind(next(iter(KNOWN_ELSEWHERE)))
    if terms.tif == TimeInForce.OPG:
        return Refusal(code=111, message=_INCOMPATIBLE)
    if terms.leg_prices and (len(terms.leg_prices) != len(listing.legs) or kind.name != "LMT"):
        return Refusal(code=312, message="The combo details are invalid.")
    return None


def _price_refusal(terms: WireOrder, kind: OrderKind, listing: Listing) -> Refusal | None:
    min_tick, signed = listing.min_tick, bool(listing.legs)
    needed: list[tuple[str, Decimal | None]] = []
    if kind.limit and not any(price is not None for price in terms.leg_prices):
        needed.append(("limit price", terms.lmt_price))
    if kind.stop:
        needed.append(("stop price", terms.aux_price))
    if kind.trigger is Trigger.TRAIL and not terms.trailing_percent:
        needed.append(("trailing amount", terms.aux_price))
    if kind.name == "TRAIL LIMIT" and terms.lmt_price_offset is None:
        needed.append(("limit price", terms.lmt_price))
    named = (terms.trail_stop_price, terms.lmt_price if kind.caps else None)
    needed.extend(("price", price) for price in named if price)
    for name, price in needed:
        if price is None or not price.is_finite() or (price <= 0 and not signed):
            return invalid(f"Missing or invalid {name}")
        if price % min_tick:
            return Refusal(
                code=110,
                message="The price does not conform to the minimum price variation "
                "for this contract.",
            )
    return None
