# SPDX-License-Identifier: Apache-2.0
"""Let a person say that an order is not at the broker, once the broker does not list it.

Rules:
    - The broker is asked first, and what it knows is written down instead.
    - The account's lock is held: nobody sends, or asks the same, meanwhile.
    - An order that is declared so is over, and its leg with it: neither is sent again. What it was
      for is planned anew, under another key, from what the account holds then. Should the order be
      at work after all, no plan that trades its instrument passes the limits.
    - Of one that was at the broker, and that the broker has forgotten, what it traded by then
      counts.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ib_provider.client.ib_client import IbClient
from ib_provider.errors import LedgerError, WrongAccount
from ib_provider.ledger.intent import UNRESOLVED, Intent
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.broker_truth import read_broker_truth, settle
from ib_provider.usecases.leg_progress import read_progress

__all__ = ["resolve_order"]


async def resolve_order(
    client: IbClient, *, ledger: Ledger, order_ref: str, who: str, why: str
) -> Intent:
    """Return an order after the broker's word on it, or the person's where the broker has none.

    Args:
        who: Who looked at the broker.
        why: What was seen there; for the audit.

    Raises:
        LedgerError: There is no such order, it is known what became of it, or it is at work.
        WrongAccount: The gateway's login does not hold its account: nothing was asked.
        RequestTimeout, ConnectionLost: The broker's word is not known; nothing was recorded.
        WriteConflict: Somebody is sending orders of this account just now.
    """
    intent = _intent(ledger, order_ref)
    account = ledger.plan(intent.plan_id).account
    if account not in client.managed_accounts:
        raise WrongAccount(account, client.managed_accounts)
    with ledger.hold_account(account):
        truth = await read_broker_truth(client, whole_log=True)
        settle(ledger, [order_ref], truth)
        after = _intent(ledger, order_ref)
        if after.state.is_terminal and not intent.state.is_terminal:
            return after
        if order_ref in truth.orders and not after.state.is_terminal:
            if intent.state in UNRESOLVED:
                return after
            raise LedgerError(f"order {order_ref} works at the broker: cancel it instead")
        return _end(ledger, after, who=who, why=why)


def _end(ledger: Ledger, intent: Intent, *, who: str, why: str) -> Intent:
    """Record a person's word on an order that the broker does not list."""
    ref, at = intent.order_ref, datetime.now(UTC)
    was_there = (
        intent.state not in UNRESOLVED
        or intent.perm_id != 0
        or intent.called_off_at is not None
        or bool(ledger.fills([ref]))
    )
    if intent.state.is_terminal or not was_there:
        return ledger.record_unsent(ref, who=who, why=why, at=at)
    plan = ledger.plan(intent.plan_id)
    traded = read_progress(ledger, plan)[intent.leg].executed
    # First: else what is left of its leg would be sent again.
    ledger.give_up(plan, intent.leg, traded=traded, why=f"no longer at the broker: {why}", at=at)
    return ledger.record_gone(ref, who=who, why=why, at=at)


def _intent(ledger: Ledger, order_ref: str) -> Intent:
    intent = ledger.find_intent(order_ref)
    if intent is None:
        raise LedgerError(f"order {order_ref} was never meant to be sent")
    return intent
