# SPDX-License-Identifier: Apache-2.0
"""Wait until a plan's orders are done, and write down what the broker says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSensorTimeout

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.ib import IbHook
from ib_provider.hooks.outcome import run_use_case, task_outcome

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.watch_orders import Watch

__all__ = ["IbFillsSensor"]

#: Airflow's own deadline for the deferral stands this far behind the trigger's, which can name
#: the orders that are late.
_GRACE = timedelta(minutes=1)


class IbFillsSensor(BaseSensorOperator):
    """Wait until nothing more will happen to a plan's orders.

    Done does not mean filled: a cancelled order is done too. What became of each leg is in the
    ledger, and the report judges it.

    Args:
        plan_id: The plan whose orders were sent (templated).
        ib_conn_id: The gateway's connection (templated).
        deferrable: Wait in the triggerer instead of holding a worker.
        poke_interval: The broker is asked at least this often, in seconds.
        timeout: How long to wait, in seconds.
        kwargs: Airflow's own.

    Returns:
        ``{"plan_id": id, "fills": count}``.
    """

    template_fields: Sequence[str] = ("ib_conn_id", "plan_id")
    ui_color = "#f7e7e9"

    def __init__(
        self,
        *,
        plan_id: str,
        ib_conn_id: str = IbHook.default_conn_name,
        deferrable: bool = True,
        poke_interval: timedelta | float = 10.0,
        timeout: timedelta | float = 3600.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, timeout=timeout, **kwargs)
        self.plan_id = plan_id
        self.ib_conn_id = ib_conn_id
        self.deferrable = deferrable

    @cached_property
    def hook(self) -> IbHook:
        """Return the hook of the connection, once templates are rendered."""
        return IbHook(self.ib_conn_id)

    def execute(self, context: Context) -> Any:
        """Return at once when all is done; else wait, in the triggerer or here."""
        if not self.deferrable:
            return super().execute(context)
        deadline = datetime.now(UTC) + timedelta(seconds=self.timeout)
        return self._finish_or_defer(deadline)

    def poke(self, context: Context) -> PokeReturnValue:  # noqa: ARG002  Airflow's signature
        """Ask the broker once; the result is published when nothing is left to wait for."""
        unsettled, result = self._look()
        return PokeReturnValue(is_done=not unsettled, xcom_value=None if unsettled else result)

    def execute_complete(
        self,
        context: Context,  # noqa: ARG002  Airflow's signature
        event: Any,
    ) -> dict[str, Any]:
        """Read the broker's truth into the ledger; the event alone proves nothing.

        Raises:
            AirflowFailException: The event does not read, or waiting again is of no use.
            AirflowException: The wait broke off; a retry waits again.
            AirflowSensorTimeout: Orders are still working at the deadline.
        """
        from ib_provider.triggers.fills_event import FillsEvent, InvalidFillsEvent, WaitOutcome

        try:
            ended = FillsEvent.from_payload(event, plan_id=self.plan_id)
        except InvalidFillsEvent as error:
            raise AirflowFailException(f"plan {self.plan_id}: {error}") from error
        if ended.outcome is WaitOutcome.FINAL_ERROR:
            raise AirflowFailException(f"plan {self.plan_id}: {ended.message}")
        if ended.outcome is WaitOutcome.TRANSIENT_ERROR:
            raise AirflowException(f"plan {self.plan_id}: {ended.message}")
        unsettled, result = self._look()
        if not unsettled:
            return result
        late = ", ".join(unsettled)
        if ended.outcome is WaitOutcome.TIMEOUT:
            raise AirflowSensorTimeout(f"plan {self.plan_id}: {late}: {ended.message}")
        raise AirflowException(
            f"plan {self.plan_id}: the wait ended, but the broker says {late} is not done"
        )

    def _finish_or_defer(self, deadline: datetime) -> dict[str, Any]:
        from ib_provider.triggers.fills import IbFillsTrigger

        unsettled, result = self._look()
        if not unsettled:
            return result
        self.log.info("Waiting for %d order(s) until %s", len(unsettled), deadline)
        self.defer(
            trigger=IbFillsTrigger(
                ib_conn_id=self.ib_conn_id,
                plan_id=self.plan_id,
                order_refs=unsettled,
                deadline=deadline.isoformat(),
                poll_s=self.poke_interval,
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.timeout) + _GRACE,
        )
        return result

    def _look(self) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Return the orders that are not done, and the result so far, the ledger up to date."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.usecases.broker_truth import settle

        settings = self.hook.settings
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            refs = [order.order_ref for order in ledger.intents(self.plan_id)]
            pending = _pending(ledger, self.plan_id)
            _ = self.hook.gateway
            watch = run_use_case(self._watch(pending))
            settle(ledger, refs, watch.truth)
            fills = len(ledger.fills(refs))
        return watch.unsettled, {"plan_id": self.plan_id, "fills": fills}

    async def _watch(self, order_refs: Sequence[str]) -> Watch:
        from ib_provider.usecases.broker_truth import read_broker_truth
        from ib_provider.usecases.watch_orders import watch_orders

        # A gateway may tell a client id of its own executions only, so the orders' id asks here.
        async with self.hook.client(ClientRole.ORDERS) as client:
            watch = await watch_orders(client, order_refs, timeout_s=0.0)
            # Once more for what trails an order's end: commissions, and executions told late.
            return replace(watch, truth=await read_broker_truth(client))


def _pending(ledger: Ledger, plan_id: str) -> tuple[str, ...]:
    """Return the orders of a plan of which the ledger does not know the end."""
    return tuple(
        intent.order_ref for intent in ledger.intents(plan_id) if not intent.state.is_terminal
    )
