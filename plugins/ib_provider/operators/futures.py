# SPDX-License-Identifier: Apache-2.0
"""Keep the open interest of futures, and stitch their contracts into continuous series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException

from ib_provider.domain.roll_rule import RollBasis, RollRule
from ib_provider.errors import ConfigError
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import (
    Parameters,
    read_names,
    read_specs,
    read_text,
    read_whole,
)
from ib_provider.operators.sessions import batch_name

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.domain.contract import Instrument
    from ib_provider.usecases.keep_open_interest import InterestReport

__all__ = ["IbOpenInterestOperator", "IbStitchOperator"]


class IbOpenInterestOperator(IbOperator):
    """Keep today's open interest of the nearest months of futures in ``open_interest``.

    IB tells no other day's: a day without a run is lost for rolls by open interest. Every number
    that comes is kept; the task then fails and names the contracts without one.

    Args:
        futures: Roots with their venues, ``ES.CME``; a list, or text with commas (templated).
            Their months must be in the store.
        nearest: How many months of each, those that end first (templated).
        lines: Subscriptions that are open at once (templated).
        kwargs: Airflow's own, and ``ib_conn_id``; assets in ``outlets`` get what was written.

    Returns:
        ``{"capture": name, "open_interest": {id: count}, "failed": {id: reason}}``.
    """

    template_fields: Sequence[str] = (*IbOperator.template_fields, "futures", "nearest", "lines")

    def __init__(
        self,
        *,
        futures: Sequence[str] | str,
        nearest: int | str = 4,
        lines: int | str = 50,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.futures = futures
        self.nearest = nearest
        self.lines = lines

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask for each, publish the report, fail on what has none."""
        from ib_provider.usecases.find_contracts import find_contracts
        from ib_provider.usecases.refresh_views import refresh_views

        parameters = Parameters("open interest")
        with task_outcome():
            names = read_names(self.futures)
            parameters.require("futures", given=bool(names), reason="none was said, such as ES.CME")
            nearest = parameters.read("nearest", self.nearest, read_whole) or 0
            lines = parameters.read("lines", self.lines, read_whole) or 0
            parameters.require("nearest, lines", given=nearest > 0 < lines, reason="at least one")
            parameters.check()
            chains = [find_contracts(self.hook.settings.market, name) for name in names]
        _ = self.hook.gateway
        run = context["dag_run"]
        capture = batch_name(run.dag_id, run.run_id)
        report = run_use_case(self._keep(chains, capture, nearest, lines))
        with task_outcome():
            refresh_views(self.hook.settings)
        published = {
            "capture": capture,
            "open_interest": {
                name: int(value.open_interest) for name, value in sorted(report.kept.items())
            },
            "failed": report.failed,
        }
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {"rows": len(report.kept)}
        if report.failed:
            context["ti"].xcom_push(key="report", value=published)
            reasons = "".join(f"\n  - {name}: {why}" for name, why in report.failed.items())
            # Retried: no other day's number can be had tomorrow.
            raise AirflowException(
                f"{len(report.failed)} contract(s) without open interest{reasons}"
            )
        return published

    async def _keep(
        self, chains: Sequence[Sequence[Instrument]], capture: str, nearest: int, lines: int
    ) -> InterestReport:
        from ib_provider.store.open_interest_store import OpenInterestStore
        from ib_provider.usecases.keep_open_interest import keep_open_interest

        async with self.hook.client(ClientRole.DATA) as client:
            return await keep_open_interest(
                client,
                store=OpenInterestStore(self.hook.settings.market),
                chains=chains,
                capture=capture,
                nearest=nearest,
                lines=lines,
                progress=self.tell,
            )


class IbStitchOperator(IbOperator):
    """Make continuous series anew from the contracts in the store. No gateway is asked.

    Args:
        futures: Roots with their venues, ``ES.CME``; a list, or text with commas (templated).
        specs: Kinds of bars, ``1-DAY-LAST`` (templated).
        rth: Regular trading hours only (templated).
        rule: What decides on the day of a roll: ``volume``, ``open_interest`` or ``calendar``
            (templated).
        adjust: What a roll does to earlier prices: ``ratio``, ``difference``, ``none`` (templated).
        months: Letters of the months that take part, ``HMUZ``; empty is all (templated).
        sessions_before: Sessions before its last one at which a contract is left at the latest.
        kwargs: Airflow's own; assets in ``outlets`` get what was written.

    Returns:
        ``{series: {"rows": count, "rolls": count}}``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "futures",
        "specs",
        "rth",
        "rule",
        "adjust",
        "months",
    )

    def __init__(
        self,
        *,
        futures: Sequence[str] | str,
        specs: Sequence[str] | str = ("1-DAY-LAST",),
        rth: bool | str = False,
        rule: str = "volume",
        adjust: str = "ratio",
        months: str | None = None,
        sessions_before: int = 5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.futures = futures
        self.specs = specs
        self.rth = rth
        self.rule = rule
        self.adjust = adjust
        self.months = months
        self.sessions_before = sessions_before

    def execute(self, context: Context) -> dict[str, Any]:
        """Stitch each future in each kind of bar and say what came of it."""
        from ib_provider.usecases.refresh_views import refresh_views

        with task_outcome():
            written = self._stitch()
            refresh_views(self.hook.settings)
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {
                "rows": sum(one["rows"] for one in written.values()),
                "series": len(written),
            }
        return written

    def _stitch(self) -> dict[str, dict[str, int]]:
        from ib_provider.store.bar_store import BarStore
        from ib_provider.usecases.find_contracts import find_contracts
        from ib_provider.usecases.stitch_future import Adjustment, stitch_future

        parameters = Parameters("stitch")
        basis = parameters.read("rule", self.rule, lambda value: RollBasis(str(value)))
        adjust = parameters.read("adjust", self.adjust, lambda value: Adjustment(str(value)))
        names = read_names(self.futures)
        parameters.require("futures", given=bool(names), reason="none was said, such as ES.CME")
        parameters.check()
        if basis is None or adjust is None:
            raise ConfigError("stitch", ["rule, adjust: say both"])
        rule = RollRule(
            basis=basis,
            sessions_before=self.sessions_before,
            months=read_text(self.months) or "",
        )
        market, written = self.hook.settings.market, {}
        for name in names:
            contracts = find_contracts(market, name)
            for spec in read_specs("stitch", self.specs, self.rth):
                report = stitch_future(
                    bars=BarStore(market),
                    continuous_id=name,
                    contracts=contracts,
                    spec=spec,
                    rule=rule,
                    adjustment=adjust,
                )
                self.tell(f"{report.key}: {report.rows:,} bars, {len(report.rolls)} roll(s)")
                written[str(report.key)] = {"rows": report.rows, "rolls": len(report.rolls)}
        return written
