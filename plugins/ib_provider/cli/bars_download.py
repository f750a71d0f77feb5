# SPDX-License-Identifier: Apache-2.0
"""``ib-provider bars plan`` and ``fetch``."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ib_provider.cli.leased_session import gateway_sessions
from ib_provider.cli.progress_display import showing_progress
from ib_provider.cli.series_arguments import (
    SessionRange,
    known_instruments,
    wanted_ids,
    wanted_range,
    wanted_specs,
)
from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from ib_provider.config import Settings
    from ib_provider.domain.bar import BarSpec
    from ib_provider.domain.contract import Instrument
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.fetch_bars import Connect
    from ib_provider.usecases.fetch_series import SeriesReport
    from ib_provider.usecases.progress import Progress

__all__ = ["add_fetch_arguments", "fetch", "plan"]

#: Seconds that a command waits for a client id which others hold.
_LEASE_WAIT_S = 60.0


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what only a download takes."""
    parser.add_argument("--dry-run", action="store_true", help="print the plan and ask for no bars")


def plan(args: argparse.Namespace) -> int:
    """Print what a download would ask for; nothing is asked of a gateway."""
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger

    settings = load_settings()
    instruments, wanted = known_instruments(args, settings), wanted_range(args)
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        _print_plan(ledger, instruments, wanted_specs(args), wanted)
    return 0


def fetch(args: argparse.Namespace) -> int:
    """Download, judge and publish; returns 1 where a series failed or was refused."""
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.store.bar_store import BarStore
    from ib_provider.usecases.judge_bars import judge_bars
    from ib_provider.usecases.read_rules import read_rules

    settings, specs = load_settings(), wanted_specs(args)
    ids = wanted_ids(args, settings)
    wanted_range(args)  # a slip of the pen is told before anything is asked of a gateway
    with (
        Ledger.open(settings.ledger_url, locks=settings.locks) as ledger,
        showing_progress("bars") as tell,
    ):
        run = _Fetch(args=args, settings=settings, ledger=ledger, tell=tell)
        report = asyncio.run(run.fetch(ids, specs))
        if report is None:
            return 0
        judged = judge_bars(
            bars=BarStore(settings.market),
            ledger=ledger,
            batch=report.batch,
            rules=read_rules(settings.include, settings.market),
            progress=tell,
        )
    print(
        f"{sum(judged.published.values()):,} new bars published, {report.requests} request(s), "
        f"{report.covered} series had nothing missing, {len(judged.findings)} finding(s), "
        f"{len(judged.critical)} critical"
    )
    for name, why in report.failed.items():
        print(f"FAILED {name}: {why}")
    for name, path in judged.quarantined.items():
        print(f"REFUSED {name}: {path}; see `ib-provider bars quarantine list`")
    return 1 if report.failed or judged.quarantined else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetch:
    """One download from a terminal."""

    args: argparse.Namespace
    settings: Settings
    ledger: Ledger
    tell: Progress

    async def fetch(self, ids: Sequence[str], specs: Sequence[BarSpec]) -> SeriesReport | None:
        """Print the plan and stage what is missing; None where only the plan was wanted."""
        from ib_provider.store.bar_store import BarStore
        from ib_provider.usecases.fetch_series import check_series, fetch_series, sharing_session

        sessions = gateway_sessions(self.args)
        async with sharing_session(lambda: sessions.open(lease_wait_s=_LEASE_WAIT_S)) as connect:
            instruments = await self._loaded(connect, ids)
            wanted = await self._range(connect)
            check_series(instruments, specs)
            _print_plan(self.ledger, instruments, specs, wanted)
            if self.args.dry_run:
                return None
            return await fetch_series(
                connect,
                bars=BarStore(self.settings.market),
                ledger=self.ledger,
                instruments=instruments,
                specs=specs,
                start=wanted.start,
                end=wanted.end,
                batch=_batch_name(ids, specs),
                progress=self.tell,
            )

    async def _loaded(self, connect: Connect, ids: Sequence[str]) -> list[Instrument]:
        """Return the instruments; those that the store does not know are loaded first."""
        from ib_provider.store.instrument_store import InstrumentStore
        from ib_provider.usecases.find_instruments import find_instruments
        from ib_provider.usecases.load_instruments import load_instruments

        store = InstrumentStore(self.settings.market)
        known = store.get(ids)
        unknown = [name for name in ids if name not in known]
        if unknown:
            async with connect() as client:
                report = await load_instruments(
                    client, store=store, ids=unknown, progress=self.tell
                )
            if report.failed:
                raise ConfigError("instruments", [f"{k}: {v}" for k, v in report.failed.items()])
        return find_instruments(self.settings.market, ids)

    async def _range(self, connect: Connect) -> SessionRange:
        """Return the range; where no end was said it is the gateway's today."""
        if self.args.end is not None:
            return wanted_range(self.args)
        async with connect() as client:
            return wanted_range(self.args, now=await client.current_time())


def _print_plan(
    ledger: Ledger,
    instruments: Sequence[Instrument],
    specs: Sequence[BarSpec],
    wanted: SessionRange,
) -> None:
    from ib_provider.usecases.plan_bars import plan_bars

    for spec in specs:
        planned = plan_bars(
            ledger=ledger,
            instruments=instruments,
            spec=spec,
            start=wanted.start,
            end=wanted.end,
        )
        print(f"plan: {planned}", flush=True)


def _batch_name(ids: Sequence[str], specs: Sequence[BarSpec]) -> str:
    """Return the staging area: the same for the same series, so that a killed run is resumed."""
    text = "\n".join([*sorted(ids), *sorted(map(str, specs))])
    return f"terminal-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
