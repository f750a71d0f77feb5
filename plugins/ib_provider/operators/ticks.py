# SPDX-License-Identifier: Apache-2.0
"""Download past ticks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.domain.tick_kind import TickKind
from ib_provider.errors import ConfigError
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.instruments import wanted_instruments
from ib_provider.operators.parameters import read_flag, read_range

if TYPE_CHECKING:
    from datetime import date

    from airflow.sdk import Context

    from ib_provider.domain.contract import Instrument
    from ib_provider.usecases.fetch_ticks import TicksReport

__all__ = ["IbTicksOperator"]


class IbTicksOperator(IbOperator):
    """Keep the ticks of every finished session of a range that is not kept yet.

    Args:
        start: First session, inclusive, exchange-local (templated).
        end: Day after the last session (templated).
        kind: ``trades``, ``bid_ask`` or ``midpoint`` (templated).
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        rth: Regular trading hours only (templated).
        kwargs: Airflow's own, and ``ib_conn_id``; assets in ``outlets`` get what was written.

    Returns:
        ``{"ticks": {id: count}, "covered": [ids], "failed": {"id session": reason},
        "cut": {id: seconds}, "requests": count}``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "start",
        "end",
        "kind",
        "universe",
        "instruments",
        "rth",
    )

    def __init__(
        self,
        *,
        start: str,
        end: str,
        kind: str = "trades",
        universe: str | None = None,
        instruments: Sequence[str] | str = (),
        rth: bool | str = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.start = start
        self.end = end
        self.kind = kind
        self.universe = universe
        self.instruments = instruments
        self.rth = rth

    def execute(self, context: Context) -> dict[str, Any]:
        """Download, publish the report, fail where a session could not be had."""
        from ib_provider.usecases.find_instruments import find_instruments
        from ib_provider.usecases.refresh_views import refresh_views

        settings = self.hook.settings
        with task_outcome():
            ids = wanted_instruments(settings, self.universe, self.instruments)
            start, end = read_range("ticks", self.start, self.end)
            kind = _kind(self.kind)
            rth = read_flag("ticks", "rth", self.rth)
            instruments = find_instruments(settings.market, ids)
        _ = self.hook.gateway
        report = run_use_case(self._fetch(instruments, kind, start, end, rth=rth))
        with task_outcome():
            refresh_views(settings)
        published = {
            "ticks": report.ticks,
            "covered": report.covered,
            "failed": report.failed,
            "cut": report.cut,
            "requests": report.requests,
        }
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {
                "kind": kind.value,
                "start": start.isoformat(),
                "end": end.isoformat(),
                "rows": sum(report.ticks.values()),
                "series": len(report.ticks),
            }
        if report.failed:
            context["ti"].xcom_push(key="report", value=published)
            reasons = "".join(f"\n  - {name}: {why}" for name, why in report.failed.items())
            raise AirflowFailException(f"{len(report.failed)} session(s) not downloaded{reasons}")
        return published

    async def _fetch(
        self,
        instruments: Sequence[Instrument],
        kind: TickKind,
        start: date,
        end: date,
        *,
        rth: bool,
    ) -> TicksReport:
        from ib_provider.store.tick_store import TickStore
        from ib_provider.usecases.fetch_ticks import fetch_ticks

        return await fetch_ticks(
            lambda: self.hook.client(ClientRole.DATA),
            store=TickStore(self.hook.settings.market),
            instruments=instruments,
            kind=kind,
            start=start,
            end=end,
            rth=rth,
            progress=self.tell,
        )


def _kind(value: object) -> TickKind:
    text = str(value).strip().lower()
    try:
        return TickKind(text)
    except ValueError:
        known = ", ".join(TickKind)
        raise ConfigError("ticks", [f"kind: {text!r} is none of {known}"]) from None
