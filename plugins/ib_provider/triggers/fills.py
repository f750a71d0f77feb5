# SPDX-License-Identifier: Apache-2.0
"""Wait in the triggerer until orders are done.

Rules:
    - The trigger only reads: it writes no ledger and sends no order, so that two copies of it
      (several triggerers, a restart) do no harm. The sensor reads the truth again when it wakes.
    - Its arguments are plain JSON: others fail to serialise after the orders were sent.
    - A lost link is waited out until the deadline: orders live on at the broker, and the gateway
      restarts every day.
    - All triggers of a triggerer share one session for each connection.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.triggers.base import BaseTrigger, TriggerEvent

from ib_provider.errors import ConnectionLost, IbProviderError
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.ib import IbHook
from ib_provider.triggers.fills_event import FillsEvent, WaitOutcome

__all__ = ["IbFillsTrigger"]

#: A trigger that wakes at its deadline still asks once, in seconds.
_LAST_CHANCE_S: Final = 15.0


class IbFillsTrigger(BaseTrigger):
    """Yield one event when every order is done, or when waiting on is of no use.

    Args:
        ib_conn_id: The gateway's connection.
        plan_id: Named in the event.
        order_refs: The orders to wait for.
        deadline: Until when, as ISO 8601 with an offset: a restarted trigger keeps it.
        poll_s: The broker is asked at least this often, in seconds.
    """

    def __init__(
        self,
        *,
        ib_conn_id: str,
        plan_id: str,
        order_refs: Sequence[str],
        deadline: str,
        poll_s: float = 10.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow annotates it nowhere
        self.ib_conn_id = ib_conn_id
        self.plan_id = plan_id
        self.order_refs = list(order_refs)
        self.deadline = deadline
        self.poll_s = poll_s

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return the class path and the arguments that rebuild this trigger."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "ib_conn_id": self.ib_conn_id,
                "plan_id": self.plan_id,
                "order_refs": self.order_refs,
                "deadline": self.deadline,
                "poll_s": self.poll_s,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the one event; errors of ours are events too, so that the plan is named."""
        # ibapi and pyarrow take a second to import: not on the loop all triggers share.
        await asyncio.to_thread(importlib.import_module, "ib_provider.usecases.watch_orders")
        try:
            event = await self._wait()
        except AirflowNotFoundException as error:
            event = self._event(WaitOutcome.FINAL_ERROR, self.order_refs, str(error))
        except (IbProviderError, OSError) as error:
            transient = getattr(error, "transient", True)
            outcome = WaitOutcome.TRANSIENT_ERROR if transient else WaitOutcome.FINAL_ERROR
            event = self._event(outcome, self.order_refs, f"{type(error).__name__}: {error}")
        yield TriggerEvent(event.to_payload())

    async def _wait(self) -> FillsEvent:
        hook = IbHook(self.ib_conn_id)
        while True:
            try:
                unsettled = await self._watch(hook)
            except IbProviderError as error:
                if not error.transient or self._left_s() <= 0:
                    raise
                self.log.warning("Asking again in %s s: %s", self.poll_s, error)
                await asyncio.sleep(min(self.poll_s, self._left_s()))
                continue
            if not unsettled:
                return self._event(WaitOutcome.DONE, (), "")
            return self._event(WaitOutcome.TIMEOUT, unsettled, f"not done by {self.deadline}")

    async def _watch(self, hook: IbHook) -> Sequence[str]:
        from ib_provider.usecases.watch_orders import watch_orders

        async with hook.shared(ClientRole.FILLS) as kept:
            while True:
                # Somebody else's session too: it has no deadline, this trigger has.
                client = await kept.client(timeout_s=max(self._left_s(), _LAST_CHANCE_S))
                try:
                    watch = await watch_orders(
                        client, self.order_refs, timeout_s=self._left_s(), poll_s=self.poll_s
                    )
                except ConnectionLost as error:
                    if client.is_connected or self._left_s() <= 0:
                        raise
                    self.log.info("Watching on in the next session: %s", error)
                else:
                    return watch.unsettled

    def _left_s(self) -> float:
        left = datetime.fromisoformat(self.deadline) - datetime.now(UTC)
        return max(left.total_seconds(), 0.0)

    def _event(self, outcome: WaitOutcome, unsettled: Sequence[str], message: str) -> FillsEvent:
        return FillsEvent(
            outcome=outcome,
            plan_id=self.plan_id,
            unsettled=tuple(unsettled),
            message=message,
        )
