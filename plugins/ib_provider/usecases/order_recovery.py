# SPDX-License-Identifier: Apache-2.0
"""What became of a plan's orders, by the broker's word, before any more of it is sent.

Rules:
    * An order that the broker knows is adopted, though the ledger may have lost it.
    * One that it does not know may be sent again only where that is proved safe: the gateway's next
      valid id for this client id has not passed the order's own, so it cannot have arrived. It then
      goes under that same id, which the gateway would take for a change and not for a second order.
    * All else is unknown, and a person decides.

Source: TWS API, "Placing Orders", for the ids.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.portfolio import OrderPlan, PlanLeg
from ib_provider.errors import OrderOutcomeUnknown, OrderRejected
from ib_provider.ledger.intent import Intent, IntentState
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance import attempt_ref
from ib_provider.usecases.broker_truth import BrokerTruth, read_broker_truth, settle

__all__ = ["RecoveredOrders", "confirm_orders", "recover_orders"]

#: How often, and how far apart, the broker is asked about an order it does not show.
_LOOKS: Final = 3
_BETWEEN_LOOKS_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredOrders:
    """What was meant before, and which of it provably never arrived.

    Attributes:
        intents: By order_ref, the broker's word on each written down.
        resendable: The order ids of those that may go again, by order_ref.
    """

    intents: dict[str, Intent]
    resendable: dict[str, int]


async def recover_orders(client: IbClient, ledger: Ledger, plan: OrderPlan) -> RecoveredOrders:
    """Return the plan's orders so far.

    Raises:
        OrderRejected: The broker refused one: the rest was sized for the whole.
        OrderOutcomeUnknown: The broker shows no trace of an order that it may have received.
    """
    for look in range(_LOOKS):
        truth = await read_broker_truth(client, whole_log=True)
        intents = _intents(ledger, plan)
        if look == _LOOKS - 1 or not any(_doubtful(item, truth) for item in intents.values()):
            break
        await asyncio.sleep(_BETWEEN_LOOKS_S)
    settle(ledger, intents, truth)
    for leg in plan.legs:
        _adopt_lost(ledger, plan, leg, intents, truth)
    intents = _intents(ledger, plan)
    _refuse_rejected(intents)
    return RecoveredOrders(intents=intents, resendable=_resendable(client, plan, intents, truth))


async def confirm_orders(
    client: IbClient, ledger: Ledger, order_refs: tuple[str, ...]
) -> tuple[str, ...]:
    """Write down the end of orders, and return those that have none after a few looks."""
    for look in range(_LOOKS):
        truth = await read_broker_truth(client)
        settle(ledger, order_refs, truth)
        left = tuple(ref for ref in order_refs if not truth.is_settled(ref))
        if not left or look == _LOOKS - 1:
            break
        await asyncio.sleep(_BETWEEN_LOOKS_S)
    return left


def _intents(ledger: Ledger, plan: OrderPlan) -> dict[str, Intent]:
    return {intent.order_ref: intent for intent in ledger.intents(plan.plan_id)}


def _adopt_lost(
    ledger: Ledger,
    plan: OrderPlan,
    leg: PlanLeg,
    intents: dict[str, Intent],
    truth: BrokerTruth,
) -> None:
    """Write down the orders of a leg that the broker holds and the ledger has lost."""
    for attempt in range(1, plan.style_of(leg).attempts + 1):
        ref = attempt_ref(plan, leg, attempt)
        if ref in intents or not truth.knows(ref):
            continue
        order_id, client_id = truth.ids_of(ref)
        shown = truth.orders.get(ref)
        order = replace(leg, order_ref=ref, attempt=attempt)
        if shown is not None:
            price = shown.order.limit_price or leg.limit_price
            order = replace(order, quantity=shown.order.quantity, limit_price=price)
        ledger.intend(
            order, plan=plan, order_id=order_id, client_id=client_id, at=datetime.now(UTC)
        )
        # Before the next attempt is looked for: that is meant only after this one is done.
        settle(ledger, [ref], truth)


def _doubtful(intent: Intent, truth: BrokerTruth) -> bool:
    return not intent.state.is_terminal and not truth.knows(intent.order_ref)


def _refuse_rejected(intents: dict[str, Intent]) -> None:
    for intent in intents.values():
        if intent.state is IntentState.REJECTED:
            reason = f"{intent.message}; make a new plan under a new key"
            raise OrderRejected(intent.order_ref, 0, reason)


def _resendable(
    client: IbClient, plan: OrderPlan, intents: dict[str, Intent], truth: BrokerTruth
) -> dict[str, int]:
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
