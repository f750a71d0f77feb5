# SPDX-License-Identifier: Apache-2.0
"""The console script ``ib-provider``: one subcommand a module, imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Final

from ib_provider import __version__
from ib_provider.errors import ConfigError, IbProviderError

__all__ = ["main"]

#: Subcommand → module with ``add_arguments(parser)`` and ``run(args) -> int``, and its help.
_COMMANDS: Final = {
    "account": ("ib_provider.cli.account", "show or keep what the accounts hold and are worth"),
    "bars": ("ib_provider.cli.bars", "plan, download, check and export historical bars"),
    "capture": ("ib_provider.cli.capture", "record live data until a time"),
    "chains": ("ib_provider.cli.chains", "load chains of futures and options"),
    "demo": ("ib_provider.cli.demo", "run the whole pipeline once on a simulated gateway"),
    "futures": ("ib_provider.cli.futures", "stitch contracts into one series; keep open interest"),
    "gateway": (
        "ib_provider.cli.gateway",
        "start, watch and stop IB Gateway in a container; ask any gateway",
    ),
    "kill": ("ib_provider.cli.kill", "stop trading, see what stops it, lift it"),
    "lake": ("ib_provider.cli.lake", "mirror the market tree to an object store, or restore it"),
    "rebalance": ("ib_provider.cli.rebalance", "plan, send, follow and cancel a rebalance"),
    "instruments": ("ib_provider.cli.instruments", "find, load, list and show instruments"),
    "simulator": ("ib_provider.cli.simulator", "serve a simulated IB Gateway"),
    "ticks": ("ib_provider.cli.ticks", "download past ticks"),
    "unlock": ("ib_provider.cli.unlock", "let an instrument trade that a difference has locked"),
    "up": ("ib_provider.cli.up", "start the simulated gateway and Airflow, in the foreground"),
    "down": ("ib_provider.cli.down", "stop what a lost `up` left running"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 done, 1 failed, 2 used wrongly."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="ib-provider", description=_describe())
    parser.add_argument("--version", action="version", version=f"ib-provider {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, (module_name, help_text) in _COMMANDS.items():
        subparser = subparsers.add_parser(name, help=help_text, description=help_text)
        if arguments[:1] == [name]:
            importlib.import_module(module_name).add_arguments(subparser)
    args = parser.parse_args(arguments)
    try:
        return int(importlib.import_module(_COMMANDS[args.command][0]).run(args))
    except ConfigError as error:
        print(f"ib-provider {args.command}: {error}", file=sys.stderr)
        return 2
    except IbProviderError as error:
        print(f"ib-provider {args.command}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _describe() -> str:
    return (
        "Interactive Brokers for Apache Airflow, from a terminal. State is kept under "
        "IB_PROVIDER_HOME (default: var)."
    )


if __name__ == "__main__":
    sys.exit(main())
