# SPDX-License-Identifier: Apache-2.0
"""The orders that end a position: decided with the plan, sized when the position is there.

Rules:
    * Every trade that leaves a position has the exits that its bracket asks for, on the other
      side, good till cancelled, one cancelling the other. The stop goes first: what is sent second
      may trade at once, and then finds the other at the broker to be cancelled.
    * Their prices are of the leg's arrival price, a short's mirrored. Each is rounded so that it
      gains no less, or loses no more, than was asked for. A stop is a stop-limit: it has a worst
      price, beyond which it does not trade.
    * Approved is an upper bound of units. What is sent is what is held when the entry is done, and
      nothing where that is nothing, or is on the other side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ib_provider.domain.bracket import Bracket, LegRole
from ib_provider.domain.limits import Breach
from ib_provider.domain.order import OrderType, Side, TimeInForce
from ib_provider.domain.portfolio import OrderPlan, PlanLeg, Portfolio
from ib_provider.errors import LimitBreached
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.bracket_document import BRACKETED_TYPES
from ib_provider.rebalance.order_ref import order_ref
from ib_provider.rebalance.pricing import BASIS_POINT
from ib_provider.rebalance.wave_funding import SizedLeg

__all__ = ["STOP_WAVE", "exit_legs", "size_exits"]

#: After the sells and the buys.
STOP_WAVE: Final = 3
_PROFIT_WAVE: Final = 4
_ZERO: Final = Decimal(0)


def exit_legs(
    entries: Iterable[PlanLeg], rules: Portfolio, book: Book, *, key: str
) -> tuple[PlanLeg, ...]:
    """Return the exits of a plan's entries, the stops first.

    Raises:
        LimitBreached: The steps of a price leave no room for a bracket.
    """
    found: list[PlanLeg] = []
    breaches: list[Breach] = []
    for entry in entries:
        bracket = rules.bracket_of(entry.instrument_id)
        held = book.positions.get(entry.instrument_id, _ZERO)
        after = held + entry.side.sign * entry.quantity
        if bracket is None or not after or entry.contract.sec_type not in BRACKETED_TYPES:
            continue
        # What is reduced in part only is as large as before where nothing of the trade is done.
        most = max(abs(after), abs(held)) if held * after > 0 else abs(after)
        base = replace(
            entry,
            side=Side.SELL if after > 0 else Side.BUY,
            quantity=most,
            order_type=OrderType.LIMIT,
            tif=TimeInForce.GTC,
            algo=None,
            cut_off=None,
            oca_group=_ref(book, rules, key, f"{entry.instrument_id}#bracket"),
        )
        for leg in _pair(base, bracket, book):
            if problem := _problem(leg):
                breaches.append(problem)
            text = f"{entry.instrument_id}#{leg.role}"
            found.append(replace(leg, order_ref=_ref(book, rules, key, text)))
    if breaches:
        raise LimitBreached(breaches)
    return tuple(sorted(found, key=lambda leg: leg.wave))


def size_exits(
    plan: OrderPlan, *, wave: int, executed: Mapping[str, Decimal]
) -> dict[int, SizedLeg]:
    """Return the size of each exit of a wave, by its place in the plan.

    Args:
        plan: All of whose entries are done.
        wave: The exits that are to be sent.
        executed: What the entry of each instrument traded.
    """
    held = {row.instrument_id: row.held for row in plan.rows}
    entries = {leg.instrument_id: leg for leg in plan.entries}
    found = {}
    for index, leg in enumerate(plan.legs):
        if leg.wave != wave:
            continue
        name = leg.instrument_id
        traded = entries[name].side.sign * executed.get(name, _ZERO)
        position = held.get(name, _ZERO) + traded
        size = min(leg.quantity, max(-leg.side.sign * position, _ZERO))
        note = "" if size == leg.quantity else f"cut to the {position} that are held"
        found[index] = SizedLeg(quantity=size, note=note)
    return found


def _pair(base: PlanLeg, bracket: Bracket, book: Book) -> Iterable[PlanLeg]:
    ladder = book.ladder(book.instruments[base.instrument_id])
    # A long's exit sells: rounded up it gains more, and loses less; a short's down.
    rounded = ladder.round_up if base.side is Side.SELL else ladder.round_down
    price, way = base.arrival_price, -base.side.sign
    if bracket.stop_loss is not None:
        trigger = rounded(price * (1 - way * bracket.stop_loss))
        limit = rounded(trigger * (1 - way * bracket.stop_limit_bp * BASIS_POINT))
        yield replace(
            base,
            role=LegRole.STOP,
            order_type=OrderType.STOP_LIMIT,
            stop_price=trigger,
            limit_price=limit,
            wave=STOP_WAVE,
        )
    if bracket.take_profit is not None:
        limit = rounded(price * (1 + way * bracket.take_profit))
        yield replace(base, role=LegRole.PROFIT, limit_price=limit, wave=_PROFIT_WAVE)


def _problem(leg: PlanLeg) -> Breach | None:
    """Return what is wrong with the price of an exit: no price, or one that trades at once."""
    price, way = leg.arrival_price, -leg.side.sign
    at = leg.limit_price if leg.stop_price is None else leg.stop_price
    gains = way * (at - price)
    if leg.limit_price > 0 and (gains < 0 if leg.role is LegRole.STOP else gains > 0):
        return None
    return Breach(
        limit="bracket",
        subject=leg.instrument_id,
        found=f"a {leg.role} at {at} by a price of {price}",
        allowed="one price step from it, and above zero",
    )


def _ref(book: Book, rules: Portfolio, key: str, text: str) -> str:
    return order_ref(book.account, rules.name, key, text)
