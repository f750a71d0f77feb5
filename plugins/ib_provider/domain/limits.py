# SPDX-License-Identifier: Apache-2.0
"""What no plan may exceed, and how a breach of it reads."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ib_provider.domain.account import TradingMode
from ib_provider.domain.contract import SecType

__all__ = ["Breach", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a plan may not exceed. Every field is required in the file: no limit is a default.

    Amounts are in the portfolio's currency; caps of a day count every order of the account that
    was meant to be sent since midnight in ``time_zone``.

    Attributes:
        max_order_value: Of one order.
        max_order_quantity: Units of one order; of currency pairs only the value counts.
        max_orders: Orders in one plan.
        max_turnover: Gross traded value over net liquidation value.
        max_weight: Of one instrument after the plan.
        max_gross: Longs and shorts together after the plan, over net liquidation value.
        max_net: Longs less shorts, either way, likewise.
        max_adv: One order over the average daily volume; None where the file says ``any``.
        max_debit: What one currency's cash may be overdrawn by.
        max_price_age_s: Oldest quote that may price an order.
        max_price_move: Mid against the previous close, as a fraction; a wilder one is a breach.
        max_collar_bp: How far beyond the touch a limit price may reach, in basis points, whatever
            the portfolio asks for.
        max_daily_value: Gross value of the day's orders, whoever's plan they were in.
        max_open_value: Of the account's open orders with the plan's, unfilled parts.
        max_open_orders: Likewise, their number.
        max_orders_per_minute: Sent in the last minute, with the plan's.
        max_orders_per_name: Of one instrument in a day.
        duplicate_window_s: How long an order with the same side and size of the same instrument
            counts as the same intent.
        max_rejects: Orders the broker refused one after the other, until a person resets them.
        allow_short: Whether a position may go below zero.
        trading_mode: The second key: it must be the connection's, and fit the account.
        accounts: The accounts that may be traded.
        sec_types: The kinds of contract that may be traded; ``CASH`` is a currency pair.
        currencies: The currencies they may be priced in.
        allow_instruments: The only ones that may be traded; None where the file says ``any``.
        deny_instruments: Ones that may not be.
        time_zone: An IANA name: where a day begins.
        allow_unpriced: Whether an order may go without a worst price: market-on-close.
    """

    name: str
    max_order_value: Decimal
    max_order_quantity: Decimal
    max_orders: int
    max_turnover: Decimal
    max_weight: Decimal
    max_gross: Decimal
    max_net: Decimal
    max_adv: Decimal | None
    max_debit: Decimal
    max_price_age_s: float
    max_price_move: Decimal
    max_collar_bp: Decimal
    max_daily_value: Decimal
    max_open_value: Decimal
    max_open_orders: int
    max_orders_per_minute: int
    max_orders_per_name: int
    duplicate_window_s: float
    max_rejects: int
    allow_short: bool
    trading_mode: TradingMode
    accounts: tuple[str, ...]
    sec_types: tuple[SecType, ...]
    currencies: tuple[str, ...]
    allow_instruments: tuple[str, ...] | None
    deny_instruments: tuple[str, ...]
    time_zone: str
    allow_unpriced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One limit that a plan breaks: its name, whom it concerns, found against allowed."""

    limit: str
    subject: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.limit}: {self.subject}: {self.found}, allowed {self.allowed}"
