# SPDX-License-Identifier: Apache-2.0
"""Buys as large as the cash can pay, after the buffer and with what the sells bring.

Rules:
    * What sells bring is counted at their limit prices less fees, never above; what buys cost at
      theirs, with fees. A future costs its fee alone: it is held on margin, which a what-if tells.
    * Where currencies are to be covered, foreign money is counted at the worst rate at which its
      pair may trade, so that changing it never takes cash below the buffer.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ib_provider.domain.portfolio import Portfolio
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.currency_cover import Changer
from ib_provider.rebalance.drift import size_problem
from ib_provider.rebalance.plan_names import PricedName
from ib_provider.rebalance.sizing import Buy, fee_allowance, fit_buys

__all__ = ["fund_buys"]

_ZERO: Final = Decimal(0)


def fund_buys(
    names: Sequence[PricedName], portfolio: Portfolio, book: Book, changer: Changer
) -> None:
    """Cut the buys of names, where they have to be, to what the account can pay."""
    cash = book.cash - portfolio.buffer(book.net_liquidation) - changer.reserve()
    buying = []
    for name in names:
        if not name.trade:
            continue
        if not name.is_funded or name.trade < 0:
            cash -= _fee(name)
        if name.trade < 0 and name.is_funded:
            rate = changer.worst_sale(name.instrument.contract.currency, name.rate)
            cash -= name.trade * name.limit * name.unit * rate
        elif name.trade > 0 and name.is_funded:
            buying.append(name)
    buys = [_wanted(name, changer) for name in buying]
    for name, buy, quantity in zip(buying, buys, fit_buys(buys, cash), strict=True):
        _take(name, buy, quantity, portfolio)


def _fee(name: PricedName) -> Decimal:
    return fee_allowance(name.trade, name.instrument.contract.sec_type)


def _wanted(name: PricedName, changer: Changer) -> Buy:
    # Buying a short back to nothing must not step over to the other side.
    is_exact = name.is_capped or not name.wanted
    rate = changer.worst_purchase(name.instrument.contract.currency, name.rate)
    return Buy(
        quantity=name.trade if is_exact else name.wanted - name.held,
        lot=name.lot,
        cost=name.limit * name.unit * rate,
        rounds_up=not is_exact,
    )


def _take(name: PricedName, buy: Buy, quantity: Decimal, portfolio: Portfolio) -> None:
    if quantity == name.trade:
        return
    name.trade = quantity
    if not quantity:
        name.note = "no cash to buy"
    elif problem := size_problem(name, quantity, portfolio):
        name.trade, name.note = _ZERO, f"no cash to buy: {problem}"
    elif buy.quantity - quantity >= buy.lot:
        name.note += ", cut to the cash"
