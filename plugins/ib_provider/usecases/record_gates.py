# SPDX-License-Identifier: Apache-2.0
"""Keep what the gates saw and found: the prices on arrival, and each limit that broke."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.gate_record import GateRecord, SeenQuote
from ib_provider.domain.limits import Breach, Limits
from ib_provider.domain.portfolio import OrderPlan
from ib_provider.errors import RequestFailed, RequestTimeout
from ib_provider.ledger.ledger import Ledger
from ib_provider.rebalance import Book
from ib_provider.rebalance.pricing import read_market

__all__ = ["record_gates"]


async def record_gates(
    client: IbClient,
    *,
    ledger: Ledger,
    plan: OrderPlan,
    book: Book,
    limits: Limits,
    breaches: Sequence[Breach],
) -> None:
    """Write down what was seen of a plan's orders and what broke; in the ledger when it returns.

    Args:
        plan: With the orders that are still to be sent.

    Raises:
        ConnectionLost: The link ended; nothing was written.
    """
    gateway_at = await _gateway_time(client)
    ledger.record_gates(
        GateRecord(
            plan_id=plan.plan_id,
            at=datetime.now(UTC),
            gateway_at=gateway_at,
            limits=limits.name,
            quotes=_seen(plan, book),
            breaches=tuple(breaches),
        )
    )


async def _gateway_time(client: IbClient) -> datetime | None:
    try:
        return await client.current_time()
    except (RequestFailed, RequestTimeout):
        return None  # it is for reports: no reason not to trade


def _seen(plan: OrderPlan, book: Book) -> tuple[SeenQuote, ...]:
    seen = []
    for leg in plan.legs:
        quote = book.quotes.get(leg.instrument_id)
        market = read_market(quote)
        if quote is not None and market is not None:
            seen.append(
                SeenQuote(
                    order_ref=leg.order_ref,
                    bid=market.bid,
                    ask=market.ask,
                    at=quote.ts,
                    kind=quote.data_type.name.lower(),
                )
            )
    return tuple(seen)
