# SPDX-License-Identifier: Apache-2.0
"""``ib-provider simulator``: run a simulated IB Gateway in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import signal
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ib_provider.simulator import SimulatorOptions

__all__ = ["add_arguments", "options_of", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command ``simulator``."""
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=4002, help="0 takes a free port (default: %(default)s)")
    add("--clock", metavar="ISO", help="simulated now, such as 2013-03-04T10:00:00-05:00")
    add("--speed", type=float, default=1.0, help="simulated seconds a real second")
    add("--account", default="DU1000001", help="the paper account (default: %(default)s)")
    add("--cash", type=_decimal, default=Decimal(1_000_000), help="USD at the very first start")
    add("--position", action="append", default=[], type=_position, metavar="SYMBOL=SHARES",
        help="a holding at the very first start; may be repeated")  # fmt: skip
    add("--state", type=Path, metavar="PATH", help="JSON file that survives restarts")
    add("--journal", type=Path, metavar="PATH", help="append a JSON line for every order received")
    add("--max-server-version", type=int, help="newest protocol version to speak")
    add("--seed", type=int, default=1, help="of generated minutes and quotes")
    add("--answer-delay", type=float, default=0.0, metavar="MS",
        help="milliseconds before each historical answer")  # fmt: skip
    add("--fill-delay", type=float, default=0.05, metavar="S",
        help="seconds before an order may fill, and between partial fills")  # fmt: skip
    add("--silent", action="store_true", help="accept connections and never answer")


def options_of(args: argparse.Namespace) -> SimulatorOptions:
    """Return the gateway's options as the command line said them."""
    from ib_provider.simulator import SimulatorOptions

    given = {"clock": args.clock, "max_server_version": args.max_server_version}
    return SimulatorOptions(
        host=args.host,
        port=args.port,
        speed=args.speed,
        account=args.account,
        cash=args.cash,
        positions=dict(args.position),
        state_file=args.state,
        journal=args.journal,
        seed=args.seed,
        answer_delay_s=args.answer_delay / 1000,
        fill_delay_s=args.fill_delay,
        silent=args.silent,
        **{name: value for name, value in given.items() if value is not None},
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM, and return 0.

    Raises:
        ConfigError: Options, port, state file or market data that cannot be used.
    """
    asyncio.run(_serve(options_of(args)))
    return 0


async def _serve(options: SimulatorOptions) -> None:
    from ib_provider.simulator import SimulatedGateway

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with SimulatedGateway(options) as gateway:
        print(gateway.announcement, flush=True)
        stopped = asyncio.create_task(stop.wait())
        served = asyncio.create_task(gateway.run())
        done, _ = await asyncio.wait({stopped, served}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if served in done:
            served.result()


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount") from None


def _position(text: str) -> tuple[str, Decimal]:
    symbol, _, shares = text.partition("=")
    if not symbol or not shares:
        raise argparse.ArgumentTypeError(f"{text!r} is not SYMBOL=SHARES")
    return symbol, _decimal(shares)
