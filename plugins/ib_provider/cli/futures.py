# SPDX-License-Identifier: Apache-2.0
"""``ib-provider futures``: continuous series of the contracts of futures, and what rolls need."""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import TYPE_CHECKING, Final

from ib_provider.cli.gateway_options import add_gateway_options, new_client, print_failures, tell
from ib_provider.cli.series_arguments import add_spec_arguments, wanted_specs

if TYPE_CHECKING:
    from ib_provider.usecases.keep_open_interest import InterestReport

__all__ = ["add_arguments", "run"]

_INTEREST: Final = """\
IB tells today's number only: a day on which nobody asks is lost, and a roll by open interest that
depends on it is refused. Load the months first: ib-provider chains futures ES.CME

example:
  ib-provider futures interest ES.CME CL.NYMEX --nearest 3

exit codes:
  0  kept    1  a contract has none (named), or the gateway failed    2  used wrongly
"""
_EPILOG: Final = """\
The contracts are those in the store with this root and venue; their daily bars say when to roll.
They stay as they are: the series is derived, lies in the view continuous_bars beside its rolls,
and can be made again at any time.

example:
  ib-provider futures stitch ES.CME --spec 1-HOUR-LAST --all-hours --rule volume --adjust ratio

exit codes:
  0  done    1  the store failed, or open interest is missing; named
  2  used wrongly, or bars or expiries are missing; named
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``stitch`` and ``interest``."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    text = "stitch the contracts of a future, back-adjusted, with a log of the rolls"
    stitch = actions.add_parser(
        "stitch",
        help=text,
        description=text,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stitch.add_argument("continuous_id", metavar="ID", help="root and venue, such as ES.CME")
    stitch.add_argument("--contract", action="append", default=[], metavar="ID",
        help="only these contracts; may be repeated; default: all in the store")  # fmt: skip
    stitch.add_argument("--rule", choices=("calendar", "volume", "open_interest"), default="volume",
        help="what decides on the day of a roll; default %(default)s")  # fmt: skip
    stitch.add_argument("--adjust", choices=("none", "difference", "ratio"), default="ratio",
        help="what a roll does to the prices before it; default %(default)s")  # fmt: skip
    stitch.add_argument("--sessions-before", type=int, default=5, metavar="N",
        help="leave a contract so many sessions before its last; default %(default)s")  # fmt: skip
    stitch.add_argument("--months", default="", help="letters of the months that take part, HMUZ")
    add_spec_arguments(stitch)
    text = "keep today's open interest of the nearest months of futures"
    interest = actions.add_parser(
        "interest",
        help=text,
        description=text,
        epilog=_INTEREST,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    interest.add_argument("names", nargs="+", metavar="ROOT", help="root and venue, ES.CME")
    interest.add_argument("--nearest", type=int, default=4, metavar="N",
        help="how many months of each; default %(default)s")  # fmt: skip
    add_gateway_options(interest)


def run(args: argparse.Namespace) -> int:
    """Do one action and return the exit code.

    Raises:
        ConfigError: No contract is known, one has no bars or no expiry, or a gap cannot be told.
        OpenInterestUnknown: A roll depends on a day of which it was not kept.
    """
    return _interest(args) if args.action == "interest" else _stitch(args)


def _interest(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.usecases.refresh_views import refresh_views

    report = asyncio.run(_keep(args))
    refresh_views(load_settings())
    for name, value in sorted(report.kept.items()):
        print(f"{name:<24} {value.session} {value.open_interest:>14,}")
    print_failures(report.failed)
    return 1 if report.failed else 0


async def _keep(args: argparse.Namespace) -> InterestReport:
    from ib_provider.config import load_settings
    from ib_provider.store.open_interest_store import OpenInterestStore
    from ib_provider.usecases.find_contracts import find_contracts
    from ib_provider.usecases.keep_open_interest import keep_open_interest

    market = load_settings().market
    chains = [find_contracts(market, name) for name in args.names]
    async with new_client(args) as client:
        return await keep_open_interest(
            client,
            store=OpenInterestStore(market),
            chains=chains,
            capture=f"cli-{time.time_ns()}",
            nearest=args.nearest,
            progress=tell,
        )


def _stitch(args: argparse.Namespace) -> int:
    """Stitch each kind of bar, print its rolls, and return 0."""
    from ib_provider.config import load_settings
    from ib_provider.domain.roll_rule import RollBasis, RollRule
    from ib_provider.store.bar_store import BarStore
    from ib_provider.usecases.find_contracts import find_contracts
    from ib_provider.usecases.refresh_views import refresh_views
    from ib_provider.usecases.stitch_future import Adjustment, stitch_future

    settings = load_settings()
    rule = RollRule(
        basis=RollBasis(args.rule), sessions_before=args.sessions_before, months=args.months
    )
    contracts = find_contracts(settings.market, args.continuous_id, args.contract)
    for spec in wanted_specs(args):
        report = stitch_future(
            bars=BarStore(settings.market),
            continuous_id=args.continuous_id,
            contracts=contracts,
            spec=spec,
            rule=rule,
            adjustment=Adjustment(args.adjust),
        )
        print(f"{report.key}: {report.rows:,} bars of {len(contracts)} contract(s)")
        for roll in report.rolls:
            aligned = "" if roll.aligned else f", priced on {roll.priced_on}"
            print(f"  {roll.session}  {roll.from_id} to {roll.to_id}  "
                  f"difference {roll.difference:g}{aligned}")  # fmt: skip
    refresh_views(settings)
    return 0
