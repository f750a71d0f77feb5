# SPDX-License-Identifier: Apache-2.0
"""Send a plan's orders, each exactly once. The only caller of ``place_order``.

Strategy:
    1. Hold the account's lock: one submitter at a time, an orphaned process included.
    2. Ask the broker what it knows of the plan's order_refs, and adopt it. Never send those.
    3. An intent the broker does not know is sent again only where that is proved safe: the
       gateway's next valid id for this client id has not passed the intent's order id, so the
       order cannot have arrived, and it is sent under that same id, which the gateway would take
       for a modification and not for a second order. All else is unknown, and a person decides.
    4. What is left needs the approval of this very plan where one is due, no locked instrument, and
       limits that hold against fresh quotes. Each refuses all or nothing.
    5. For each leg, once the message rate has its turn: kill switch, fence, the day's cap and the
       intent in one transaction on the disk, wire. Answers are awaited beside it and written down
       as they come. A retry begins at 1.
    6. A few orders may be unanswered at a time (``OrdersInFlight``); after the first bad answer no
       more are sent. The line keeps their order, so what arrived when it died is the first of
       them, and rule 3 holds for each of the others.

Sources: TRADING.md of the project's notes for the shape; TWS API, "Placing Orders", for the ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.order_history import SentOrder
from ib_provider.domain.portfolio import Breach, Limits, OrderPlan, PlanLeg
from ib_provider.errors import (
    ConnectionLost,
    LimitBreached,
    OrderOutcomeUnknown,
    OrderRejected,
    RequestTimeout,
)
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.ledger.sent_orders import DayCount
from ib_provider.rebalance import check_limits, leg_value
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.broker_truth import BrokerTruth, read_broker_truth, settle
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.orders_in_flight import OrdersInFlight
from ib_provider.usecases.preview_plan import order_of
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.read_book import read_book
from ib_provider.usecases.read_history import read_history, trading_day
from ib_provider.usecases.record_gates import record_gates
from ib_provider.usecases.trading_guard import TradingGuard

__all__ = ["SubmitReport", "submit_plan"]

#: How often, and how far apart, the broker is asked about an order it does not show.
_LOOKS: Final = 3
_BETWEEN_LOOKS_S: Final = 1.0
_LOCK_WAIT_S: Final = 5.0

Fence = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReport:
    """What a submission did: order_refs sent now, and those found at the broker or done before."""

    plan_id: str
    sent: tuple[str, ...]
    adopted: tuple[str, ...]


def _no_fence(_order_ref: str) -> None:
    """Let every order pass: there is no outer run that could have been orphaned."""


async def submit_plan(
    client: IbClient,
    *,
    ledger: Ledger,
    store: InstrumentStore,
    plan_id: str,
    limits: Limits,
    guard: TradingGuard,
    switch: KillSwitch,
    fence: Fence = _no_fence,
    progress: Progress = silent,
) -> SubmitReport:
    """Send what of a plan has not been sent, and adopt what has.

    Args:
        fence: Called with the order_ref right before its intent is written; raises when this
            process may no longer trade (an orphan of a dead supervisor).

    Raises:
        NotApproved: Nothing was sent by this call.
        LimitBreached: Nothing was sent by this call; or trading was stopped, or another process
            spent the day's cap, while it sent: the legs after that stay unsent.
        OrderRejected: The broker refused a leg, now or in an earlier try. Legs that were not on
            their way by then stay unsent.
        OrderOutcomeUnknown: Nobody can say whether a leg is at the broker. Nothing was sent after.
        WriteConflict: Another process is submitting for this account.
        WrongAccount, ConfigError: The guard's two keys do not agree.
        ConnectionLost, RequestTimeout: Run again: what arrived is adopted.
    """
    plan = ledger.plan(plan_id)
    guard.admit(plan.account, client.managed_accounts)
    with ledger.lock(f"account-{plan.account}", wait_s=_LOCK_WAIT_S):
        intents, truth = await _reconcile(client, ledger, plan)
        _refuse_rejected(intents)
        again = _resendable(client, plan, intents, truth)
        waiting = [leg for leg in plan.legs if leg.order_ref not in intents]
        legs = [leg for leg in plan.legs if leg.order_ref in again or leg in waiting]
        desk = _Desk(
            client=client, ledger=ledger, plan=plan, limits=limits, switch=switch, fence=fence
        )
        values: dict[str, Decimal] = {}
        if legs:
            guard.refuse_unapproved(plan, ledger.approvals(plan_id), datetime.now(UTC))
            _refuse_locked(ledger, plan, legs)
            values = await _check(desk, legs, store=store, guard=guard)
        await _send(desk, legs, known_ids=again, values=values, progress=progress)
    sent = tuple(leg.order_ref for leg in legs)
    adopted = tuple(leg.order_ref for leg in plan.legs if leg.order_ref not in sent)
    for ref in adopted:
        progress(f"order {ref}: known before, not sent again")
    return SubmitReport(plan_id=plan_id, sent=sent, adopted=adopted)


async def _reconcile(
    client: IbClient, ledger: Ledger, plan: OrderPlan
) -> tuple[dict[str, Intent], BrokerTruth]:
    """Return the plan's intents after the broker's word on each was written down."""
    refs = [leg.order_ref for leg in plan.legs]
    for look in range(_LOOKS):
        truth = await read_broker_truth(client, whole_log=True)
        intents = _intents(ledger, plan)
        doubtful = [ref for ref, intent in intents.items() if _doubtful(intent, truth)]
        if not doubtful or look == _LOOKS - 1:
            break
        await asyncio.sleep(_BETWEEN_LOOKS_S)
    for leg in plan.legs:
        if leg.order_ref not in intents and truth.knows(leg.order_ref):
            _adopt(ledger, plan, leg, truth)
    settle(ledger, refs, truth)
    return _intents(ledger, plan), truth


def _intents(ledger: Ledger, plan: OrderPlan) -> dict[str, Intent]:
    return {intent.order_ref: intent for intent in ledger.intents(plan.plan_id)}


def _adopt(ledger: Ledger, plan: OrderPlan, leg: PlanLeg, truth: BrokerTruth) -> None:
    """Write down an order of ours that the broker holds and the ledger has lost."""
    order_id, client_id = truth.ids_of(leg.order_ref)
    ledger.intend(leg, plan=plan, order_id=order_id, client_id=client_id, at=datetime.now(UTC))


def _doubtful(intent: Intent, truth: BrokerTruth) -> bool:
    return not intent.state.is_terminal and not truth.knows(intent.order_ref)


def _refuse_rejected(intents: dict[str, Intent]) -> None:
    """Stop a plan of which the broker refused a leg: the rest was sized for the whole."""
    for intent in intents.values():
        if intent.state is IntentState.REJECTED:
            reason = f"{intent.message}; make a new plan under a new key"
            raise OrderRejected(intent.order_ref, 0, reason)


def _refuse_locked(ledger: Ledger, plan: OrderPlan, legs: list[PlanLeg]) -> None:
    """Refuse to trade what is locked, or of which another plan's order may be at the broker.

    Raises:
        LimitBreached: With every such instrument.
    """
    locked = {lock.instrument_id: lock.why for lock in ledger.locked_instruments(plan.account)}
    for intent in ledger.unresolved_orders(plan.account):
        if intent.plan_id != plan.plan_id:
            other = {leg.order_ref: leg for leg in ledger.plan(intent.plan_id).legs}
            name = other[intent.order_ref].instrument_id
            locked[name] = f"nobody knows what became of order {intent.order_ref}"
    breaches = [
        Breach(
            limit="locked",
            subject=leg.instrument_id,
            found=locked[leg.instrument_id],
            allowed="broker and ledger agree",
        )
        for leg in legs
        if leg.instrument_id in locked
    ]
    if breaches:
        raise LimitBreached(breaches)


def _resendable(
    client: IbClient, plan: OrderPlan, intents: dict[str, Intent], truth: BrokerTruth
) -> dict[str, int]:
    """Return the order ids of the intents that provably never reached the gateway.

    Raises:
        OrderOutcomeUnknown: The broker shows no trace of an order that it may have received.
    """
    doubtful = [intent for intent in intents.values() if _doubtful(intent, truth)]
    lost = [intent for intent in doubtful if not _never_arrived(client, intent)]
    if lost:
        raise OrderOutcomeUnknown(
            [intent.order_ref for intent in lost],
            f"plan {plan.plan_id[:12]} was being sent, and the broker shows no such order "
            f"among open orders, completed orders and executions after {_LOOKS} looks",
        )
    return {intent.order_ref: intent.order_id for intent in doubtful}


def _never_arrived(client: IbClient, intent: Intent) -> bool:
    """Return whether it is proved that the gateway never received an order.

    It never answered for it, and the next id it expects of the client that was to send it is not
    past the order's own.
    """
    return (
        intent.state in (IntentState.INTENDED, IntentState.UNKNOWN)
        and not intent.perm_id
        and intent.client_id == client.client_id
        and client.first_valid_order_id <= intent.order_id
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What stands around every order of one submission."""

    client: IbClient
    ledger: Ledger
    plan: OrderPlan
    limits: Limits
    switch: KillSwitch
    fence: Fence


async def _check(
    desk: _Desk,
    legs: list[PlanLeg],
    *,
    store: InstrumentStore,
    guard: TradingGuard,
) -> dict[str, Decimal]:
    """Refuse the rest of a plan that is stale or breaks a limit against fresh quotes.

    Returns:
        What each order may trade for, by order_ref.
    """
    plan = desk.plan
    guard.refuse_stale(plan, datetime.now(UTC))
    ids = [leg.instrument_id for leg in legs]
    book = await read_book(
        desk.client,
        store=store,
        account=plan.account,
        currency=plan.currency,
        ids=ids,
        with_volumes=desk.limits.max_adv is not None,
    )
    now = datetime.now(UTC)
    history = read_history(
        desk.ledger,
        account=plan.account,
        limits=desk.limits,
        now=now,
        # Each is without an intent, and so never went, or provably never arrived. One that was
        # counted and not yet meant when its process died is of the first kind.
        resendable=[leg.order_ref for leg in legs],
        kills=desk.switch.stops(),
    )
    rest = replace(plan, legs=tuple(legs))
    breaches = check_limits(
        rest, book, desk.limits, history=history, mode=guard.trading_mode, now=now
    )
    await record_gates(
        desk.client, ledger=desk.ledger, plan=rest, book=book, limits=desk.limits, breaches=breaches
    )
    if breaches:
        raise LimitBreached(breaches)
    # The gates have refused what cannot be valued; NaN would be refused when it is counted.
    return {leg.order_ref: leg_value(book, leg) or Decimal("NaN") for leg in legs}


async def _send(
    desk: _Desk,
    legs: Sequence[PlanLeg],
    *,
    known_ids: Mapping[str, int],
    values: Mapping[str, Decimal],
    progress: Progress,
) -> None:
    """Send legs in turn, and return when each was answered and its answer is in the ledger."""
    async with OrdersInFlight() as flight:
        for leg in legs:
            await flight.room()
            await desk.client.turn()
            flight.refuse_failed()
            ref = leg.order_ref
            order_id = _intend(desk, leg, known_id=known_ids.get(ref), value=values[ref])
            await flight.add(_transmit(desk, leg, order_id, progress))


def _intend(desk: _Desk, leg: PlanLeg, *, known_id: int | None, value: Decimal) -> int:
    """Return the order id under which a leg is sent next, counted and meant on the disk.

    Nothing comes between this and the wire: a stop that was given before it holds.
    """
    client, ledger, plan = desk.client, desk.ledger, desk.plan
    desk.switch.refuse(plan.account)
    order_id = client.next_order_id() if known_id is None else client.claim_order_id(known_id)
    desk.fence(leg.order_ref)
    now = datetime.now(UTC)
    count = _day_count(desk, leg, value, now)
    if known_id is None:
        ledger.intend(
            leg, plan=plan, order_id=order_id, client_id=client.client_id, at=now, count=count
        )
    else:
        ledger.count_order(count.order, account=count.account, day=count.day, cap=count.cap)
    return order_id


async def _transmit(desk: _Desk, leg: PlanLeg, order_id: int, progress: Progress) -> None:
    """Send an order whose intent is on the disk, and write down what the broker says of it."""
    ledger, order = desk.ledger, order_of(desk.plan, leg)
    try:
        state = await desk.client.place_order(order_id, leg.contract, order, has_turn=True)
    except OrderRejected as error:
        ledger.record_rejected(leg.order_ref, error.code, error.message, datetime.now(UTC))
        raise
    except (ConnectionLost, OrderOutcomeUnknown, RequestTimeout) as error:
        ledger.record_unknown(leg.order_ref, str(error), datetime.now(UTC))
        raise
    ledger.record_state(leg.order_ref, state, datetime.now(UTC))
    progress(f"sent {leg.side} {leg.quantity} {leg.instrument_id} at {leg.limit_price}")


def _day_count(desk: _Desk, leg: PlanLeg, value: Decimal, now: datetime) -> DayCount:
    """Return what an order adds to its day."""
    return DayCount(
        order=SentOrder(
            order_ref=leg.order_ref,
            instrument_id=leg.instrument_id,
            side=leg.side,
            quantity=leg.quantity,
            value=value,
            currency=desk.plan.currency,
            at=now,
        ),
        account=desk.plan.account,
        day=trading_day(desk.limits, now),
        cap=desk.limits.max_daily_value,
    )
