# SPDX-License-Identifier: Apache-2.0
"""Carry out a plan from its first order to its last fill: send what is due, wait, call again.

What Airflow does in tasks that hold no worker while they wait, a terminal does here in a loop. It
may die anywhere: whoever runs it again goes on from what broker and ledger know.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.portfolio import Limits
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.instrument_store import InstrumentStore
from ib_provider.usecases.broker_truth import read_broker_truth, settle
from ib_provider.usecases.kill_switch import KillSwitch
from ib_provider.usecases.progress import Progress, silent
from ib_provider.usecases.submit_plan import Fence, SubmitReport, no_fence, submit_plan
from ib_provider.usecases.trading_guard import TradingGuard
from ib_provider.usecases.watch_orders import watch_orders

__all__ = ["execute_plan"]


async def execute_plan(
    client: IbClient,
    *,
    ledger: Ledger,
    store: InstrumentStore,
    plan_id: str,
    limits: Limits,
    guard: TradingGuard,
    switch: KillSwitch,
    timeout_s: float,
    fence: Fence = no_fence,
    poll_s: float = 10.0,
    progress: Progress = silent,
) -> SubmitReport:
    """Return when every order of a plan is done, or what still works after ``timeout_s``.

    Args:
        timeout_s: An order that works then is left to the broker, a wave that waits for it unsent.
        fence: As of ``submit_plan``.
        poll_s: The broker is asked at least this often.

    Raises:
        NotApproved, LimitBreached, OrderRejected, OrderOutcomeUnknown, WriteConflict: As of
            ``submit_plan``: what was not sent by then stays unsent.
        ConnectionLost, RequestTimeout: Run again.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    sent: tuple[str, ...] = ()
    while True:
        report = await submit_plan(
            client,
            ledger=ledger,
            store=store,
            plan_id=plan_id,
            limits=limits,
            guard=guard,
            switch=switch,
            fence=fence,
            progress=progress,
        )
        sent += report.sent
        left_s = until - loop.time()
        if report.is_sent or left_s <= 0:
            break
        if report.call_at is not None:
            left_s = min(left_s, (report.call_at - datetime.now(UTC)).total_seconds())
        await watch_orders(client, report.working, timeout_s=max(left_s, 0.0), poll_s=poll_s)
    watch = await watch_orders(
        client, report.working, timeout_s=max(until - loop.time(), 0.0), poll_s=poll_s
    )
    refs = [intent.order_ref for intent in ledger.intents(plan_id)]
    # Once more for what trails an order's end: commissions, and executions told late.
    settle(ledger, refs, await read_broker_truth(client))
    return SubmitReport(
        plan_id=plan_id,
        sent=sent,
        adopted=tuple(ref for ref in refs if ref not in sent),
        working=watch.unsettled,
        later=report.later,
        call_at=report.call_at,
        is_sent=report.is_sent,
    )
