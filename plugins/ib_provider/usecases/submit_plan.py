# SPDX-License-Identifier: Apache-2.0
"""Send what of a plan is due, each order exactly once. The only caller of ``place_order``.

Strategy:
    1. Hold the account's lock: one submitter at a time, an orphaned process included.
    2. Ask the broker what it knows of the plan's orders, and adopt it; what it does not know is
       sent again only where that is proved safe (``order_recovery``).
    3. Call off the orders whose time is over, and count what they traded (``call_off_orders``).
    4. Due are the orders of the first wave that is not done: a leg's first, or the next for what is
       left of one that was called off. A later wave is first cut, once, to the cash that is there.
       What has no market waits or is given up, as the portfolio says (``withheld_legs``).
    5. All that is due and to come needs the approval of this very plan where one is due, no locked
       instrument, and limits that hold against fresh quotes. Each refuses all or nothing.
    6. For each order, once the message rate has its turn: kill switch, fence, the day's cap and the
       intent in one transaction on the disk, wire. Answers are awaited beside it and written down
       as they come. A retry begins at 1.
    7. Exits come last, for what is held then: the stops, and when the broker has them the profits.
       Before an order goes out, exits of earlier plans in what it trades are called off
       (``exits_at_work``). An exit is done for the plan as soon as the broker has it.
    8. A few orders may be unanswered at a time (``OrdersInFlight``); after the first bad answer no
       more are sent. The line keeps their order, so what arrived when it died is the first of
       them, and rule 2 holds for each of the others.

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
from ib_provider.domain.portfolio import Limits, OrderPlan, PlanLeg
from ib_provider.errors import (
    ConnectionLost,
    LimitBreached,
    OrderOutcomeUnknown,
    OrderRejected,
    RequestTimeout,
)
from ib_provider.ledger.ledger import Ledger
from ib_provider.ledger.leg_sizes import LegSize
from ib_provider.ledger.sent_orders import DayCount
from ib_provider.rebalance import (
    STOP_WAVE,
    Book,
    check_limits,
    leg_value,
    next_order,
    size_exits,
    size_wave,
    valued_without,
)
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.call_off_orders import call_off_late
from ib_provider.usecases.exits_at_work import (
    call_off_excess,
    clear_exits,
    exit_groups,
    give_up_superseded,
    moved_positions,
)
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.leg_progress import LegProgress, read_progress, wave_at_work
from ib_provider.usecases.locked_legs import locked_legs
from ib_provider.usecases.order_recovery import recover_orders
from ib_provider.usecases.orders_in_flight import OrdersInFlight
from ib_provider.usecases.preview_plan import order_of
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.read_book import read_book
from ib_provider.usecases.read_history import read_history, trading_day
from ib_provider.usecases.record_gates import record_gates
from ib_provider.usecases.submit_report import SubmitReport
from ib_provider.usecases.trading_guard import TradingGuard
from ib_provider.usecases.withheld_legs import is_withheld, withhold

__all__ = ["Fence", "SubmitReport", "no_fence", "submit_plan"]

Fence = Callable[[str], None]

#: How often, and how far apart, positions are looked at that are to be ended and are not there.
_LOOKS: Final = 3
_BETWEEN_LOOKS_S: Final = 1.0


def no_fence(_order_ref: str) -> None:
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
    fence: Fence = no_fence,
    progress: Progress = silent,
) -> SubmitReport:
    """Send what of a plan is due, and adopt what was sent.

    To be called again, when the working orders are done or at ``call_at``, until the report says
    that all is sent: ``execute_plan`` does that.

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
    desk = _Desk(
        client=client,
        ledger=ledger,
        store=store,
        plan=plan,
        limits=limits,
        guard=guard,
        switch=switch,
        fence=fence,
        progress=progress,
    )
    with ledger.hold_account(plan.account):
        found = await recover_orders(client, ledger, plan)
        await call_off_late(
            client,
            ledger,
            read_progress(ledger, plan),
            now=datetime.now(UTC),
            progress=progress,
        )
        sent, look_at = await _send_due(desk, found.resendable)
        sent += await _send_exits(desk)
        if any(leg.is_exit and leg.order_ref in sent for leg in plan.legs):
            await call_off_excess(client, ledger, plan, progress)
        return _report(desk, sent, look_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What stands around every order of one submission."""

    client: IbClient
    ledger: Ledger
    store: InstrumentStore
    plan: OrderPlan
    limits: Limits
    guard: TradingGuard
    switch: KillSwitch
    fence: Fence
    progress: Progress


async def _send_due(
    desk: _Desk, resendable: Mapping[str, int]
) -> tuple[tuple[str, ...], datetime | None]:
    """Send what may go now; return its order_refs, and when to look at what waits for a market."""
    legs: Sequence[LegProgress] = read_progress(desk.ledger, desk.plan)
    if not resendable and not _due(legs):
        return (), None
    _refuse_unready(desk, legs)
    wave = wave_at_work(legs)
    book = await _read_book(desk, wave)
    legs = _sized(desk, legs, book)
    legs = give_up_superseded(desk.ledger, desk.plan, legs, desk.progress)
    legs, look_at = withhold(desk.ledger, plan=desk.plan, legs=legs, book=book, tell=desk.progress)
    if wave_at_work(legs) != wave:
        return (
            (),
            None,
        )  # all that was left of it was cut or given up: the next wave is yet to be cut
    due = [item for item in _due(legs) if not is_withheld(desk.plan, item.leg, book)]
    orders = [*_again(legs, resendable), *_orders(desk, due, book)]
    if orders:
        book = await _look_again(desk, orders, book)
        values = await _check(desk, orders, legs, book)
        first = [item for item in legs if {item.leg.order_ref} & {leg.order_ref for leg in orders}]
        if breaches := moved_positions(desk.ledger, desk.plan, first, book):
            raise LimitBreached(breaches)
        await clear_exits(desk.client, desk.ledger, desk.plan, orders, book, desk.progress)
        await _send(desk, orders, known_ids=resendable, values=values)
    return tuple(order.order_ref for order in orders), look_at


async def _send_exits(desk: _Desk) -> tuple[str, ...]:
    """Send the exits of which it is time, wave after wave; return their order_refs."""
    sent: tuple[str, ...] = ()
    before = None
    while True:
        wave = wave_at_work(read_progress(desk.ledger, desk.plan))
        if wave is None or wave < STOP_WAVE or wave == before:
            return sent
        before = wave
        sent += (await _send_due(desk, {}))[0]


def _due(legs: Sequence[LegProgress]) -> list[LegProgress]:
    """Return the legs of the wave at work of which an order may be sent."""
    wave = wave_at_work(legs)
    return [item for item in legs if item.leg.wave == wave and item.next_attempt is not None]


def _again(legs: Sequence[LegProgress], resendable: Mapping[str, int]) -> list[PlanLeg]:
    """Return the orders that provably never arrived, as they were meant, by their order ids.

    They go first: a new order would else be given the id of one of them.
    """
    meant = [
        (order, item.leg)
        for item in legs
        for order in item.intents
        if order.order_ref in resendable
    ]
    return [
        replace(
            leg,
            order_ref=order.order_ref,
            attempt=order.attempt,
            quantity=order.quantity,
            limit_price=order.limit_price,
        )
        for order, leg in sorted(meant, key=lambda pair: resendable[pair[0].order_ref])
    ]


def _orders(desk: _Desk, due: Sequence[LegProgress], book: Book) -> list[PlanLeg]:
    return [
        next_order(
            desk.plan, item.leg, attempt=item.next_attempt or 1, quantity=item.left, book=book
        )
        for item in due
    ]


def _refuse_unready(desk: _Desk, legs: Sequence[LegProgress]) -> None:
    """Refuse a plan that is not approved, too old, or of instruments that are locked.

    What was begun in time is carried on: a later wave, and a next order for what is left, are of
    the same approval.

    Raises:
        NotApproved, LimitBreached: Nothing is sent.
    """
    plan, now = desk.plan, datetime.now(UTC)
    meant = [order.created_at for item in legs for order in item.intents]
    first = min((item.leg.wave for item in legs), default=1)
    is_begun = bool(meant) and all(item.intents for item in legs if item.leg.wave == first)
    approvals = desk.ledger.approvals(plan.plan_id)
    at = now
    if is_begun:
        at = max([min(meant), *(approval.at for approval in approvals[-1:])])
    desk.guard.refuse_unapproved(plan, approvals, at)
    desk.guard.refuse_stale(plan, now, is_begun=is_begun)
    if breaches := locked_legs(desk.ledger, plan, [i.leg for i in legs if not i.is_done]):
        raise LimitBreached(breaches)


async def _look_again(desk: _Desk, orders: Sequence[PlanLeg], book: Book) -> Book:
    """Return the book when its positions show what exits are to end, or after a few looks."""
    for _ in range(_LOOKS):
        held = book.positions
        if all(
            leg.quantity <= -leg.side.sign * held.get(leg.instrument_id, Decimal(0))
            for leg in orders
            if leg.is_exit
        ):
            break
        await asyncio.sleep(_BETWEEN_LOOKS_S)
        book = await _read_book(desk, STOP_WAVE)
    return book


async def _read_book(desk: _Desk, wave: int | None) -> Book:
    plan = desk.plan
    return await read_book(
        desk.client,
        store=desk.store,
        account=plan.account,
        currency=plan.currency,
        ids=[leg.instrument_id for leg in plan.legs],
        # Exits are for another market than that of now.
        quoted=() if wave is not None and wave >= STOP_WAVE else None,
        with_volumes=desk.limits.max_adv is not None,
        with_sessions=plan.rules is not None and plan.rules.needs_sessions,
    )


def _sized(desk: _Desk, legs: Sequence[LegProgress], book: Book) -> Sequence[LegProgress]:
    """Return the legs after a later wave, before any of it is sent, was cut to the cash there is.

    That is decided once and kept: a retry sends what the try before it would have sent.
    """
    plan, ledger, wave = desk.plan, desk.ledger, wave_at_work(legs)
    first = min((item.leg.wave for item in legs), default=1)
    ours = [item for item in legs if item.leg.wave == wave]
    if (
        wave is None
        or wave == first
        or any(item.intents for item in ours)
        or ledger.leg_sizes(plan.plan_id, wave)
    ):
        return legs
    if wave >= STOP_WAVE:
        executed = {item.leg.instrument_id: item.executed for item in legs if not item.leg.is_exit}
        sizes = size_exits(plan, wave=wave, executed=executed)
    else:
        refs = [order.order_ref for item in legs for order in item.intents]
        executions = [fill.execution for fill in ledger.fills(refs)]
        sizes = size_wave(plan, book, wave=wave, executions=executions)
    kept = ledger.size_wave(
        plan,
        wave,
        {index: LegSize(quantity=size.quantity, note=size.note) for index, size in sizes.items()},
        datetime.now(UTC),
    )
    for index, size in kept.items():
        if size.note:
            leg = plan.legs[index]
            desk.progress(
                f"{leg.side} {leg.instrument_id}: {size.quantity} of {leg.quantity}, {size.note}"
            )
    return read_progress(ledger, plan)


async def _check(
    desk: _Desk, orders: Sequence[PlanLeg], legs: Sequence[LegProgress], book: Book
) -> dict[str, Decimal]:
    """Refuse what is due, and what is to come, if it breaks a limit against fresh quotes.

    Returns:
        What each order may trade for, by order_ref.
    """
    plan, now = desk.plan, datetime.now(UTC)
    wave = wave_at_work(legs) or 0
    later = [
        replace(item.leg, quantity=item.left)
        for item in legs
        if item.leg.wave > wave
        # Exits were judged with the plan, and are again when it is known what they end.
        and not item.leg.is_exit
        and not item.intents
        and item.left > 0
        and not is_withheld(plan, item.leg, book)
    ]
    checked = {order.order_ref for order in orders}
    names = {order.instrument_id for order in orders}
    history = read_history(
        desk.ledger,
        account=plan.account,
        limits=desk.limits,
        now=now,
        # Each is without an intent, and so never went, or provably never arrived. One that was
        # counted and not yet meant when its process died is of the first kind.
        resendable=[*checked, *(leg.order_ref for leg in later)],
        former=[
            former.order_ref
            for item in legs
            for former in item.intents
            if item.leg.instrument_id in names and former.order_ref not in checked
        ],
        kills=desk.switch.stops(),
        exits=exit_groups(desk.ledger, plan.account, until=plan.as_of),
    )
    rest = replace(plan, legs=(*orders, *later))
    if plan.rules is not None and plan.rules.no_market != "refuse":
        book = valued_without(book, [leg.instrument_id for leg in rest.legs])
    breaches = check_limits(
        rest, book, desk.limits, history=history, mode=desk.guard.trading_mode, now=now
    )
    await record_gates(
        desk.client, ledger=desk.ledger, plan=rest, book=book, limits=desk.limits, breaches=breaches
    )
    if breaches:
        raise LimitBreached(breaches)
    # The gates have refused what cannot be valued; NaN would be refused when it is counted.
    return {order.order_ref: leg_value(book, order) or Decimal("NaN") for order in orders}


def _report(desk: _Desk, sent: tuple[str, ...], look_at: datetime | None) -> SubmitReport:
    plan = desk.plan
    legs = read_progress(desk.ledger, plan)
    wave = wave_at_work(legs)
    working = tuple(item.at_work.order_ref for item in legs if item.at_work is not None)
    later = tuple(
        item.leg.order_ref
        for item in legs
        if wave is not None and item.leg.wave > wave and not item.is_done
    )
    deadlines = [item.deadline for item in legs if item.deadline is not None]
    if look_at is not None:
        deadlines.append(look_at)
    adopted = tuple(
        order.order_ref for item in legs for order in item.intents if order.order_ref not in sent
    )
    for ref in adopted:
        desk.progress(f"order {ref}: known before, not sent again")
    return SubmitReport(
        plan_id=plan.plan_id,
        sent=sent,
        adopted=adopted,
        working=working,
        later=later,
        call_at=min(deadlines, default=None),
        is_sent=not later and not deadlines and not _due(legs),
    )


async def _send(
    desk: _Desk,
    legs: Sequence[PlanLeg],
    *,
    known_ids: Mapping[str, int],
    values: Mapping[str, Decimal],
) -> None:
    """Send legs in turn, and return when each was answered and its answer is in the ledger."""
    async with OrdersInFlight() as flight:
        for leg in legs:
            await flight.room()
            await desk.client.turn()
            flight.refuse_failed()
            ref = leg.order_ref
            order_id = _intend(desk, leg, known_id=known_ids.get(ref), value=values[ref])
            await flight.add(_transmit(desk, leg, order_id))


def _intend(desk: _Desk, leg: PlanLeg, *, known_id: int | None, value: Decimal) -> int:
    """Return the order id under which a leg is sent next, counted and meant on the disk.

    Nothing comes between this and the wire: a stop that was given before it holds.
    """
    client, ledger, plan = desk.client, desk.ledger, desk.plan
    desk.switch.refuse(plan.account)
    order_id = client.next_order_id() if known_id is None else client.claim_order_id(known_id)
    desk.fence(leg.order_ref)
    now = datetime.now(UTC)
    count = None if leg.is_exit else _day_count(desk, leg, value, now)
    if known_id is None:
        ledger.intend(
            leg, plan=plan, order_id=order_id, client_id=client.client_id, at=now, count=count
        )
    elif count is not None:
        ledger.count_order(
            count.order,
            account=count.account,
            day=count.day,
            cap=count.cap,
            is_first=count.is_first,
        )
    return order_id


async def _transmit(desk: _Desk, leg: PlanLeg, order_id: int) -> None:
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
    desk.progress(f"sent {leg.side} {leg.quantity} {leg.instrument_id} at {leg.limit_price}")


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
        is_first=leg.attempt == 1,
    )
