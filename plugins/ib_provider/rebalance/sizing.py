# SPDX-License-Identifier: Apache-2.0
"""From wanted quantities to orders in whole units that the cash can pay.

Rules:
    * Whole units: a trade is cut towards zero, so a sale never sells more than was wanted.
    * What cutting leaves unspent buys one unit more of the names that lost most, largest remainder
      first, as far as the sum that was wanted, and the cash, allow.
    * Cash is counted at the worst prices the orders may have, fees allowed for. Where it is short,
      every buy shrinks by the same factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from ib_provider.domain.contract import Instrument, SecType

__all__ = ["Buy", "fee_allowance", "fit_buys", "lot_of", "whole_lots"]

#: What an order may cost, in the book's currency: twice IB's fixed rate for US shares, at least 1.
_FEE_PER_UNIT: Final = Decimal("0.01")
_FEE_MINIMUM: Final = Decimal(1)

#: Of one future: above what exchange, clearing and IB take together on the dearest US contracts.
_FEE_PER_FUTURE: Final = Decimal(5)
_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buy:
    """A purchase that is wanted.

    Attributes:
        quantity: Units, not yet whole; at least one lot.
        lot: The step of the order's size.
        cost: The most one unit may cost, in the book's currency.
        rounds_up: Whether it may get one lot more than ``quantity`` holds.
    """

    quantity: Decimal
    lot: Decimal
    cost: Decimal
    rounds_up: bool = True


def lot_of(instrument: Instrument, *, fractions: bool = False) -> Decimal:
    """Return the step of an order's size: the exchange's, and at least one whole unit.

    IB gives 0.0001 for stocks that it trades in fractions; those need a permission of the account.

    Args:
        instrument: What is traded.
        fractions: The account has that permission.
    """
    step = instrument.size_increment
    if fractions and step > 0 and instrument.contract.sec_type is SecType.STK:
        return step
    return max(step, _ONE)


def whole_lots(quantity: Decimal, lot: Decimal) -> Decimal:
    """Return the quantity cut towards zero to a multiple of ``lot``."""
    return (quantity / lot).to_integral_value(ROUND_DOWN) * lot


def fee_allowance(quantity: Decimal, sec_type: SecType = SecType.STK) -> Decimal:
    """Return what is set aside for the commission of one order of ``quantity`` units."""
    each = _FEE_PER_FUTURE if sec_type is SecType.FUT else _FEE_PER_UNIT
    return max(_FEE_MINIMUM, abs(quantity) * each)


def fit_buys(buys: Sequence[Buy], cash: Decimal) -> tuple[Decimal, ...]:
    """Return the whole quantities to buy, in the order of ``buys``.

    Args:
        buys: What is wanted.
        cash: What may be spent, fees included.

    Returns:
        Multiples of each lot, each within one lot of what was wanted where the cash suffices. Their
        cost and fees never exceed ``cash``; the costs alone never exceed what was wanted.
    """
    wanted = sum((buy.quantity * buy.cost for buy in buys), Decimal(0))
    # Allowed for the largest size each order may get: a smaller one only leaves more.
    fees = sum(
        (fee_allowance(buy.quantity + buy.lot if buy.rounds_up else buy.quantity) for buy in buys),
        Decimal(0),
    )
    budget = min(cash - fees, wanted)
    if budget <= 0:
        return tuple(Decimal(0) for _ in buys)
    # Not scaled by one: the division could cost a whole quantity its last lot.
    part = [buy.quantity if budget == wanted else buy.quantity * budget / wanted for buy in buys]
    whole = [whole_lots(n, buy.lot) for n, buy in zip(part, buys, strict=True)]
    left = budget - sum((n * buy.cost for n, buy in zip(whole, buys, strict=True)), Decimal(0))
    lost = [(p - n) / buy.lot for p, n, buy in zip(part, whole, buys, strict=True)]
    # Python's sort is stable: of equal remainders the earlier name comes first.
    for index in sorted(range(len(buys)), key=lambda i: -lost[i]):
        price = buys[index].cost * buys[index].lot
        if lost[index] > 0 and price <= left and buys[index].rounds_up:
            whole[index] += buys[index].lot
            left -= price
    return tuple(whole)
