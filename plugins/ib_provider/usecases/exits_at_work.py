# SPDX-License-Identifier: Apache-2.0
"""Exits that rest at the broker: which they are, and calling them off before something is traded.

Rules:
    * What an earlier plan's exits end is not traded beside them: they are cancelled, and the cancel
      confirmed, before an order goes out. Nobody knows what becomes of one: nothing goes out.
    * One that traded meanwhile leaves another position than was planned for: nothing goes out, and
      it is said which positions now lack their exits.
    * An exit that a later plan has made out of date is never sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.limits import Breach
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.errors import LimitBreached, OrderOutcomeUnknown
from ib_provider.ledger.intent import Intent
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance import Book
from ib_provider.usecases.broker_truth import read_broker_truth, settle
from ib_provider.usecases.call_off_orders import call_off
from ib_provider.usecases.leg_progress import LegProgress, read_progress, wave_at_work
from ib_provider.usecases.order_recovery import confirm_orders
from ib_provider.usecases.progress import Progress
from ib_provider.usecases.work_in_flight import work_in_flight

__all__ = [
    "RestingExit",
    "call_off_excess",
    "clear_exits",
    "exit_groups",
    "give_up_superseded",
    "moved_positions",
    "resting_exits",
    "traded_beside",
]

#: How often, and how far apart, the broker is asked about exits that are more than they may be.
_LOOKS: Final = 3
_BETWEEN_LOOKS_S: Final = 1.0

_IN_FLIGHT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RestingExit:
    """An exit whose end is not known, or was told lately, and whose plan's it is."""

    intent: Intent
    leg: PlanLeg
    plan: OrderPlan


def resting_exits(
    ledger: Ledger, account: str, *, ended_since: datetime | None = None
) -> tuple[RestingExit, ...]:
    """Return an account's exits of which the ledger knows no end.

    Args:
        ended_since: Those too of which the end was told at this time or later.
    """
    plans: dict[str, OrderPlan] = {}
    found = []
    for ref in ledger.orders_of(account, only_open=True, ended_since=ended_since):
        intent = ledger.find_intent(ref)
        if intent is None:
            continue
        if intent.plan_id not in plans:
            plans[intent.plan_id] = ledger.plan(intent.plan_id)
        plan = plans[intent.plan_id]
        leg = plan.legs[intent.leg]
        if leg.is_exit:
            found.append(RestingExit(intent=intent, leg=leg, plan=plan))
    return tuple(found)


def traded_beside(ledger: Ledger, plan_ids: Iterable[str]) -> dict[str, Decimal]:
    """Return of each exit of these plans, by order_ref, what the other of the position traded."""
    found: dict[str, Decimal] = {}
    for plan_id in sorted(set(plan_ids)):
        plan = ledger.plan(plan_id)
        for item in read_progress(ledger, plan) if plan.exits else ():
            if item.leg.is_exit:
                found |= {intent.order_ref: item.beside for intent in item.intents}
    return found


def exit_groups(ledger: Ledger, account: str, *, until: datetime | None = None) -> dict[str, str]:
    """Return the group of each exit that may be at work, by order_ref.

    Args:
        until: Of plans that were made by then; those of later ones stand in an older one's way.
    """
    return {
        item.intent.order_ref: item.leg.oca_group
        for item in resting_exits(ledger, account)
        if until is None or item.plan.as_of <= until
    }


def give_up_superseded(
    ledger: Ledger, plan: OrderPlan, legs: Sequence[LegProgress], tell: Progress
) -> Sequence[LegProgress]:
    """Return the legs after those exits were given up whose instrument a later plan has traded.

    Raises:
        LimitBreached: One of them was meant and never arrived: a person has to end it.
    """
    wave = wave_at_work(legs)
    due = [item for item in legs if item.leg.is_exit and item.leg.wave == wave and not item.is_done]
    if not due:
        return legs
    ids = ledger.plans_of(plan.account)
    later: set[str] = set()
    for plan_id in ids[ids.index(plan.plan_id) + 1 :]:
        if intents := ledger.intents(plan_id):
            other = ledger.plan(plan_id)
            later |= {other.legs[intent.leg].instrument_id for intent in intents}
    late = [item for item in due if item.leg.instrument_id in later]
    why = "a later plan has traded it"
    if stuck := [item for item in late if item.at_work is not None]:
        raise LimitBreached([_stuck(item.leg, why) for item in stuck])
    for item in late:
        ledger.give_up(plan, item.index, traded=item.executed, why=why, at=datetime.now(UTC))
        tell(f"{item.leg.role} of {item.leg.instrument_id}: {why}, given up")
    return read_progress(ledger, plan) if late else legs


def moved_positions(
    ledger: Ledger, plan: OrderPlan, due: Iterable[LegProgress], book: Book
) -> list[Breach]:
    """Return a breach for each position that is not what the plan was made for.

    Asked of what has exits, or had some since, before the first order of each leg.
    """
    had = {
        item.leg.instrument_id
        for item in resting_exits(ledger, plan.account, ended_since=plan.as_of)
        if item.plan.plan_id != plan.plan_id
    }
    planned = {row.instrument_id: row.held for row in plan.rows}
    found = []
    for item in due:
        name = item.leg.instrument_id
        is_bracketed = plan.rules is not None and plan.rules.bracket_of(name) is not None
        if item.leg.is_exit or item.executed or not (is_bracketed or name in had):
            continue
        held, before = book.positions.get(name, Decimal(0)), planned.get(name, Decimal(0))
        if held != before:
            found.append(_moved(name, held, before))
    return found


async def clear_exits(  # noqa: PLR0917
    client: IbClient,
    ledger: Ledger,
    plan: OrderPlan,
    orders: Sequence[PlanLeg],
    book: Book,
    tell: Progress,
) -> None:
    """Call off the exits of other plans in what is about to be traded, and see that none traded.

    Raises:
        LimitBreached: A position is another one now, or only another client may cancel an exit.
        OrderOutcomeUnknown: Nobody can say whether an exit is at work.
    """
    names = {order.instrument_id for order in orders}

    def others() -> list[RestingExit]:
        return [
            item
            for item in resting_exits(ledger, plan.account)
            if item.plan.plan_id != plan.plan_id and item.leg.instrument_id in names
        ]

    if not (before := others()):
        return
    truth = await read_broker_truth(client, whole_log=True)
    settle(ledger, [item.intent.order_ref for item in before], truth)
    known = others()
    lost = [item for item in known if not truth.knows(item.intent.order_ref)]
    for item in lost:
        ledger.record_unknown(item.intent.order_ref, "no trace of it", datetime.now(UTC))
    if lost:
        raise OrderOutcomeUnknown(
            [item.intent.order_ref for item in lost], "an exit of which the broker shows no trace"
        )
    _refuse_foreign(client, known)
    await _call_off(client, ledger, known, tell)
    now = {item.intent.order_ref: item for item in before} | {
        item.intent.order_ref: item for item in known
    }
    if breaches := await _changed(client, ledger, list(now.values()), book):
        raise LimitBreached(breaches)


async def call_off_excess(
    client: IbClient, ledger: Ledger, plan: OrderPlan, tell: Progress
) -> None:
    """Call off exits that are for more than is left, one having traded before the other came.

    What one look shows may be out of date: an exit counts that is too large in each of several.
    """
    refs = [item.intents[-1].order_ref for item in _resting(ledger, plan)]
    for look in range(_LOOKS if refs else 0):
        truth = await read_broker_truth(client)
        settle(ledger, refs, truth)
        excess = []
        for item in _resting(ledger, plan):
            state = truth.orders.get(item.intents[-1].order_ref)
            if state is not None and item.beside and state.remaining > item.left:
                excess.append(item.intents[-1])
        if not excess:
            return
        if look < _LOOKS - 1:
            await asyncio.sleep(_BETWEEN_LOOKS_S)
    for intent in excess if refs else ():
        await call_off(client, ledger, intent, "the other exit has traded", tell)


def _resting(ledger: Ledger, plan: OrderPlan) -> list[LegProgress]:
    return [item for item in read_progress(ledger, plan) if item.is_resting]


def _refuse_foreign(client: IbClient, exits: Iterable[RestingExit]) -> None:
    breaches = [
        Breach(
            limit="working_orders",
            subject=item.leg.instrument_id,
            found=f"exit {item.intent.order_ref} of client id {item.intent.client_id}",
            allowed=f"one that client id {client.client_id} may cancel",
        )
        for item in exits
        if item.intent.client_id != client.client_id
    ]
    if breaches:
        raise LimitBreached(breaches)


async def _call_off(
    client: IbClient, ledger: Ledger, exits: Sequence[RestingExit], tell: Progress
) -> None:
    async def end(item: RestingExit) -> None:
        await call_off(client, ledger, item.intent, "a new plan replaces it", tell)

    await work_in_flight(exits, end, limit=_IN_FLIGHT)
    refs = tuple(item.intent.order_ref for item in exits)
    if refs and (left := await confirm_orders(client, ledger, refs)):
        raise OrderOutcomeUnknown(list(left), "the cancel of an exit is not confirmed")


async def _changed(
    client: IbClient, ledger: Ledger, exits: Sequence[RestingExit], book: Book
) -> list[Breach]:
    """Return what is another position now, and what lacks its exits for that."""
    held = {
        item.contract.con_id: item.quantity
        for item in await client.positions()
        if item.account == book.account
    }
    moved, bare = {}, {}
    for item in exits:
        name, con_id = item.leg.instrument_id, item.leg.contract.con_id
        before, now = book.positions.get(name, Decimal(0)), held.get(con_id, Decimal(0))
        after = ledger.find_intent(item.intent.order_ref)
        has_traded = after is not None and after.filled > item.intent.filled
        if now != before or has_traded:
            moved[name] = _moved(name, now, before)
        if now:
            bare[name] = Breach(
                limit="bracket",
                subject=name,
                found=f"{now} held, whose exits were called off",
                allowed="a new plan: it has no exits until then",
            )
    return [*moved.values(), *bare.values()] if moved else []


def _stuck(leg: PlanLeg, why: str) -> Breach:
    allowed = f"order {leg.order_ref} ended by `rebalance resolve`"
    return Breach(limit="bracket", subject=leg.instrument_id, found=why, allowed=allowed)


def _moved(name: str, held: Decimal, before: Decimal) -> Breach:
    return Breach(
        limit="position",
        subject=name,
        found=f"{held} held",
        allowed=f"{before}, as when it was planned",
    )
