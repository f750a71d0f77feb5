# SPDX-License-Identifier: Apache-2.0
"""``ib-provider ticks``: past ticks of instruments, session by session."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ib_provider.cli.gateway_options import add_gateway_options
from ib_provider.cli.leased_session import gateway_sessions
from ib_provider.cli.progress_display import showing_progress
from ib_provider.cli.series_arguments import (
    add_instrument_arguments,
    add_range_arguments,
    known_instruments,
    wanted_range,
)

if TYPE_CHECKING:
    from ib_provider.usecases.fetch_ticks import TicksReport
    from ib_provider.usecases.progress import Progress

__all__ = ["add_arguments", "run"]

_EPILOG: Final = """\
A session is kept whole or not at all, and one that is kept is not asked for again. IB sends a
thousand ticks a page and counts each page against the pacing rules: a busy session takes hours.

example:
  ib-provider ticks fetch IBM.NYSE --kind trades --start 2013-03-01 --end 2013-03-02
  ib-provider ticks export IBM.NYSE --start 2013-03-01 --end 2013-03-02 --to catalog

exit codes:
  0  done    1  a session could not be downloaded; named    2  used wrongly
"""
_LEASE_WAIT_S: Final = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    text = "download the ticks of every finished session that is not kept yet"
    fetch = actions.add_parser(
        "fetch",
        help=text,
        description=text,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_series_arguments(fetch, kinds=("trades", "bid_ask", "midpoint"))
    add_gateway_options(fetch)
    text = "write kept trades or quotes into a catalog of NautilusTrader, a session a file"
    export = actions.add_parser("export", help=text, description=text)
    _add_series_arguments(export, kinds=("trades", "bid_ask"))
    export.add_argument("--digits", type=int, metavar="N", help="round prices to N decimals")
    export.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the catalog")


def _add_series_arguments(parser: argparse.ArgumentParser, *, kinds: tuple[str, ...]) -> None:
    add_instrument_arguments(parser)
    parser.add_argument("--kind", choices=kinds, default="trades", help="default %(default)s")
    parser.add_argument(
        "--all-hours", action="store_true", help="also outside of regular trading hours"
    )
    add_range_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Do one action and return its exit code; 1 where a session could not be downloaded.

    Raises:
        ConfigError: Arguments that cannot be used, or instruments that were never loaded.
        ConnectionLost: The sessions kept until then stay.
        StoreError: Nothing to export, or a file in the way.
    """
    return _export(args) if args.action == "export" else _download(args)


def _export(args: argparse.Namespace) -> int:
    """Write ticks into a catalog and say how many."""
    from ib_provider.config import load_settings
    from ib_provider.domain.tick_kind import TickKind
    from ib_provider.usecases.export_nautilus import export_nautilus_ticks

    settings, wanted = load_settings(), wanted_range(args)
    done = export_nautilus_ticks(
        settings.market,
        instruments=known_instruments(args, settings),
        kind=TickKind(args.kind),
        start=wanted.start,
        end=wanted.end,
        rth=not args.all_hours,
        catalog=args.to,
        digits=args.digits,
    )
    for one in done:
        print(f"{one.rows:,} ticks with {one.price_digits} decimals in {one.path}")
        if one.left_out or one.rounded:
            print(f"  {one.left_out:,} left out, {one.rounded:,} price(s) rounded")
    return 0


def _download(args: argparse.Namespace) -> int:
    """Download, and print what came."""
    from ib_provider.config import load_settings
    from ib_provider.usecases.refresh_views import refresh_views

    with showing_progress("ticks") as tell:
        report = asyncio.run(_fetch(args, tell))
    refresh_views(load_settings())
    for name, count in report.ticks.items():
        cut = f", {report.cut[name]} second(s) not whole" if name in report.cut else ""
        print(f"{name}: {count:,} ticks{cut}")
    print(f"{report.requests} request(s), {len(report.covered)} series had nothing missing")
    for name, why in report.failed.items():
        print(f"FAILED {name}: {why}")
    return 1 if report.failed else 0


async def _fetch(args: argparse.Namespace, tell: Progress) -> TicksReport:
    from ib_provider.config import load_settings
    from ib_provider.domain.tick_kind import TickKind
    from ib_provider.store.tick_store import TickStore
    from ib_provider.usecases.fetch_series import sharing_session
    from ib_provider.usecases.fetch_ticks import fetch_ticks

    settings, sessions = load_settings(), gateway_sessions(args)
    instruments = known_instruments(args, settings)
    async with sharing_session(lambda: sessions.open(lease_wait_s=_LEASE_WAIT_S)) as connect:
        now = None
        if args.end is None:
            async with connect() as client:
                now = await client.current_time()
        wanted = wanted_range(args, now=now)
        return await fetch_ticks(
            connect,
            store=TickStore(settings.market),
            instruments=instruments,
            kind=TickKind(args.kind),
            start=wanted.start,
            end=wanted.end,
            rth=not args.all_hours,
            progress=tell,
        )
