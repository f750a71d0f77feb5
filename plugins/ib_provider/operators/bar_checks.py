# SPDX-License-Identifier: Apache-2.0
"""Watch over what is stored: are all bars there, are they sound, does IB still say the same?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.instruments import wanted_instruments
from ib_provider.operators.parameters import read_flag, read_range, read_specs
from ib_provider.operators.sessions import batch_name

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from ib_provider.usecases.audit_bars import AuditReport

__all__ = ["IbBarsAuditOperator", "IbBarsCountOperator", "IbBarsSweepOperator"]

#: Findings and series named in a report; the ledger keeps the findings all.
_SHOWN: Final = 20
#: Series named in the message of a failure; the report names them all.
_NAMED: Final = 50


class IbBarsCountOperator(IbOperator):
    """Fail when series lack bars of sessions that are over: an alert by way of Airflow's own.

    How many there should be is what IB says of its sessions, else the venue's calendar.
    ``on_failure_callback`` is called with the context; the list is under the XCom key ``short``,
    and each series is a finding, check ``bar_count``.

    Args:
        start: First session, inclusive, exchange-local (templated).
        end: Day after the last session (templated).
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        specs: Kinds of bars, ``1-DAY-LAST``; a list, or text with commas (templated).
        rth: Regular trading hours only (templated).
        share: Which share of the expected bars is enough.
        with_late: Also the session before ``start``, of daily bars of futures: they settle late.
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"series": count, "expected": bars, "have": bars}``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "start",
        "end",
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
        universe: str | None = None,
        instruments: Sequence[str] | str = (),
        specs: Sequence[str] | str = ("1-DAY-LAST",),
        rth: bool | str = True,
        share: float = 0.9,
        with_late: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.start = start
        self.end = end
        self.universe = universe
        self.instruments = instruments
        self.specs = specs
        self.rth = rth
        self.share = share
        self.with_late = with_late

    def execute(self, context: Context) -> dict[str, Any]:
        """Count, and fail with the series that are short."""
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.bar_store import BarStore
        from ib_provider.store.finding_store import keep_findings
        from ib_provider.usecases.count_bars import count_bars
        from ib_provider.usecases.find_instruments import find_instruments

        settings, run = self.hook.settings, context["dag_run"]
        with task_outcome():
            ids = wanted_instruments(settings, self.universe, self.instruments)
            start, end = read_range("count", self.start, self.end)
            specs = read_specs("count", self.specs, self.rth)
            instruments = find_instruments(settings.market, ids)
        _ = self.hook.gateway
        now = run_use_case(self._now())
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            counts = [
                count
                for spec in specs
                for count in count_bars(
                    bars=BarStore(settings.market),
                    ledger=ledger,
                    instruments=instruments,
                    spec=spec,
                    start=start,
                    end=end,
                    now=now,
                    share=self.share,
                    with_late=self.with_late,
                )
            ]
            found = [count.finding() for count in counts if count.is_short]
            batch = batch_name(run.dag_id, run.run_id)
            ledger.record_findings(batch, found)
            keep_findings(settings.market, batch, found)
        short = [str(count) for count in counts if count.is_short]
        context["ti"].xcom_push(key="short", value=short)
        if short:
            lines = "".join(f"\n  - {line}" for line in short[:_NAMED])
            raise AirflowFailException(
                f"{len(short)} of {len(counts)} series are short of bars{lines}"
            )
        self.tell(f"{len(counts):,} series have their bars")
        return {
            "series": len(counts),
            "expected": sum(count.expected for count in counts),
            "have": sum(count.have for count in counts),
        }

    async def _now(self) -> datetime:
        async with self.hook.client(ClientRole.DATA) as client:
            return await client.current_time()


class IbBarsSweepOperator(IbOperator):
    """Look through published bars and fail on a critical finding; nothing is moved or hidden.

    Which bars are new is read from the store, so it does not matter how many events woke it.

    Args:
        whole: Every bar, not only those that came since the last sweep (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"findings": count, "critical": count, "shown": [first findings]}``.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "whole")

    def __init__(self, *, whole: bool | str = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.whole = whole

    def execute(self, context: Context) -> dict[str, Any]:
        """Sweep, publish the report, fail on critical findings."""
        from ib_provider.domain.finding import Severity
        from ib_provider.errors import DataQualityError
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.bar_store import BarStore
        from ib_provider.usecases.read_rules import read_rules
        from ib_provider.usecases.sweep_new_bars import sweep_new_bars

        settings, run = self.hook.settings, context["dag_run"]
        with task_outcome(), Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            found = sweep_new_bars(
                bars=BarStore(settings.market),
                ledger=ledger,
                batch=batch_name(run.dag_id, run.run_id),
                rules=read_rules(settings.include, settings.market),
                whole=read_flag("sweep", "whole", self.whole),
                progress=self.tell,
            )
        critical = tuple(item for item in found if item.severity is Severity.CRITICAL)
        published = {
            "findings": len(found),
            "critical": len(critical),
            "shown": [str(item) for item in found[:_SHOWN]],
        }
        context["ti"].xcom_push(key="report", value=published)
        if critical:
            with task_outcome():
                raise DataQualityError(critical)
        return published


class IbBarsAuditOperator(IbOperator):
    """Ask again for a few old pieces and stage what IB says today; a validation publishes it.

    Differences are recorded as findings, check ``revised``.

    Args:
        batch: The staging area, and the seed of the draw (templated).
        pieces: How many to draw (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"batch": name, "same": pieces, "revised": {series: bars}, "failed": {series: reason},
        "requests": count}``.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "batch", "pieces")

    def __init__(self, *, batch: str, pieces: int | str = 20, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch = batch
        self.pieces = pieces

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask again, publish the report, fail where a piece could not be had."""
        _ = self.hook.gateway
        report = run_use_case(self._audit(self.batch))
        published = {
            "batch": report.batch,
            "same": report.same,
            "revised": report.revised,
            "failed": report.failed,
            "requests": report.requests,
        }
        context["ti"].xcom_push(key="report", value=published)
        self.tell(f"{report.same} piece(s) as stored, {len(report.revised)} revised")
        if report.failed:
            reasons = "".join(f"\n  - {name}: {why}" for name, why in report.failed.items())
            raise AirflowFailException(f"{len(report.failed)} piece(s) not downloaded{reasons}")
        return published

    async def _audit(self, batch: str) -> AuditReport:
        from ib_provider.ledger.ledger import Ledger
        from ib_provider.store.bar_store import BarStore
        from ib_provider.usecases.audit_bars import audit_bars

        settings = self.hook.settings
        with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
            return await audit_bars(
                lambda: self.hook.client(ClientRole.DATA),
                bars=BarStore(settings.market),
                ledger=ledger,
                pieces=int(self.pieces),
                batch=batch,
                progress=self.tell,
            )
