# SPDX-License-Identifier: Apache-2.0
"""What an account's orders are doing, and what of it needs a person. Only reads, and writes down.

Rules:
    * Fills and states that the broker tells are in the ledger before anything is judged.
    * One order whose story contradicts the ledger is named, and keeps no other from being read.
    * An order that ended short, waits inactive, works too long or left no trace needs a person; so
      does an instrument that is locked. Somebody else's order does not: it is counted.
    * What is also seen for a moment while all is well counts when it stands in every one of several
      looks; after the first, executions are asked for as far back as the gateway keeps them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.order import Fill, OrderState
from ib_provider.errors import LedgerError, LedgerUnavailable, WrongAccount
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance import ORDER_REF_PREFIX
from ib_provider.usecases.broker_truth import BrokerTruth, read_broker_truth, settle
from ib_provider.usecases.exits_at_work import traded_beside
from ib_provider.usecases.judge_order import ConcernKind, OrderConcern, judge_order
from ib_provider.usecases.progress import Progress, silent

__all__ = ["ConcernKind", "OrderConcern", "OrdersReview", "review_orders"]

#: How often what may pass is looked at.
_LOOKS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersReview:
    """What was seen.

    Attributes:
        working: Orders of ours that are not done.
        others: Open orders of the account that are not ours.
        new_fills: Fills that the ledger lacked.
        plan_ids: The plans of which the broker told anything, or whose orders were open.
    """

    account: str
    at: datetime
    working: int
    others: int
    new_fills: int
    plan_ids: tuple[str, ...]
    concerns: tuple[OrderConcern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one look saw: the orders that were looked at, and what works that is not ours."""

    order_refs: tuple[str, ...]
    strangers: tuple[OrderState, ...]
    new_fills: int
    concerns: tuple[OrderConcern, ...]

    @property
    def passing(self) -> set[str]:
        return {concern.key for concern in self.concerns if concern.may_pass}


async def review_orders(
    client: IbClient,
    *,
    ledger: Ledger,
    account: str,
    late_after: timedelta,
    between_looks_s: float = 1.0,
    progress: Progress = silent,
) -> OrdersReview:
    """Write down what the broker says of an account's orders; return what needs a person.

    Args:
        client: Under the client id that sent the orders: a gateway may show others less.
        late_after: An order that has been out for longer is late.
        between_looks_s: How far apart the looks are at what may pass.

    Raises:
        WrongAccount: The login does not hold the account.
        RequestTimeout, ConnectionLost: The broker's truth is not known; nothing was judged.
    """
    if account not in client.managed_accounts:
        raise WrongAccount(account, client.managed_accounts)
    look = await _look(client, ledger, account, late_after, refs=None)
    new, standing = look.new_fills, look.passing
    for _ in range(_LOOKS - 1):
        if not standing:
            break
        await asyncio.sleep(between_looks_s)
        look = await _look(client, ledger, account, late_after, refs=look.order_refs)
        new, standing = new + look.new_fills, standing & look.passing
    concerns = [one for one in look.concerns if not one.may_pass or one.key in standing]
    concerns += [
        OrderConcern(kind=ConcernKind.LOCKED, subject=lock.instrument_id, text=lock.why)
        for lock in ledger.locked_instruments(account)
    ]
    for concern in concerns:
        progress(str(concern))
    intents = [found for ref in look.order_refs if (found := ledger.find_intent(ref)) is not None]
    review = OrdersReview(
        account=account,
        at=datetime.now(UTC),
        working=sum(not intent.state.is_terminal for intent in intents),
        others=len(look.strangers),
        new_fills=new,
        plan_ids=tuple(sorted({intent.plan_id for intent in intents})),
        concerns=tuple(concerns),
    )
    progress(
        f"{account}: {review.working} order(s) at work, {review.others} of others, "
        f"{new} new fill(s), {len(concerns)} concern(s)"
    )
    return review


async def _look(
    client: IbClient,
    ledger: Ledger,
    account: str,
    late_after: timedelta,
    *,
    refs: tuple[str, ...] | None,
) -> _Look:
    """Write down what the broker says now, and judge it.

    Args:
        refs: The orders of the first look, whose executions are asked for as far back as there are
            any: a longer log tells of orders that were judged on their own day.
    """
    opened = ledger.orders_of(account, only_open=True)
    truth = await read_broker_truth(client, whole_log=refs is not None)
    working = [state for state in await client.open_orders() if state.order.account == account]
    ours = set(ledger.orders_of(account))
    told = ours.intersection({*truth.orders, *truth.fills})
    if refs is None:
        refs = tuple(sorted({*told, *opened}))
    new, concerns = _settle(ledger, sorted(told.intersection(refs)), truth)
    concerns += _judged(ledger, refs, truth, working, late_after, done=concerns)
    strangers = tuple(state for state in working if state.order.order_ref not in ours)
    concerns += _unrecorded(strangers)
    return _Look(order_refs=refs, strangers=strangers, new_fills=new, concerns=tuple(concerns))


def _settle(
    ledger: Ledger, order_refs: list[str], truth: BrokerTruth
) -> tuple[int, list[OrderConcern]]:
    """Write down each order's story; return how many fills were new, and what contradicts."""
    new, concerns = 0, []
    for ref in order_refs:
        held = len(ledger.fills([ref]))
        try:
            new += settle(ledger, [ref], truth)
        except LedgerUnavailable:
            raise  # it contradicts nothing: the next try writes it down
        except LedgerError as error:
            new += len(ledger.fills([ref])) - held
            concerns.append(
                OrderConcern(kind=ConcernKind.CONTRADICTION, subject=ref, text=str(error))
            )
    return new, concerns


def _judged(
    ledger: Ledger,
    order_refs: tuple[str, ...],
    truth: BrokerTruth,
    working: list[OrderState],
    late_after: timedelta,
    *,
    done: list[OrderConcern],
) -> list[OrderConcern]:
    """Return what is wrong with these orders, but for those of which that is known already."""
    now, known = datetime.now(UTC), {concern.subject for concern in done}
    fills: dict[str, tuple[Fill, ...]] = {}
    for fill in ledger.fills(order_refs):
        ref = fill.execution.order_ref
        fills[ref] = (*fills.get(ref, ()), fill)
    intents = {ref: ledger.find_intent(ref) for ref in order_refs if ref not in known}
    beside = traded_beside(ledger, [one.plan_id for one in intents.values() if one is not None])
    found = []
    for ref, intent in intents.items():
        if intent is not None:
            concern = judge_order(
                intent,
                truth,
                fills=fills.get(ref, ()),
                working=[state for state in working if state.order.order_ref == ref],
                now=now,
                late_after=late_after,
                beside=beside.get(ref),
            )
            found += [concern] if concern else []
    return found


def _unrecorded(strangers: Iterable[OrderState]) -> list[OrderConcern]:
    return [
        OrderConcern(
            kind=ConcernKind.UNRECORDED,
            subject=state.order.order_ref,
            text="works at the broker, has our mark, and the ledger does not know it",
        )
        for state in strangers
        if state.order.order_ref.startswith(ORDER_REF_PREFIX)
    ]
