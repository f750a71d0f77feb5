# SPDX-License-Identifier: Apache-2.0
"""Ask IB for instruments and keep its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from ib_provider.errors import ConfigError
from ib_provider.hooks.client_ids import ClientRole
from ib_provider.hooks.outcome import run_use_case, task_outcome
from ib_provider.operators.ib_operator import IbOperator
from ib_provider.operators.parameters import (
    Parameters,
    read_flag,
    read_mappings,
    read_names,
    read_text,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ib_provider.config import Settings
    from ib_provider.domain.load_report import LoadReport
    from ib_provider.usecases.read_universe import Universe

__all__ = ["IbInstrumentsOperator", "raise_failures", "read_max_age", "wanted_instruments"]


class IbInstrumentsOperator(IbOperator):
    """Load instruments into the store, with the price ladders they name.

    Every good item is loaded even if others are bad; the task then fails and names the bad ones.
    It is retried only if one of them may succeed later.

    Args:
        universe: A file's stem under ``include/universes`` (templated).
        instruments: Instrument ids; they replace the universe (templated).
        contracts: Descriptions, mappings of a contract's fields; they join the ids (templated).
        sec_types: Load these types only, ``STK,FUT``; empty is the universe's own (templated).
        max_age_hours: Do not ask again for what IB has confirmed within so many hours; None or
            empty asks always (templated).
        tolerate_failures: Succeed although items failed; the result names them (templated).
        kwargs: Airflow's own, and ``ib_conn_id``.

    Returns:
        ``{"loaded": [ids], "fresh": [ids], "skipped": [...], "failed": {item: reason},
        "ambiguous": {item: [candidates]}, "not_found": [...], "rules_failed": {rule: reason}}``,
        and ``"shown": {id: text}`` where the universe's file has the key ``ids``.
    """

    template_fields: Sequence[str] = (
        *IbOperator.template_fields,
        "universe",
        "instruments",
        "contracts",
        "sec_types",
        "max_age_hours",
        "tolerate_failures",
    )

    def __init__(
        self,
        *,
        universe: str | None = None,
        instruments: Sequence[str] | str = (),
        contracts: Sequence[Mapping[str, Any]] | str = (),
        sec_types: Sequence[str] | str = (),
        max_age_hours: float | str | None = None,
        tolerate_failures: bool | str = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.universe = universe
        self.instruments = instruments
        self.contracts = contracts
        self.sec_types = sec_types
        self.max_age_hours = max_age_hours
        self.tolerate_failures = tolerate_failures

    def execute(self, context: Context) -> dict[str, Any]:
        """Load the instruments, publish the report, fail on what was refused."""
        with task_outcome():
            wanted = self._wanted()
            max_age = read_max_age("instruments", self.max_age_hours)
            tolerate = read_flag("instruments", "tolerate_failures", self.tolerate_failures)
        _ = self.hook.gateway
        report = run_use_case(self._load(wanted, max_age))
        published = report.as_document() | self._shown(wanted, report)
        if report.failed and not tolerate:
            context["ti"].xcom_push(key="report", value=published)
            raise_failures(report.failed, len(report.items), is_transient=report.is_transient)
        return published

    def _wanted(self) -> Universe:
        from ib_provider.usecases.read_universe import Universe, read_contract, read_sec_types

        ids = read_names(self.instruments)
        parameters = Parameters("instruments")
        described = parameters.read("contracts", self.contracts, read_mappings) or ()
        sec_types = parameters.read(
            "sec_types", self.sec_types, lambda value: read_sec_types(read_names(value))
        )
        contracts = [
            parameters.read(f"contracts[{i}]", entry, read_contract)  # type: ignore[arg-type]
            for i, entry in enumerate(described)
        ]
        parameters.check()
        if ids or described:
            return Universe(
                ids=ids,
                contracts=tuple(filter(None, contracts)),
                sec_types=sec_types or frozenset(),
            )
        universe = read_named_universe(self.hook.settings, self.universe)
        return replace(universe, sec_types=sec_types or universe.sec_types)

    def _shown(self, wanted: Universe, report: LoadReport) -> dict[str, Any]:
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.symbology.id_spelling import IdSpelling
        from ib_provider.usecases.spell_ids import spell_ids

        if wanted.spelling == IdSpelling():
            return {}
        store = InstrumentStore(self.hook.settings.market)
        good = (*report.loaded, *report.fresh)
        return {"shown": spell_ids(store, good, wanted.spelling)}

    async def _load(self, wanted: Universe, max_age: timedelta | None) -> LoadReport:
        from ib_provider.store.catalog import ensure_catalog
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.load_instruments import load_instruments

        market = self.hook.settings.market
        async with self.hook.client(ClientRole.DATA) as client:
            report = await load_instruments(
                client,
                store=InstrumentStore(market),
                ids=wanted.ids,
                contracts=wanted.contracts,
                max_age=max_age,
                sec_types=wanted.sec_types,
                progress=self.tell,
            )
        ensure_catalog(market)
        return report


def raise_failures(
    failed: Mapping[str, str], total: int, *, is_transient: bool, what: str = "instrument"
) -> NoReturn:
    """Fail the task with every reason; for good unless something may succeed later."""
    reasons = "".join(f"\n  - {reason}" for reason in failed.values())
    text = f"{len(failed)} of {total} {what}(s) not loaded{reasons}"
    raise AirflowException(text) if is_transient else AirflowFailException(text)


def read_max_age(source: str, value: object) -> timedelta | None:
    """Return an age of so many hours, or None where nothing was said. Zero is zero.

    Raises:
        ConfigError: It is no number from 0 up.
    """
    text = read_text(value)
    if text is None:
        return None
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours < float("inf"):
        raise ConfigError(source, [f"max_age_hours: {text!r} is no number of hours from 0 up"])
    return timedelta(hours=hours)


def wanted_instruments(
    settings: Settings, universe: object, instruments: object
) -> tuple[str, ...]:
    """Return the instrument ids that parameters ask for: those listed, or else the universe's.

    Raises:
        ConfigError: Neither says anything, or the universe's file cannot be used.
    """
    listed = read_names(instruments)
    if listed:
        return listed
    universe_read = read_named_universe(settings, universe)
    if universe_read.contracts:
        raise ConfigError(
            f"universes/{read_text(universe)}.yaml",
            [f"{entry}: name it by its instrument id here" for entry in universe_read.contracts],
        )
    return universe_read.ids


def read_named_universe(settings: Settings, universe: object) -> Universe:
    """Return the universe that a parameter names.

    Raises:
        ConfigError: It names none, or the file cannot be used.
    """
    from ib_provider.usecases.read_universe import read_universe

    name = read_text(universe)
    parameters = Parameters("instruments")
    parameters.require("universe, instruments", given=name is not None, reason="say one of the two")
    parameters.check()
    return read_universe(settings.include, name or "")
