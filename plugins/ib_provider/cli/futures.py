# SPDX-License-Identifier: Apache-2.0
"""``ib-provider futures``: one continuous series of the contracts of a future."""

from __future__ import annotations

import argparse
from typing import Final

from ib_provider.cli.series_arguments import add_spec_arguments, wanted_specs

__all__ = ["add_arguments", "run"]

_EPILOG: Final = """\
The contracts are those in the store with this root and venue; their daily bars say when to roll.
They stay as they are: the series is derived, lies in the view continuous_bars beside its rolls,
and can be made again at any time.

example:
  ib-provider futures stitch ES.CME --spec 1-HOUR-LAST --all-hours --rule volume --adjust ratio

exit codes:
  0  done    1  the store failed    2  used wrongly, or bars or expiries are missing; named
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the one action."""
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
    stitch.add_argument("--rule", choices=("calendar", "volume"), default="volume",
        help="what decides on the day of a roll; default %(default)s")  # fmt: skip
    stitch.add_argument("--adjust", choices=("none", "difference", "ratio"), default="ratio",
        help="what a roll does to the prices before it; default %(default)s")  # fmt: skip
    stitch.add_argument("--sessions-before", type=int, default=5, metavar="N",
        help="leave a contract so many sessions before its last; default %(default)s")  # fmt: skip
    add_spec_arguments(stitch)


def run(args: argparse.Namespace) -> int:
    """Stitch each kind of bar, print its rolls, and return 0.

    Raises:
        ConfigError: No contract is known, one has no bars or no expiry, or a gap cannot be told.
    """
    from ib_provider.config import load_settings
    from ib_provider.domain.rolls import RollRule
    from ib_provider.store.bar_store import BarStore
    from ib_provider.usecases.find_contracts import find_contracts
    from ib_provider.usecases.refresh_views import refresh_views
    from ib_provider.usecases.stitch_future import Adjustment, stitch_future

    settings = load_settings()
    contracts = find_contracts(settings.market, args.continuous_id, args.contract)
    for spec in wanted_specs(args):
        report = stitch_future(
            bars=BarStore(settings.market),
            continuous_id=args.continuous_id,
            contracts=contracts,
            spec=spec,
            rule=RollRule(args.rule),
            adjustment=Adjustment(args.adjust),
            sessions_before=args.sessions_before,
        )
        print(f"{report.key}: {report.rows:,} bars of {len(contracts)} contract(s)")
        for roll in report.rolls:
            aligned = "" if roll.aligned else f", priced on {roll.priced_on}"
            print(f"  {roll.session}  {roll.from_id} to {roll.to_id}  "
                  f"difference {roll.difference:g}{aligned}")  # fmt: skip
    refresh_views(settings)
    return 0
