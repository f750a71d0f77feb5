# SPDX-License-Identifier: Apache-2.0
"""Wait until orders are done, and write down what the broker says of them.

Rules:
    - An event is a reason to look, never the answer: the broker is asked again on waking.
    - Any number of sensors of a plan, a wave or an order wait on one connection per triggerer.
    - A wave that the plan has no orders of is done. An order that was never meant to be sent is
      not: nobody would ever learn that it is missing.
"""

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

    from ib_provider.domain.portfolio import OrderPlan
    from ib_provider.ledger.intent import Intent
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.watch_orders import Watch

__all__ = ["IbFillsSensor", "orders_in_scope"]

#: Airflow's own deadline for the deferral stands this far behind the trigger's, which can name
#: the orders that are late.
_GRACE = timedelta(minutes=1)


class IbFillsSensor(BaseSensorOperator):
    """Wait until nothing more will happen to the orders of a plan, of one wave, or to one order.

    Done does not mean filled: a cancelled order is done too. What became of each leg is in the
    ledger, and the report judges it.

    Args:
        plan_id: The plan whose orders were sent (templated).
        wave: Wait for the orders of this wave alone; a number from 1 (templated).
        order_ref: Wait for this order alone (templated). Not beside ``wave``.
        ib_conn_id: The gateway's connection (templated).
        deferrable: Wait in the triggerer instead of holding a worker.
        poke_interval: The broker is asked at least this often, in seconds.
        timeout: How long to wait, in seconds.
        kwargs: Airflow's own.

    Returns:
        ``{"plan_id": id, "fills": count}``.
    """

    template_fields: Sequence[str] = ("ib_conn_id", "plan_id", "wave", "order_ref")
    ui_color = "#f7e7e9"

    def __init__(
        self,
        *,
        plan_id: str,
        wave: int | str | None = None,
        order_ref: str | None = None,
        ib_conn_id: str = IbHook.default_conn_name,
        deferrable: bool = True,
        poke_interval: timedelta | float = 10.0,
        timeout: timedelta | float = 3600.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, timeout=timeout, **kwargs)
        self.plan_id = plan_id
        self.wave = wave
        self.order_ref = order_ref
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
            refs = orders_in_scope(
                ledger.plan(self.plan_id),
                ledger.intents(self.plan_id),
                wave=self.wave,
                order_ref=self.order_ref,
            )
            pending = _pending(ledger, self.plan_id, refs)
            _ = self.hook.gateway
            watch = run_use_case(self._watch(pending))
            settle(ledger, refs, watch.truth)
            fills = len(ledger.fills(refs))
            # The broker forgets overnight what is done; fills of the whole order are its end too.
            left = set(_pending(ledger, self.plan_id, refs))
        unsettled = tuple(ref for ref in watch.unsettled if ref in left)
        return unsettled, {"plan_id": self.plan_id, "fills": fills}

    async def _watch(self, order_refs: Sequence[str]) -> Watch:
        from ib_provider.usecases.broker_truth import read_broker_truth
        from ib_provider.usecases.watch_orders import watch_orders

        # A gateway may tell a client id of its own executions only, so the orders' id asks here.
        async with self.hook.client(ClientRole.ORDERS) as client:
            watch = await watch_orders(client, order_refs, timeout_s=0.0)
            # Once more for what trails an order's end: commissions, and executions told late.
            return replace(watch, truth=await read_broker_truth(client, whole_log=True))


def orders_in_scope(
    plan: OrderPlan,
    intents: Sequence[Intent],
    *,
    wave: int | str | None = None,
    order_ref: str | None = None,
) -> tuple[str, ...]:
    """Return the order_refs that are waited for, sent or not, in the plan's order.

    Args:
        wave: As given or as a template left it: ``None`` and the like are none. Exits rest for
            days: they are waited for where it is theirs, and else not.
        order_ref: Likewise.

    Raises:
        ConfigError: Both were given, the wave is no number from 1, or the order is not of this
            plan, or was never meant to be sent.
    """
    from ib_provider.errors import ConfigError

    number, ref = _said(wave), _said(order_ref)
    if number and ref:
        raise ConfigError("fills", ["wave, order_ref: give one of them"])
    if number and not (number.isdecimal() and int(number)):
        raise ConfigError("fills", [f"wave: {number!r} is no number from 1"])
    if ref:
        if ref not in {intent.order_ref for intent in intents}:
            raise ConfigError("fills", [f"order_ref: {ref} of this plan was never to be sent"])
        return (ref,)
    legs = {
        i: leg
        for i, leg in enumerate(plan.legs)
        if (leg.wave == int(number) if number else not leg.is_exit)
    }
    first = [leg.order_ref for leg in legs.values()]
    # A leg whose first order was called off may have had another.
    again = [intent.order_ref for intent in intents if intent.leg in legs]
    return tuple(dict.fromkeys([*first, *again]))


def _said(value: object) -> str:
    """Return what a template left, and nothing where it left nothing."""
    text = "" if value is None else str(value).strip()
    return "" if text.lower() in {"none", "null"} else text


def _pending(ledger: Ledger, plan_id: str, order_refs: Sequence[str]) -> tuple[str, ...]:
    """Return those of these orders that were meant to be sent and are not known to be over."""
    return tuple(
        intent.order_ref
        for intent in ledger.intents(plan_id)
        if intent.order_ref in order_refs and not intent.state.is_terminal
    )
