# SPDX-License-Identifier: Apache-2.0
"""Ask IB for instruments and keep its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import Parameters, read_names, read_text

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.config import Settings
    from ib_provider.usecases.load_instruments import LoadReport

__all__ = ["IbInstrumentsOperator", "wanted_instruments"]


class IbInstrumentsOperator(IbOperator):
    """Load instruments into the store.

    Every good id is loaded even if others are bad; the task then fails and names the bad ones.

    Args:
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"loaded": [ids], "failed": {id: reason}}``.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "universe", "instruments")

    def __init__(
        self,
        *,
        universe: str | None = None,
        instruments: Sequence[str] | str = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.universe = universe
        self.instruments = instruments

    def execute(self, context: Context) -> dict[str, Any]:
        """Load the instruments, publish the report, fail on what was refused."""
        with task_outcome():
            ids = wanted_instruments(self.hook.settings, self.universe, self.instruments)
        _ = self.hook.gateway
        report = run_use_case(self._load(ids))
        published = {"loaded": list(report.loaded), "failed": report.failed}
        if report.failed:
            context["ti"].xcom_push(key="report", value=published)
            reasons = "".join(f"\n  - {reason}" for reason in report.failed.values())
            raise AirflowFailException(
                f"{len(report.failed)} of {len(ids)} instrument(s) not loaded{reasons}"
            )
        return published

    async def _load(self, ids: Sequence[str]) -> LoadReport:
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.load_instruments import load_instruments

        store = InstrumentStore(self.hook.settings.market)
        async with self.hook.client(ClientRole.DATA) as client:
            return await load_instruments(client, store=store, ids=ids, progress=self.tell)


def wanted_instruments(
    settings: Settings, universe: object, instruments: object
) -> tuple[str, ...]:
    """Return the instrument ids that parameters ask for: those listed, or else the universe's.

    Raises:
        ConfigError: Neither says anything, or the universe's file cannot be used.
    """
    from ib_provider.usecases.read_yaml import read_universe

    listed = read_names(instruments)
    if listed:
        return listed
    name = read_text(universe)
    parameters = Parameters("instruments")
    parameters.require("universe, instruments", given=name is not None, reason="say one of the two")
    parameters.check()
    return read_universe(settings.include, name or "")
