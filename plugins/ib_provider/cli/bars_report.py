# SPDX-License-Identifier: Apache-2.0
"""``ib-provider bars coverage|gaps|verify|quarantine``: what is stored. No gateway."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from ib_provider.cli.progress_display import showing_progress
from ib_provider.cli.series_arguments import (
    known_instruments,
    session_or_instant,
    wanted_ids,
    wanted_range,
    wanted_specs,
)
from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from ib_provider.store.quarantine import QuarantinedBars

__all__ = [
    "add_quarantine_arguments",
    "add_verify_arguments",
    "coverage",
    "gaps",
    "quarantine",
    "verify",
]


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how much to look through."""
    parser.add_argument(
        "--since", type=session_or_instant, metavar="WHEN", help="only bars fetched from then on"
    )


def add_quarantine_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the decisions about refused bars."""
    parser.add_argument("decision", choices=("list", "accept", "discard"))
    parser.add_argument("number", nargs="*", type=int, help="as `list` shows them")
    parser.add_argument("--by", default="", help="who accepts")
    parser.add_argument("--why", default="", help="for which reason; kept beside the findings")


def coverage(args: argparse.Namespace) -> int:
    """Print what is known of each series; all of them where none is named."""
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger

    settings = load_settings()
    ids = set(wanted_ids(args, settings)) if args.ids or args.universe else None
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        spans = [span for span in ledger.spans() if ids is None or span.key.instrument_id in ids]
    rows = [
        (str(span.key), span.state.value, span.start, span.end, f"{span.rows:,}") for span in spans
    ]
    _print_table("coverage", ("series", "state", "from", "to (exclusive)", "bars"), rows)
    return 0


def gaps(args: argparse.Namespace) -> int:
    """Print what is missing inside sessions; returns 1 where anything is."""
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.store.bar_store import BarStore
    from ib_provider.usecases.count_bars import find_gaps

    settings = load_settings()
    instruments, wanted = known_instruments(args, settings), wanted_range(args)
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        found = [
            gap
            for spec in wanted_specs(args)
            for gap in find_gaps(
                bars=BarStore(settings.market),
                ledger=ledger,
                instruments=instruments,
                spec=spec,
                start=wanted.start,
                end=wanted.end,
                now=datetime.now(UTC),
            )
        ]
    rows = [(str(gap.key), gap.kind.value, gap.start, gap.end, f"{gap.missing:,}") for gap in found]
    _print_table("gaps", ("series", "kind", "from", "to (exclusive)", "missing"), rows)
    return 1 if found else 0


def verify(args: argparse.Namespace) -> int:
    """Look through the lake; returns 1 on a critical finding."""
    from ib_provider.config import load_settings
    from ib_provider.domain.finding import Severity
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.quality.sweep import EVER
    from ib_provider.store.bar_store import BarStore
    from ib_provider.usecases.read_rules import read_rules
    from ib_provider.usecases.sweep_bars import sweep_bars

    settings = load_settings()
    rules = read_rules(settings.include, settings.market)
    with (
        Ledger.open(settings.ledger_url, locks=settings.locks) as ledger,
        showing_progress("verify") as tell,
    ):
        found = sweep_bars(
            bars=BarStore(settings.market),
            ledger=ledger,
            batch=f"terminal-verify-{datetime.now(UTC):%Y%m%dT%H%M%S}",
            rules=rules,
            since=_instant(args.since) if args.since else EVER,
            progress=tell,
        )
    critical = [item for item in found if item.severity is Severity.CRITICAL]
    print(f"{len(found)} finding(s), {len(critical)} critical")
    return 1 if critical else 0


def quarantine(args: argparse.Namespace) -> int:
    """List refused bars, or deal with those that were named by their number."""
    from ib_provider.config import load_settings
    from ib_provider.store.bar_store import BarStore
    from ib_provider.store.quarantine import Quarantine

    settings = load_settings()
    store = BarStore(settings.market)
    waiting = Quarantine(store).all()
    if args.decision == "list":
        for number, item in enumerate(waiting, 1):
            print(f"{number}  {item.bars.key}  {item.bars.start} to {item.bars.end}  "
                  f"{item.bars.rows:,} bars  {item.bars.path}")  # fmt: skip
            for reason in item.reasons:
                print(f"     {reason}")
        if not waiting:
            print("quarantine: nothing waits")
        return 0
    chosen = _chosen(args, waiting)
    if args.decision == "discard":
        for item in chosen:
            Quarantine(store).discard(item)
            print(f"{item.bars.key}: discarded; its range is asked for again")
        return 0
    return _accept(args, store, chosen)


def _accept(args: argparse.Namespace, store: Any, chosen: Sequence[QuarantinedBars]) -> int:
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.accept_bars import accept_bars

    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        for item in chosen:
            report = accept_bars(
                bars=store,
                ledger=ledger,
                item=item,
                by=args.by,
                why=args.why,
                at=datetime.now(UTC),
            )
            print(f"{report.key}: {report.new:,} bars new, {report.changed:,} changed")
    return 0


def _chosen(args: argparse.Namespace, waiting: Sequence[QuarantinedBars]) -> list[QuarantinedBars]:
    unknown = [number for number in args.number if not 1 <= number <= len(waiting)]
    if unknown or not args.number:
        raise ConfigError(
            "quarantine",
            [f"number: {number}: there are 1 to {len(waiting)}" for number in unknown]
            or ["number: say which, as `ib-provider bars quarantine list` numbers them"],
        )
    return [waiting[number - 1] for number in dict.fromkeys(args.number)]


def _instant(bound: date) -> datetime:
    if isinstance(bound, datetime):
        return bound
    return datetime.combine(bound, time.min, UTC)


def _print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows as a table on a terminal, as lines with tabs between elsewhere."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not rows:
        print(f"{title}: none")
    elif console.is_terminal:
        table = Table(*columns)
        for row in rows:
            table.add_row(*(str(value) for value in row))
        console.print(table)
    else:
        for row in rows:
            print("\t".join(str(value) for value in row))
