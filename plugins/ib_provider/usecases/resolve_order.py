# SPDX-License-Identifier: Apache-2.0
"""Let a person say that an order never reached the broker, once the broker does not know it.

Rules:
    - The broker is asked first, and what it knows is written down instead.
    - The account's lock is held: nobody sends, or asks the same, meanwhile.
    - An order that is declared so is over, and its leg with it: neither is sent again. What it was
      for is planned anew, under another key, from what the account holds then. Should the order be
      at work after all, no plan that trades its instrument passes the limits.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ib_provider.client.ib_client import IbClient
from ib_provider.errors import LedgerError, WrongAccount
from ib_provider.ledger.intent import UNRESOLVED, Intent
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.broker_truth import read_broker_truth, settle

__all__ = ["resolve_order"]


async def resolve_order(
    client: IbClient, *, ledger: Ledger, order_ref: str, who: str, why: str
) -> Intent:
    """Return an order after the broker's word on it, or the person's where the broker has none.

    Args:
        who: Who looked at the broker.
        why: What was seen there; for the audit.

    Raises:
        LedgerError: There is no such order, or it is known what became of it.
        WrongAccount: The gateway's login does not hold its account: nothing was asked.
        RequestTimeout, ConnectionLost: The broker's word is not known; nothing was recorded.
        WriteConflict: Somebody is sending orders of this account just now.
    """
    intent = ledger.find_intent(order_ref)
    if intent is None:
        raise LedgerError(f"order {order_ref} was never meant to be sent")
    account = ledger.plan(intent.plan_id).account
    if account not in client.managed_accounts:
        raise WrongAccount(account, client.managed_accounts)
    with ledger.hold_account(account):
        truth = await read_broker_truth(client, whole_log=True)
        settle(ledger, [order_ref], truth)
        after = ledger.find_intent(order_ref)
        if after is not None and after.state not in UNRESOLVED and intent.state in UNRESOLVED:
            return after
        return ledger.record_unsent(order_ref, who=who, why=why, at=datetime.now(UTC))
