# SPDX-License-Identifier: Apache-2.0
"""Download historical bars, then validate and publish them: two tasks, joined by a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.errors import ConfigError
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.instruments import wanted_instruments
from ib_provider.operators.parameters import Parameters, read_bool, read_date

if TYPE_CHECKING:
    from datetime import date

    from airflow.sdk import Context

    from ib_provider.domain.bar import BarSpec
    from ib_provider.usecases.fetch_bars import FetchReport

__all__ = ["IbBarsOperator", "IbBarsValidationOperator"]

#: Findings kept in a report; the ledger keeps them all.
_SHOWN_FINDINGS = 20


class IbBarsOperator(IbOperator):
    """Stage the bars that are missing from the store. Nothing is published here.

    Args:
        start: First session, inclusive, exchange-local (templated).
        end: Day after the last session (templated).
        batch: The staging area; the same on every retry (templated).
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        bar_size: As IB spells it, ``1 day`` (templated).
        what: What the bars are made of, ``TRADES`` (templated).
        rth: Regular trading hours only (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"batch": name, "staged": {id: rows}, "covered": [ids], "failed": {id: reason},
        "requests": count}``; ``batch`` also under a key of its own.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "start",
        "end",
        "batch",
        "universe",
        "instruments",
        "bar_size",
        "what",
        "rth",
    )

    def __init__(
        self,
        *,
        start: str,
        end: str,
        batch: str,
        universe: str | None = None,
        instruments: Sequence[str] | str = (),
        bar_size: str = "1 day",
        what: str = "TRADES",
        rth: bool | str = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, **kwargs)
        self.start = start
        self.end = end
        self.batch = batch
        self.universe = universe
        self.instruments = instruments
        self.bar_size = bar_size
        self.what = what
        self.rth = rth

    def execute(self, context: Context) -> dict[str, Any]:
        """Download what is missing and publish the report."""
        with task_outcome():
            ids = wanted_instruments(self.hook.settings, self.universe, self.instruments)
            start, end = self._range()
            spec = self._spec()
        _ = self.hook.gateway
        report = run_use_case(self._fetch(ids, spec, start, end))
        self.tell(f"{sum(report.staged.values()):,} bars staged, {report.requests} request(s)")
        published = {
            "batch": report.batch,
            "staged": report.staged,
            "covered": list(report.covered),
            "failed": report.failed,
            "requests": report.requests,
        }
        if report.failed:
            context["ti"].xcom_push(key="report", value=published)
            reasons = "".join(f"\n  - {name}: {why}" for name, why in report.failed.items())
            raise AirflowFailException(
                f"{len(report.failed)} of {len(ids)} series not downloaded{reasons}"
            )
        return published

    def _range(self) -> tuple[date, date]:
        parameters = Parameters("bars")
        start = parameters.read("start", self.start, read_date)
        end = parameters.read("end", self.end, read_date)
        parameters.require("start", given=start is not None, reason="no date")
        parameters.require("end", given=end is not None, reason="no date")
        parameters.check()
        if start is None or end is None or start >= end:
            raise ConfigError("bars", [f"end: {end} is not after start, {start}"])
        return start, end

    def _spec(self) -> BarSpec:
        from ib_provider.domain.bar import BarSize, BarSpec, WhatToShow

        parameters = Parameters("bars")
        size = parameters.read("bar_size", self.bar_size, lambda value: BarSize(str(value)))
        what = parameters.read("what", self.what, lambda value: WhatToShow(str(value)))
        rth = parameters.read("rth", self.rth, read_bool)
        parameters.check()
        return BarSpec(size=size or BarSize.DAY_1, what=what or WhatToShow.TRADES, rth=bool(rth))

    async def _fetch(
        self, ids: Sequence[str], spec: BarSpec, start: date, end: date
    ) -> FetchReport:
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.bar_store import BarStore
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.fetch_bars import fetch_bars

        settings = self.hook.settings
        known = InstrumentStore(settings.market).get(ids)
        unknown = [name for name in ids if name not in known]
        if unknown:
            raise ConfigError(
                "bars",
                [
                    f"{name}: not in the instrument store; load it with ib_instruments first"
                    for name in unknown
                ],
            )
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            return await fetch_bars(
                lambda: self.hook.client(ClientRole.DATA),
                bars=BarStore(settings.market),
                ledger=ledger,
                instruments=[known[name] for name in ids],
                spec=spec,
                start=start,
                end=end,
                batch=self.batch,
                progress=self.tell,
            )


class IbBarsValidationOperator(IbOperator):
    """Validate what a batch staged; publish the good, set the rest aside and fail.

    Args:
        batch: The staging area (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"batch": name, "new": {id: rows}, "quarantined": {id: folder}, "findings": count,
        "critical": count, "shown": [first findings]}``.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "batch")

    def __init__(self, *, batch: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch = batch

    def execute(self, context: Context) -> dict[str, Any]:
        """Judge the batch, publish the report, fail on critical findings."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.bar_store import BarStore
        from ib_provider.usecases.judge_bars import judge_bars

        settings = self.hook.settings
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            report = judge_bars(
                bars=BarStore(settings.market),
                ledger=ledger,
                batch=self.batch,
                progress=self.tell,
            )
        published = {
            "batch": report.batch,
            "new": report.published,
            "quarantined": {name: str(path) for name, path in report.quarantined.items()},
            "findings": len(report.findings),
            "critical": len(report.critical),
            "shown": [str(finding) for finding in report.findings[:_SHOWN_FINDINGS]],
        }
        context["ti"].xcom_push(key="report", value=published)
        with task_outcome():
            report.raise_if_critical()
        return published
