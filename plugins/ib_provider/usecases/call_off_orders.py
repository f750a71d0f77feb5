# SPDX-License-Identifier: Apache-2.0
"""Call off orders whose time is over: cancel, confirm, count what they traded.

Rules:
    * That we called an order off is in the ledger before the cancel is on the wire: only such an
      order is ever sent again for what is left of it.
    * A cancel that comes too late changes nothing: the order's end is what the broker says it is,
      a fill among it.
    * An order is cancelled under the client id that sent it; under another, its order id is
      somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ib_provider.client.ib_client import IbClient
from ib_provider.errors import RequestFailed, RequestTimeout
from ib_provider.ledger.intent import Intent
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.leg_progress import LegProgress
from ib_provider.usecases.order_recovery import confirm_orders
from ib_provider.usecases.progress import Progress

__all__ = ["call_off", "call_off_late"]


async def call_off_late(
    client: IbClient,
    ledger: Ledger,
    legs: Iterable[LegProgress],
    *,
    now: datetime,
    progress: Progress,
) -> None:
    """Cancel the orders that are past their deadline, and write down how each ended.

    One whose end is not known yet stays at work: the next call looks again.

    Raises:
        ConnectionLost: Run again: the broker is asked what became of them.
        RequestTimeout: The broker does not say what works.
    """
    late = [
        order
        for leg in legs
        if (order := leg.at_work) is not None and leg.deadline is not None and leg.deadline <= now
    ]
    for order in late:
        await call_off(client, ledger, order, "its time is over", progress)
    if late:
        refs = tuple(order.order_ref for order in late)
        for ref in await confirm_orders(client, ledger, refs):
            progress(f"order {ref}: its cancel is not confirmed yet")


async def call_off(
    client: IbClient, ledger: Ledger, order: Intent, why: str, progress: Progress
) -> None:
    """Cancel one order of ours; whether it is done is for the broker to say."""
    ref = order.order_ref
    if order.client_id != client.client_id:
        progress(f"order {ref}: {why}, and only client id {order.client_id} may cancel it")
        return
    ledger.call_off(ref, why, datetime.now(UTC))
    try:
        ended = await client.cancel_order(order.order_id)
    except (RequestFailed, RequestTimeout) as error:
        # It may be done, or be cancelled yet: the broker's answer to a question decides.
        progress(f"order {ref}: {why}: {error}")
    else:
        ledger.record_state(ref, ended, datetime.now(UTC))
        progress(f"order {ref}: {why}: {ended.status}, {ended.filled} filled")
