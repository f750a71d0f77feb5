# SPDX-License-Identifier: Apache-2.0
"""Which contracts end soon. The first task of a run that takes them before they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import Parameters, read_names, read_whole
from ib_provider.operators.sessions import batch_name

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from ib_provider.domain.contract import SecType

__all__ = ["IbExpiringOperator"]


class IbExpiringOperator(IbOperator):
    """Name the contracts of the store that end soon; skip the rest of the run when none does.

    Args:
        days: Whose last session is today, or within so many days (templated).
        look_back: How many days back their bars are wanted; what is stored costs nothing
            (templated).
        kinds: Security types: ``OPT``, ``FOP``, ``WAR``, ``IOPT``, ``FUT`` (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"instruments": [ids], "start": date, "end": date, "batch": name}``, each also under a
        key of its own; ids by expiry, dates as ISO text, ``end`` exclusive.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "days", "look_back", "kinds")

    def __init__(
        self,
        *,
        days: int | str = 0,
        look_back: int | str = 60,
        kinds: Sequence[str] | str = ("OPT", "FOP", "WAR", "IOPT"),
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, **kwargs)
        self.days = days
        self.look_back = look_back
        self.kinds = kinds

    def execute(self, context: Context) -> dict[str, Any]:
        """Return what ends soon, or skip what follows."""
        from ib_provider.domain.contract import SecType
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.expiring_contracts import expiring_contracts

        parameters = Parameters("expiring")
        with task_outcome():
            days = parameters.read("days", self.days, read_whole)
            back = parameters.read("look_back", self.look_back, read_whole)
            kinds = parameters.read("kinds", self.kinds, _kinds)
            parameters.require(
                "days, look_back",
                given=days is not None and back is not None and days >= 0 <= back,
                reason="numbers of days, not below zero",
            )
            parameters.require("kinds", given=bool(kinds), reason="nothing was said")
            parameters.check()
            known = InstrumentStore(self.hook.settings.market).all()
        _ = self.hook.gateway
        now = run_use_case(self._now())
        wanted: frozenset[SecType] = kinds or frozenset(SecType)
        found = expiring_contracts(known, now=now, days=days or 0, kinds=wanted)
        if not found:
            raise AirflowSkipException(f"nothing of {len(known):,} instruments ends by then")
        for item in found:
            self.tell(f"{item.instrument_id} ends on {item.contract.last_trade_date}")
        run = context["dag_run"]
        return {
            "instruments": [item.instrument_id for item in found],
            "start": (now.date() - timedelta(days=back or 0)).isoformat(),
            "end": (now.date() + timedelta(days=1)).isoformat(),
            "batch": batch_name(run.dag_id, run.run_id),
        }

    async def _now(self) -> datetime:
        async with self.hook.client(ClientRole.DATA) as client:
            return await client.current_time()


def _kinds(value: object) -> frozenset[SecType]:
    from ib_provider.domain.contract import SecType

    return frozenset(SecType(name.upper()) for name in read_names(value))
