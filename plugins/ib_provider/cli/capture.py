# SPDX-License-Identifier: Apache-2.0
"""``ib-provider capture``: record live data of instruments until a time."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ib_provider.cli.gateway_options import add_gateway_options, new_client
from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from ib_provider.domain.stream_wish import StreamWish
    from ib_provider.usecases.capture_streams import CaptureReport

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to record, of what, and until when."""
    parser.add_argument(
        "instruments", nargs="+", help="ids such as AAPL.NASDAQ, loaded into the store before"
    )
    parser.add_argument(
        "--stream",
        action="append",
        required=True,
        help="trades, bid_ask, quotes, bars:1 min, depth:5 …; repeat for more kinds",
    )
    parser.add_argument(
        "--until",
        required=True,
        help="'90 minutes', '16:05 America/New_York' or an instant, by the gateway's clock",
    )
    parser.add_argument(
        "--flush", type=float, default=5.0, help="seconds a killed capture may lose"
    )
    add_gateway_options(parser)


def run(args: argparse.Namespace) -> int:
    """Record, print what came of each subscription, and return 0; 1 where one failed.

    Raises:
        ConfigError: Arguments that cannot be read, or instruments that were never loaded.
        ConnectionLost: No session came about.
    """
    wishes, until = _parse(args)
    report = asyncio.run(_capture(args, wishes, until))
    for one in report.streams:
        line = f"{one.item}: {one.received:,} values"
        if one.expected is not None:
            line += f", {one.expected} bars expected, {one.backfilled} from history"
        line += f", {len(one.gaps)} gap(s)"
        print(f"{line}; FAILED: {one.error}" if one.error else line)
    return 1 if report.failed else 0


def _parse(
    args: argparse.Namespace,
) -> tuple[list[StreamWish], Callable[[datetime], datetime]]:
    from ib_provider.domain.stream_wish import parse_stream_wish
    from ib_provider.domain.window_end import parse_window_end

    try:
        return [parse_stream_wish(text) for text in args.stream], parse_window_end(args.until)
    except ValueError as error:
        raise ConfigError("capture", [str(error)]) from None


async def _capture(
    args: argparse.Namespace,
    wishes: list[StreamWish],
    until: Callable[[datetime], datetime],
) -> CaptureReport:
    from datetime import UTC, datetime

    from ib_provider.config import load_settings
    from ib_provider.store.part_store import PartStore
    from ib_provider.usecases.capture_streams import CaptureItem, capture_streams
    from ib_provider.usecases.find_instruments import find_instruments
    from ib_provider.usecases.refresh_views import refresh_views

    settings = load_settings()
    report = await capture_streams(
        lambda: new_client(args),
        store=PartStore(settings.market),
        items=[
            CaptureItem(instrument=instrument, wish=wish)
            for instrument in find_instruments(settings.market, args.instruments)
            for wish in wishes
        ],
        until=until,
        capture=f"terminal-{datetime.now(UTC):%Y%m%dT%H%M%S}",
        flush_s=args.flush,
        progress=print,
    )
    refresh_views(settings)
    return report
