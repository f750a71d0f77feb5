# SPDX-License-Identifier: Apache-2.0
"""Stitch the contracts of futures into continuous series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ib_provider.domain.rolls import RollRule
from ib_provider.errors import ConfigError
from ib_provider.hooks.outcome import task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import Parameters, read_names, read_specs

if TYPE_CHECKING:
    from airflow.sdk import Context

__all__ = ["IbStitchOperator"]


class IbStitchOperator(IbOperator):
    """Make continuous series anew from the contracts in the store. No gateway is asked.

    Args:
        futures: Roots with their venues, ``ES.CME``; a list, or text with commas (templated).
        specs: Kinds of bars, ``1-DAY-LAST`` (templated).
        rth: Regular trading hours only (templated).
        rule: What decides on the day of a roll: ``volume`` or ``calendar`` (templated).
        adjust: What a roll does to earlier prices: ``ratio``, ``difference``, ``none`` (templated).
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
    )

    def __init__(
        self,
        *,
        futures: Sequence[str] | str,
        specs: Sequence[str] | str = ("1-DAY-LAST",),
        rth: bool | str = False,
        rule: str = "volume",
        adjust: str = "ratio",
        sessions_before: int = 5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.futures = futures
        self.specs = specs
        self.rth = rth
        self.rule = rule
        self.adjust = adjust
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
        rule = parameters.read("rule", self.rule, lambda value: RollRule(str(value)))
        adjust = parameters.read("adjust", self.adjust, lambda value: Adjustment(str(value)))
        names = read_names(self.futures)
        parameters.require("futures", given=bool(names), reason="none was said, such as ES.CME")
        parameters.check()
        if rule is None or adjust is None:
            raise ConfigError("stitch", ["rule, adjust: say both"])
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
                    sessions_before=self.sessions_before,
                )
                self.tell(f"{report.key}: {report.rows:,} bars, {len(report.rolls)} roll(s)")
                written[str(report.key)] = {"rows": report.rows, "rolls": len(report.rolls)}
        return written
