# SPDX-License-Identifier: Apache-2.0
"""Record live data of a universe for a window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.instruments import wanted_instruments
from ib_provider.operators.parameters import Parameters, read_data_type, read_text
from ib_provider.operators.sessions import batch_name

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from ib_provider.domain.quote import MarketDataType
    from ib_provider.domain.stream_wish import StreamWish
    from ib_provider.usecases.capture_streams import CaptureReport, StreamReport

__all__ = ["IbCaptureOperator"]


class IbCaptureOperator(IbOperator):
    """Record subscriptions into the live tables until a time, through lost connections.

    Every good subscription is recorded even if others are refused; the task then fails, and is
    not retried: what has passed live cannot be recorded again.

    Args:
        streams: Kinds, each as ``trades``, ``bars:1 min`` or ``depth:5`` (templated; a list, or
            text with commas).
        until: ``90 minutes``, ``16:05 America/New_York`` or an instant, by the gateway's clock
            (templated).
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        market_data: ``live``, ``frozen``, ``delayed`` or ``delayed_frozen``: what may be sent of
            level 1 (templated). Each quote says what it is.
        flush_s: How much a killed task may lose, in seconds.
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"capture": name, "start": instant, "end": instant, "sessions": count,
        "received": {stream: values}, "expected": {stream: bars}, "backfilled": {stream: bars},
        "gaps": {stream: [[from, to, reason]]}, "failed": {stream: reason}}``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "streams",
        "until",
        "universe",
        "instruments",
        "market_data",
    )

    def __init__(
        self,
        *,
        streams: Sequence[str] | str,
        until: str,
        universe: str | None = None,
        instruments: Sequence[str] | str = (),
        market_data: str = "live",
        flush_s: float = 5.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.streams = streams
        self.until = until
        self.universe = universe
        self.instruments = instruments
        self.market_data = market_data
        self.flush_s = flush_s

    def execute(self, context: Context) -> dict[str, Any]:
        """Record, publish the report, fail on what was refused."""
        from ib_provider.usecases.refresh_views import refresh_views

        with task_outcome():
            ids = wanted_instruments(self.hook.settings, self.universe, self.instruments)
            wishes, until = self._parameters()
            data_type = read_data_type("capture", self.market_data)
        _ = self.hook.gateway
        run = context["dag_run"]
        items = [(name, wish) for name in ids for wish in wishes]
        name = batch_name(run.dag_id, run.run_id)
        report = run_use_case(self._capture(items, until, data_type, name))
        with task_outcome():
            refresh_views(self.hook.settings)
        published = _published(report)
        if report.failed:
            context["ti"].xcom_push(key="report", value=published)
            reasons = "".join(f"\n  - {name}: {why}" for name, why in report.failed.items())
            raise AirflowFailException(
                f"{len(report.failed)} of {len(report.streams)} subscription(s) failed{reasons}"
            )
        return published

    def _parameters(self) -> tuple[tuple[StreamWish, ...], Callable[[datetime], datetime]]:
        from ib_provider.domain.stream_wish import parse_stream_wish
        from ib_provider.domain.window_end import parse_window_end

        parameters = Parameters("capture")
        texts = _texts(self.streams)
        parameters.require("streams", given=bool(texts), reason="say what to record")
        wishes = [
            parameters.read("streams", text, lambda value: parse_stream_wish(str(value)))
            for text in texts
        ]
        until = parameters.read("until", self.until, lambda value: parse_window_end(str(value)))
        parameters.check()
        if until is None:  # check() has raised
            return (), lambda start: start
        return tuple(wish for wish in wishes if wish is not None), until

    async def _capture(
        self,
        items: Sequence[tuple[str, StreamWish]],
        until: Callable[[datetime], datetime],
        data_type: MarketDataType,
        name: str,
    ) -> CaptureReport:
        from ib_provider.store.part_store import PartStore
        from ib_provider.usecases.capture_streams import CaptureItem, capture_streams
        from ib_provider.usecases.find_instruments import find_instruments

        settings = self.hook.settings
        found = find_instruments(settings.market, [one for one, _ in items])
        known = {instrument.instrument_id: instrument for instrument in found}
        return await capture_streams(
            lambda: self.hook.client(ClientRole.CAPTURE),
            store=PartStore(settings.market),
            items=[CaptureItem(instrument=known[one], wish=wish) for one, wish in items],
            data_type=data_type,
            windows=self.hook.gateway.reset_windows,
            until=until,
            capture=name,
            flush_s=self.flush_s,
            progress=self.tell,
        )


def _texts(value: object) -> tuple[str, ...]:
    """Return texts from a list, or from a text with commas between them: a size has a space."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(str(item).strip() for item in value if str(item).strip())
    return tuple(part.strip() for part in (read_text(value) or "").split(",") if part.strip())


def _published(report: CaptureReport) -> dict[str, Any]:
    def each(value: Callable[[StreamReport], Any]) -> dict[str, Any]:
        return {str(one.item): value(one) for one in report.streams}

    return {
        "capture": report.capture,
        "start": report.start.isoformat(),
        "end": report.end.isoformat(),
        "sessions": report.sessions,
        "received": each(lambda one: one.received),
        "expected": each(lambda one: one.expected),
        "backfilled": each(lambda one: one.backfilled),
        "gaps": each(
            lambda one: [[g.start.isoformat(), g.end.isoformat(), g.reason] for g in one.gaps]
        ),
        "failed": report.failed,
    }
