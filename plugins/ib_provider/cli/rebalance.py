# SPDX-License-Identifier: Apache-2.0
"""``ib-provider rebalance``: show a plan, send it, see what became of it, cancel what works.

Exit codes of ``plan``: 0 it passes the limits; 3 a limit refuses it, and each is named. Of
``status``: 0 every order is done; 3 one is not, or was refused. The others: see
``rebalance_orders``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ib_provider.cli.gateway_options import add_gateway_options, new_client, tell
from ib_provider.cli.rebalance_orders import (
    add_cancel,
    add_resolve,
    add_submit,
    cancel,
    find_plan,
    resolve,
    submit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ib_provider.domain.portfolio import OrderPlan, Portfolio
    from ib_provider.domain.rebalance_report import LegReport, RebalanceReport

__all__ = ["add_arguments", "run"]

_REFUSED: Final = 3
_FORMATS: Final = ("table", "json", "svg", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.description = (
        "Show what a rebalance would do, send its orders, show what became of them, cancel them. "
        "Exit code 3: a limit refuses the plan, or an order is not done; 4: look at the broker."
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    plan = actions.add_parser("plan", help="decide the trades of a portfolio and show them")
    plan.add_argument("portfolio", help="a file's stem under include/portfolios")
    plan.add_argument("--limits", required=True, help="a file's stem under include/limits")
    plan.add_argument("--account", default=None, help="default: the login's only one")
    plan.add_argument("--key", default=None, help="what it is for; default: New York's session")
    plan.add_argument("--targets", type=Path, help="a JSON file, for a file with targets: given")
    plan.add_argument("--keep", action="store_true", help="keep the plan under its key")
    _add_output(plan)
    add_gateway_options(plan)
    add_submit(actions)
    status = actions.add_parser("status", help="show a kept plan and what became of its orders")
    status.add_argument("plan_id", nargs="?", help="its first characters; default: the latest")
    _add_output(status)
    add_cancel(actions)
    add_resolve(actions)


def _add_output(action: argparse.ArgumentParser) -> None:
    action.add_argument("--format", choices=_FORMATS, default="table", help="default %(default)s")
    action.add_argument("--out", type=Path, help="write to this file; default: print")


def run(args: argparse.Namespace) -> int:
    """Do one action and return its exit code.

    Raises:
        ConfigError: The portfolio, the limits or the targets, every problem at once; or there is
            no such plan.
        WrongAccount: The login does not hold the account.
    """
    acts = {
        "plan": _plan,
        "submit": submit,
        "status": _status,
        "cancel": cancel,
        "resolve": resolve,
    }
    return acts[args.action](args)


def _plan(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.errors import LimitBreached
    from ib_provider.usecases.rebalance_report import report_of_plan
    from ib_provider.usecases.resolve_portfolio import resolve_portfolio

    targets = None if args.targets is None else _read_targets(args.targets)
    portfolio = resolve_portfolio(load_settings(), args.portfolio, targets=targets)
    try:
        plan = asyncio.run(_decide(args, portfolio))
    except LimitBreached as error:
        for breach in error.breaches:
            print(breach, file=sys.stderr)
        print(f"refused: {len(error.breaches)} breach(es)", file=sys.stderr)
        return _REFUSED
    _show(args, report_of_plan(plan))
    if args.keep:
        tell(f"kept: `rebalance submit {plan.plan_id[:12]} --limits {args.limits}` sends it")
    return 0


async def _decide(args: argparse.Namespace, portfolio: Portfolio) -> OrderPlan:
    from datetime import UTC, datetime

    from ib_provider.config import load_settings
    from ib_provider.errors import WrongAccount
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.store.instrument_store import InstrumentStore
    from ib_provider.symbology.sessions import session_of
    from ib_provider.usecases.plan_rebalance import plan_rebalance
    from ib_provider.usecases.read_yaml import read_limits

    settings = load_settings()
    limits = read_limits(settings.include, args.limits)
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        async with new_client(args) as client:
            managed = client.managed_accounts
            if args.account is None and len(managed) != 1:
                raise WrongAccount("", managed, "the login holds several accounts: name one")
            return await plan_rebalance(
                client,
                ledger=ledger,
                store=InstrumentStore(settings.market),
                portfolio=portfolio,
                limits=limits,
                account=args.account or managed[0],
                # As a scheduled run of this day has it: the two are one rebalance.
                key=args.key or session_of("NYSE", datetime.now(UTC)).isoformat(),
                keep=args.keep,
                progress=tell,
            )


def _status(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.report_rebalance import kept_report

    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        report = kept_report(settings, ledger, find_plan(ledger, args.plan_id).plan_id)
    _show(args, report)
    if args.format == "table":
        for leg in report.legs:
            price = "" if leg.avg_price is None else f" at {leg.avg_price:f}"
            print(f"{leg.leg.order_ref}: {_order(leg)}: {leg.state}, {leg.filled:f} filled{price}")
    return 0 if all(leg.state == "filled" for leg in report.entries) else _REFUSED


def _order(leg: LegReport) -> str:
    from ib_provider.rebalance.plan_table import exit_text

    if leg.leg.is_exit:
        return exit_text(leg.leg)
    return f"{leg.leg.side} {leg.leg.quantity:f} {leg.leg.instrument_id}"


def _read_targets(path: Path) -> Mapping[str, Any] | None:
    from ib_provider.errors import ConfigError
    from ib_provider.usecases.resolve_portfolio import read_given

    try:
        return read_given(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"cannot be read: {error}"]) from error


def _show(args: argparse.Namespace, report: RebalanceReport) -> None:
    import json

    from ib_provider.domain.plan_document import plan_to_document
    from ib_provider.errors import ConfigError
    from ib_provider.pages.rebalance_page import rebalance_page
    from ib_provider.rebalance.drift_picture import drift_picture
    from ib_provider.rebalance.plan_table import plan_lines

    plan = report.plan
    if args.format == "json":
        text = json.dumps(plan_to_document(plan), indent=2, ensure_ascii=False) + "\n"
    elif args.format == "svg":
        text = drift_picture(plan)
    elif args.format == "html":
        text = rebalance_page(report, is_file=True)
    else:
        text = "\n".join(plan_lines(plan)) + "\n"
    if args.out is None:
        sys.stdout.write(text)
    else:
        try:
            args.out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(str(args.out), [f"cannot be written: {error}"]) from error
        print(f"{args.out}: {args.format} of plan {plan.plan_id[:12]}")
