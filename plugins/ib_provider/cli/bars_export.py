# SPDX-License-Identifier: Apache-2.0
"""``ib-provider bars export``: bars of the lake for somebody else. No gateway."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ib_provider.cli.series_arguments import (
    add_instrument_arguments,
    add_spec_arguments,
    known_instruments,
    session_or_instant,
    wanted_specs,
)
from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from ib_provider.config import Settings
    from ib_provider.store.bar_selection import BarSelection

__all__ = ["add_export_arguments", "export"]

_VIEWS: Final = ("bars", "bars_raw", "bars_split", "bars_total")
_FORMATS: Final = ("parquet", "csv", "nautilus")


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to export, and into what."""
    add_instrument_arguments(parser)
    add_spec_arguments(parser, several=False)
    parser.add_argument(
        "--view",
        choices=_VIEWS,
        default="bars",
        help="bars as stored (default); bars_raw before splits, bars_split after them, "
        "bars_total with dividends",
    )
    parser.add_argument(
        "--start",
        type=session_or_instant,
        metavar="WHEN",
        help="session, or instant with its zone; inclusive",
    )
    parser.add_argument(
        "--end", type=session_or_instant, metavar="WHEN", help="likewise; exclusive"
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        help="default: what the name of --to ends in; nautilus is a folder, a catalog of "
        "NautilusTrader",
    )
    parser.add_argument(
        "--digits",
        type=int,
        metavar="N",
        help="with --format nautilus: round prices to N decimals; default: as many as they need",
    )
    parser.add_argument("--to", type=Path, required=True, metavar="PATH", help="a file or a folder")


def export(args: argparse.Namespace) -> int:
    """Write bars and say how many."""
    from ib_provider.config import load_settings
    from ib_provider.store.bar_selection import BarSelection

    specs = wanted_specs(args)
    if len(specs) != 1:
        raise ConfigError("arguments", ["--spec: a file holds one kind of bar"])
    if args.digits is not None and args.format != "nautilus":
        raise ConfigError("arguments", ["--digits: only with --format nautilus"])
    settings = load_settings()
    wanted = BarSelection(
        ids=[item.instrument_id for item in known_instruments(args, settings)],
        spec=specs[0],
        start=args.start,
        end=args.end,
        view=args.view,
    )
    if args.format == "nautilus":
        return _catalog(args, settings, wanted)
    return _file(args, settings, wanted)


def _file(args: argparse.Namespace, settings: Settings, wanted: BarSelection) -> int:
    from ib_provider.usecases.export_bars import export_bars

    if args.format and args.to.suffix != f".{args.format}":
        raise ConfigError("arguments", [f"--to: {args.to.name} does not end in .{args.format}"])
    done = export_bars(settings.market, wanted, path=args.to)
    print(f"{done.rows:,} bars in {done.path}")
    return 0


def _catalog(args: argparse.Namespace, settings: Settings, wanted: BarSelection) -> int:
    from ib_provider.usecases.export_nautilus import export_nautilus

    done = export_nautilus(
        settings.market,
        wanted,
        instruments=known_instruments(args, settings),
        catalog=args.to,
        digits=args.digits,
    )
    for one in done:
        print(f"{one.rows:,} bars with {one.price_digits} decimals in {one.path}")
        if one.rounded:
            print(f"  {one.rounded:,} price(s) were rounded")
    return 0
