# SPDX-License-Identifier: Apache-2.0
"""``ib-provider chains``: which futures and options there are."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ib_provider.cli.gateway_options import (
    add_gateway_options,
    endpoint_of,
    hours,
    number,
    print_document,
    print_failures,
    tell,
    whole,
)

if TYPE_CHECKING:
    from ib_provider.client.ib_client import IbClient
    from ib_provider.domain.chain_report import ChainReport, ChainsReport
    from ib_provider.store.instrument_store import InstrumentStore

    Loader = Callable[[IbClient, InstrumentStore, str], Awaitable[tuple[ChainReport, ...]]]

__all__ = ["add_arguments", "run"]

_FUTURES: Final = """\
Load the months of futures, and roll calendars of the continuous ones.

One message a root brings every month. Days to expiry are counted to the last day of trading, both
bounds inclusive; 0 is what stops trading today.
"""
_FUTURES_END: Final = """\
examples:
  ib-provider chains futures ES.CME CL.NYMEX --max-days 400
  ib-provider chains futures ES.CME --roll-days 8 --roll-months HMUZ

exit code: 0 every chain is in the store, 1 one is not (named on stderr), 2 used wrongly
"""
_OPTIONS: Final = """\
Load options of stocks and indices, or on futures (ES.CME: on every month the window may reach).

One message an expiration. Strikes that an expiration does not have are remembered, and what was
asked about within --max-age hours costs no message.
"""
_OPTIONS_END: Final = """\
examples:
  ib-provider chains options AAPL.NASDAQ --max-days 30 --around 10
  ib-provider chains options ^SPX.CBOE --class SPXW --min-strike 5000 --max-strike 5500 --right P
  ib-provider chains options ES.CME --min-moneyness 0.95 --max-moneyness 1.05 --price 5600

exit code: 0 every chain is in the store, 1 one is not (named on stderr), 2 used wrongly
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``futures`` and ``options``."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    futures = _action(actions, "futures", "load months of futures", _FUTURES, _FUTURES_END)
    futures.add_argument("names", nargs="+", metavar="ROOT", help="a continuous future, ES.CME")
    _add_window(futures, max_days=None)
    futures.add_argument(
        "--include-expired",
        action="store_true",
        help="also months that no longer trade; say --min-days -730 as well",
    )
    futures.add_argument(
        "--roll-days", type=whole, help="keep a roll calendar: roll so many days before expiry"
    )
    futures.add_argument("--roll-months", default="", help="letters of its months, HMUZ")
    add_gateway_options(futures)
    options = _action(actions, "options", "load options", _OPTIONS, _OPTIONS_END)
    options.add_argument("names", nargs="+", metavar="UNDERLYING", help="an instrument id")
    _add_window(options, max_days=60)
    options.add_argument("--min-strike", type=number, help="inclusive")
    options.add_argument("--max-strike", type=number, help="inclusive")
    options.add_argument("--around", type=whole, help="strikes on each side of the money")
    options.add_argument("--min-moneyness", type=number, help="lowest strike over price, 0.9")
    options.add_argument("--max-moneyness", type=number, help="highest strike over price, 1.1")
    options.add_argument("--right", action="append", choices=("C", "P"), help="default both")
    options.add_argument(
        "--class", dest="classes", action="append", default=[], help="trading class, SPXW"
    )
    options.add_argument("--exchange", default="", help="default SMART, or the only one")
    options.add_argument("--price", type=number, help="of the underlying; default: ask for it")
    options.add_argument(
        "--max-age",
        type=hours,
        default=timedelta(hours=20),
        metavar="HOURS",
        help="how old an answer may be, default 20; 0 asks again",
    )
    add_gateway_options(options)


def run(args: argparse.Namespace) -> int:
    """Load the chains and return the exit code.

    Raises:
        ConfigError: An argument cannot be.
        GatewayNotReady, ConnectionLost: What was answered until then is kept.
    """
    loader = _futures(args) if args.action == "futures" else _options(args)
    report = asyncio.run(_ask(args, loader))
    if args.json:
        print_document(report.as_document())
    else:
        for each in report.reports:
            print(
                f"{each.underlying_id:<24} {len(each.instruments):>6,} wanted  {each.new:>6,} new"
                f"  {each.absent:>6,} absent  {each.requests:>4,} messages"
            )
        for name in report.instruments if args.ids else ():
            print(name)
    print_failures(report.failed)
    return 1 if report.failed else 0


def _futures(args: argparse.Namespace) -> Loader:
    from ib_provider.domain.option_chain import DaysWindow
    from ib_provider.domain.roll_rule import RollRule
    from ib_provider.errors import ConfigError
    from ib_provider.usecases.load_futures_chain import load_futures_chain

    window = DaysWindow(min_days=args.min_days, max_days=args.max_days)
    if args.roll_months and args.roll_days is None:
        raise ConfigError("chains futures", ["--roll-months: say --roll-days as well"])
    roll = None
    if args.roll_days is not None:
        roll = RollRule(days_before=args.roll_days, months=args.roll_months)

    async def load(client: IbClient, store: InstrumentStore, name: str) -> tuple[ChainReport, ...]:
        report = await load_futures_chain(
            client,
            store=store,
            root=name,
            window=window,
            roll=roll,
            include_expired=args.include_expired,
            progress=tell,
        )
        return (report,)

    return load


def _options(args: argparse.Namespace) -> Loader:
    from ib_provider.domain.option_chain import DaysWindow, OptionWish
    from ib_provider.usecases.load_option_chains import load_option_chains

    wish = OptionWish(
        window=DaysWindow(min_days=args.min_days, max_days=args.max_days),
        min_strike=args.min_strike,
        max_strike=args.max_strike,
        around=args.around,
        min_moneyness=args.min_moneyness,
        max_moneyness=args.max_moneyness,
        rights=frozenset(args.right or ("C", "P")),
        trading_classes=frozenset(args.classes),
        exchange=args.exchange,
    )

    async def load(client: IbClient, store: InstrumentStore, name: str) -> tuple[ChainReport, ...]:
        return await load_option_chains(
            client,
            store=store,
            underlying=name,
            wish=wish,
            price=args.price,
            max_age=args.max_age,
            progress=tell,
        )

    return load


async def _ask(args: argparse.Namespace, loader: Loader) -> ChainsReport:
    from ib_provider.client.ib_client import IbClient
    from ib_provider.config import load_settings
    from ib_provider.store.catalog import ensure_catalog
    from ib_provider.store.instrument_store import InstrumentStore
    from ib_provider.usecases.load_chains import load_chains

    market = load_settings().market
    async with IbClient(endpoint_of(args)) as client:
        report = await load_chains(
            args.names,
            lambda name: loader(client, InstrumentStore(market), name),
            progress=tell,
        )
    ensure_catalog(market)
    return report


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    description: str,
    epilog: str,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=help_text,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--ids", action="store_true", help="print the id of each contract")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _add_window(parser: argparse.ArgumentParser, *, max_days: int | None) -> None:
    parser.add_argument(
        "--min-days", type=whole, default=0, help="fewest days to expiry, default %(default)s"
    )
    parser.add_argument(
        "--max-days",
        type=whole,
        default=max_days,
        help="most days to expiry, " + (f"default {max_days}" if max_days else "default no bound"),
    )
