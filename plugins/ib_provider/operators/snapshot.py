# SPDX-License-Identifier: Apache-2.0
"""Price a universe once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.instruments import wanted_instruments
from ib_provider.operators.parameters import Parameters, read_data_type
from ib_provider.operators.sessions import batch_name

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.domain.quote import MarketDataType
    from ib_provider.usecases.price_universe import PricingReport

__all__ = ["IbSnapshotOperator"]


class IbSnapshotOperator(IbOperator):
    """Keep one quote of each instrument of a universe in the live table ``quotes``.

    Every quote that comes is kept; the task then fails and names the instruments without one.

    Args:
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        market_data: ``live``, ``frozen``, ``delayed`` or ``delayed_frozen``: what may be sent
            (templated). Each quote says what it is.
        lines: Quotes that are open at once (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"snapshot": name, "quoted": [ids], "failed": {id: reason}}``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "universe",
        "instruments",
        "market_data",
        "lines",
    )

    def __init__(
        self,
        *,
        universe: str | None = None,
        instruments: Sequence[str] | str = (),
        market_data: str = "live",
        lines: int | str = 50,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.universe = universe
        self.instruments = instruments
        self.market_data = market_data
        self.lines = lines

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask for the quotes, publish the report, fail on what has none."""
        from ib_provider.usecases.refresh_views import refresh_views

        with task_outcome():
            ids = wanted_instruments(self.hook.settings, self.universe, self.instruments)
            data_type = read_data_type("snapshot", self.market_data)
            lines = self._lines()
        _ = self.hook.gateway
        run = context["dag_run"]
        name = batch_name(run.dag_id, run.run_id)
        report = run_use_case(self._price(ids, data_type, lines, name))
        with task_outcome():
            refresh_views(self.hook.settings)
        published = {
            "snapshot": name,
            "quoted": sorted(report.quotes),
            "failed": report.failed,
        }
        if report.failed:
            context["ti"].xcom_push(key="report", value=published)
            reasons = "".join(f"\n  - {name}: {why}" for name, why in report.failed.items())
            raise AirflowFailException(
                f"{len(report.failed)} of {len(ids)} instrument(s) not quoted{reasons}"
            )
        return published

    def _lines(self) -> int:
        parameters = Parameters("snapshot")
        lines = parameters.read("lines", self.lines, lambda value: int(str(value)))
        parameters.require("lines", given=(lines or 0) > 0, reason=f"{self.lines} is no number")
        parameters.check()
        return lines or 1

    async def _price(
        self, ids: Sequence[str], data_type: MarketDataType, lines: int, name: str
    ) -> PricingReport:
        from ib_provider.store.part_store import PartStore
        from ib_provider.usecases.find_instruments import find_instruments
        from ib_provider.usecases.price_universe import price_universe

        settings = self.hook.settings
        instruments = find_instruments(settings.market, ids)
        async with self.hook.client(ClientRole.DATA) as client:
            return await price_universe(
                client,
                store=PartStore(settings.market),
                instruments=instruments,
                snapshot=name,
                data_type=data_type,
                lines=lines,
                progress=self.tell,
            )
