# SPDX-License-Identifier: Apache-2.0
"""Download historical bars, validate and publish them: three tasks, joined by a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.errors import ConfigError
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.instruments import wanted_instruments
from ib_provider.operators.parameters import read_range, read_specs

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from airflow.sdk import Context

    from ib_provider.domain.bar import BarSpec
    from ib_provider.domain.contract import Instrument
    from ib_provider.usecases.fetch_series import SeriesReport

__all__ = ["IbBarsOperator", "IbBarsPublishOperator", "IbBarsValidationOperator"]

#: Findings kept in a report; the ledger keeps them all.
_SHOWN_FINDINGS = 20
#: Series named in what an asset's event carries; it is read by people and stays small.
_NAMED_SERIES: Final = 50


class IbBarsOperator(IbOperator):
    """Stage the bars that are missing from the store. Nothing is published here.

    One task takes several kinds of bars of a whole universe, batch by batch over one session. To
    spread a large universe over tasks, map ``instruments`` over lists of ids with one ``batch``.

    Args:
        start: First session, inclusive, exchange-local (templated).
        end: Day after the last session (templated).
        batch: The staging area; the same on every retry (templated).
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        specs: Kinds of bars, ``1-DAY-LAST``; a list, or text with commas (templated).
        rth: Regular trading hours only (templated).
        batch_size: Instruments between two lines of progress about the whole.
        with_late: Also the session before ``start``, of daily bars of futures: they settle a day
            late, and were not final when that session was run.
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"batch": name, "staged": {spec: {id: rows}}, "rows": count, "covered": count,
        "failed": {"spec id": reason}, "requests": count}``; each also under a key of its own.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "start",
        "end",
        "batch",
        "universe",
        "instruments",
        "specs",
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
        specs: Sequence[str] | str = ("1-DAY-LAST",),
        rth: bool | str = True,
        batch_size: int = 50,
        with_late: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(multiple_outputs=True, **kwargs)
        self.start = start
        self.end = end
        self.batch = batch
        self.universe = universe
        self.instruments = instruments
        self.specs = specs
        self.rth = rth
        self.batch_size = batch_size
        self.with_late = with_late

    def execute(self, context: Context) -> dict[str, Any]:
        """Download what is missing and publish the report."""
        with task_outcome():
            ids = wanted_instruments(self.hook.settings, self.universe, self.instruments)
            start, end = read_range("bars", self.start, self.end)
            specs = read_specs("bars", self.specs, self.rth)
        _ = self.hook.gateway
        report = run_use_case(self._fetch(ids, specs, start, end))
        self.tell(f"{report.rows:,} bars staged, {report.requests} request(s)")
        published = {
            "batch": report.batch,
            "staged": report.staged,
            "rows": report.rows,
            "covered": report.covered,
            "failed": report.failed,
            "requests": report.requests,
        }
        if report.failed:
            context["ti"].xcom_push(key="report", value=published)
            reasons = "".join(f"\n  - {name}: {why}" for name, why in report.failed.items())
            raise AirflowFailException(
                f"{len(report.failed)} of {len(ids) * len(specs)} series not downloaded{reasons}"
            )
        return published

    async def _fetch(
        self, ids: Sequence[str], specs: Sequence[BarSpec], start: date, end: date
    ) -> SeriesReport:
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.bar_store import BarStore
        from ib_provider.usecases.fetch_series import fetch_series
        from ib_provider.usecases.plan_bars import plan_bars
        from ib_provider.usecases.session_calendar import SessionCalendar

        settings = self.hook.settings
        instruments = _known(settings.market, ids)
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            calendar = SessionCalendar.stored(settings.market)
            for spec in specs:
                plan = plan_bars(
                    ledger=ledger,
                    instruments=instruments,
                    spec=spec,
                    start=start,
                    end=end,
                    calendar=calendar,
                    with_late=self.with_late,
                )
                self.tell(f"plan: {plan}")
            return await fetch_series(
                lambda: self.hook.client(ClientRole.DATA),
                bars=BarStore(settings.market),
                ledger=ledger,
                instruments=instruments,
                specs=specs,
                start=start,
                end=end,
                batch=self.batch,
                batch_size=self.batch_size,
                with_late=self.with_late,
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
        from ib_provider.usecases.read_rules import read_rules

        settings = self.hook.settings
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            report = judge_bars(
                bars=BarStore(settings.market),
                ledger=ledger,
                batch=self.batch,
                rules=read_rules(settings.include, settings.market),
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


class IbBarsPublishOperator(IbOperator):
    """Mark a run's bars as complete: an event of the asset in ``outlets`` for each run.

    The event carries what was written: ``rows``, ``sessions`` from ``start`` to ``end``, and the
    new rows by instrument, the first fifty. A run without a partition key marks the last session
    of its range, so that whoever waits for sessions is woken by a range as well.

    Args:
        start: First session (templated).
        end: Day after the last session (templated).
        sessions: How many there are (templated).
        validation: The task whose report says what was written.
        kwargs: Airflow's own; ``outlets`` are the assets.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "start", "end", "sessions")

    def __init__(
        self,
        *,
        start: str,
        end: str,
        sessions: str | int,
        validation: str = "validate",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.start = start
        self.end = end
        self.sessions = sessions
        self.validation = validation

    def execute(self, context: Context) -> dict[str, Any]:
        """Attach what was written to the event of each asset."""
        from datetime import timedelta

        with task_outcome():
            start, end = read_range("publish", self.start, self.end)
        report = context["ti"].xcom_pull(task_ids=self.validation, key="report") or {}
        new: dict[str, int] = report.get("new", {})
        written = {
            "rows": sum(new.values()),
            "sessions": int(self.sessions),
            "start": start.isoformat(),
            "end": end.isoformat(),
            "findings": report.get("findings", 0),
            "series": len(new),
            "new": dict(sorted(new.items())[:_NAMED_SERIES]),
        }
        for asset in self.outlets:
            event = context["outlet_events"][asset]
            event.extra = written
            if not context["dag_run"].partition_key:
                event.add_partitions((end - timedelta(days=1)).isoformat())
        return written


def _known(market: Path, ids: Sequence[str]) -> list[Instrument]:
    from ib_provider.store.instrument_store import InstrumentStore

    known = InstrumentStore(market).get(ids)
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise ConfigError(
            "bars",
            [
                f"{name}: not in the instrument store; load it with ib_instruments first"
                for name in unknown
            ],
        )
    return [known[name] for name in dict.fromkeys(ids)]
