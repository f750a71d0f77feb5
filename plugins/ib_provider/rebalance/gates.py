# SPDX-License-Identifier: Apache-2.0
"""The limits a plan must pass before anything of it is sent.

Rules:
    * One gate, one question, one function; ``GATES`` is the list. A plan passes when no gate finds
      anything, and a gate that cannot tell has found something.
    * Every comparison is of numbers that were proved finite: ``NaN`` passes no gate.
    * Values are taken at the worse of limit and arrival price. Weights are of the net liquidation
      value, without the plan's cash buffer.
    * The gates ask the book of now, not the plan's: a plan that was approved an hour ago is judged
      by the prices of this minute.

Learnt from: SEC rule 15c3-5 and MiFID II RTS 6, articles 15 and 16, for the kinds of limits.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, localcontext
from typing import Final

from ib_provider.domain.account import TradingMode
from ib_provider.domain.limits import Breach, Limits
from ib_provider.domain.order_history import OrderHistory
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.day_gates import (
    daily_value_within,
    intent_is_new,
    names_not_repeated,
    order_rate_within,
    rejects_within,
)
from ib_provider.rebalance.exit_gates import (
    exits_cancel_one_another,
    exits_have_a_trigger,
    exits_only_end,
)
from ib_provider.rebalance.exposure_gates import (
    adv_within,
    debit_within,
    gross_within,
    net_within,
)
from ib_provider.rebalance.gate_check import Check, Gate
from ib_provider.rebalance.market_gates import (
    before_cut_off,
    drift_within,
    limit_within_collar,
    move_within,
    quote_fresh,
    quote_usable,
)
from ib_provider.rebalance.open_gates import open_orders_within, open_value_within
from ib_provider.rebalance.order_gates import (
    account_allowed,
    contract_agrees,
    currency_agrees,
    holdings_are_known,
    instruments_distinct,
    nothing_else_working,
    order_has_worst_price,
    order_refs_distinct,
    orders_within,
    plan_was_priced,
    quantity_positive,
    quantity_within,
    worth_is_known,
)
from ib_provider.rebalance.permission_gates import (
    currency_listed,
    instrument_listed,
    modes_agree,
    not_killed,
    sec_type_listed,
)
from ib_provider.rebalance.size_gates import no_short, turnover_within, value_within, weight_within

__all__ = ["GATES", "check_limits"]

_ARITHMETIC: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)

#: Every gate, in the order in which a person wants to read what they found.
GATES: Final[tuple[Gate, ...]] = (
    not_killed,
    account_allowed,
    modes_agree,
    sec_type_listed,
    currency_listed,
    instrument_listed,
    currency_agrees,
    worth_is_known,
    holdings_are_known,
    orders_within,
    order_refs_distinct,
    instruments_distinct,
    nothing_else_working,
    quantity_positive,
    quantity_within,
    order_has_worst_price,
    exits_have_a_trigger,
    exits_cancel_one_another,
    exits_only_end,
    contract_agrees,
    plan_was_priced,
    quote_usable,
    quote_fresh,
    move_within,
    drift_within,
    limit_within_collar,
    before_cut_off,
    value_within,
    turnover_within,
    weight_within,
    no_short,
    gross_within,
    net_within,
    adv_within,
    debit_within,
    daily_value_within,
    open_value_within,
    open_orders_within,
    order_rate_within,
    names_not_repeated,
    intent_is_new,
    rejects_within,
)


def check_limits(
    plan: OrderPlan,
    book: Book,
    limits: Limits,
    *,
    history: OrderHistory,
    mode: TradingMode,
    now: datetime,
) -> tuple[Breach, ...]:
    """Return every limit that a plan breaks; empty when it may be sent.

    Args:
        plan: What is to be sent; on a retry, with the legs that are still to be sent.
        book: The account and its market now, without the plan's own orders.
        limits: What may not be exceeded.
        history: What the account has sent today, and who stopped trading.
        mode: What the connection says: paper or live.
        now: By the clock that stamped the quotes, aware.
    """
    check = Check(plan=plan, book=book, limits=limits, history=history, mode=mode, now=now)
    with localcontext(_ARITHMETIC):
        return tuple(breach for gate in GATES for breach in gate(check))
