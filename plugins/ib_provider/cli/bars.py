# SPDX-License-Identifier: Apache-2.0
"""``ib-provider bars``: years of clean bars from a terminal, without Airflow."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from ib_provider.cli import bars_download, bars_export, bars_report
from ib_provider.cli.gateway_options import add_gateway_options
from ib_provider.cli.series_arguments import (
    add_instrument_arguments,
    add_range_arguments,
    add_spec_arguments,
)

__all__ = ["add_arguments", "run"]

_EPILOG: Final = """\
A kind of bar is STEP-UNIT-KIND: 1-DAY-LAST, 30-MINUTE-MID, 1-HOUR-BID_ASK, 1-DAY-ADJUSTED.
A range is of sessions, exchange-local, its end exclusive. Whatever is stored is not asked for
again, so any command can be stopped with Ctrl-C and given again.

examples:
  What would it take?
    ib-provider bars plan --universe demo --spec 1-DAY-LAST --spec 1-HOUR-LAST --last 2y

  Download, judge and publish; load instruments that are not known yet:
    ib-provider bars fetch AAPL.NASDAQ IBM.NYSE --start 2012-01-01 --end 2013-01-01

  What is there, and what is missing?
    ib-provider bars coverage AAPL.NASDAQ
    ib-provider bars gaps AAPL.NASDAQ --spec 1-MINUTE-LAST --last 1m

  A file for somebody else:
    ib-provider bars export AAPL.NASDAQ --view bars_total --start 2012-01-01 --to apple.parquet

  A catalog for NautilusTrader:
    ib-provider bars export AAPL.NASDAQ --spec 1-MINUTE-LAST --format nautilus --to catalog

exit codes:
  0  done; for gaps and verify: nothing is wrong
  1  something failed, is missing, is broken, or waits in quarantine; named
  2  used wrongly
"""

_ACTIONS: Final[dict[str, tuple[str, Callable[[argparse.Namespace], int]]]] = {
    "plan": ("say what a download would ask for and how long it takes", bars_download.plan),
    "fetch": ("download what is missing, judge it, publish what is sound", bars_download.fetch),
    "coverage": ("say what is known of each series: data, empty, unknown", bars_report.coverage),
    "gaps": ("list what is missing inside sessions; exit 1 if anything is", bars_report.gaps),
    "verify": (
        "look through all that is published; exit 1 on a critical finding",
        bars_report.verify,
    ),
    "export": (
        "write bars of a view into a Parquet or CSV file, or a NautilusTrader catalog",
        bars_export.export,
    ),
    "quarantine": ("list, accept or discard bars that were refused", bars_report.quarantine),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    made = {
        name: actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        for name, (text, _) in _ACTIONS.items()
    }
    for name in ("plan", "fetch", "gaps"):
        add_instrument_arguments(made[name])
        add_spec_arguments(made[name])
        add_range_arguments(made[name])
    bars_download.add_fetch_arguments(made["fetch"])
    add_gateway_options(made["fetch"])
    add_instrument_arguments(made["coverage"])
    bars_report.add_verify_arguments(made["verify"])
    bars_export.add_export_arguments(made["export"])
    bars_report.add_quarantine_arguments(made["quarantine"])


def run(args: argparse.Namespace) -> int:
    """Do one action and return its exit code.

    Raises:
        ConfigError: Arguments or files that cannot be used.
        IbProviderError: The gateway, the ledger or the store failed.
    """
    return _ACTIONS[args.action][1](args)
