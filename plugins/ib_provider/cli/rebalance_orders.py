# SPDX-License-Identifier: Apache-2.0
"""``ib-provider rebalance submit``, ``cancel``, ``resolve``: a plan's orders, from a terminal.

Rules:
    - What is sent was made and kept before, and is shown again here. Who sends it names the plan's
      own id: that is the approval, and it is kept as one. Limits, locks, kill switch and the age of
      the plan are asked as for a task of Airflow's; so is the broker before anything goes twice.
    - A cancel takes the account's lock: nothing is sent meanwhile. Where somebody sends just now,
      ``ib-provider kill`` stops him.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from typing import TYPE_CHECKING, Final

from ib_provider.cli.gateway_options import add_gateway_options, new_client, number, tell

if TYPE_CHECKING:
    from ib_provider.client.ib_client import IbClient
    from ib_provider.config import Settings
    from ib_provider.domain.approval import Approval
    from ib_provider.domain.portfolio import Limits, OrderPlan
    from ib_provider.ledger.intent import Intent
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.cancel_orders import CancelReport
    from ib_provider.usecases.submit_plan import SubmitReport

__all__ = [
    "add_cancel",
    "add_resolve",
    "add_submit",
    "cancel",
    "find_plan",
    "resolve",
    "submit",
]

_REFUSED: Final = 3
_LEFT: Final = 4
#: Fewer characters of an id are typed by accident.
_LEAST: Final = 8


def add_submit(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare what sends a plan's orders."""
    text = (
        "Send the orders of a kept plan, each once, wave by wave, and wait for them. Run again it "
        "sends what is not out yet. Exit code 0: all are out; 3: some are not, and why; 4: nobody "
        "knows whether an order is at the broker."
    )
    action = actions.add_parser("submit", help="send a kept plan's orders", description=text)
    action.add_argument("plan_id", help="its first characters, as `plan --keep` and `status` say")
    action.add_argument("--limits", required=True, help="a file's stem under include/limits")
    action.add_argument(
        "--mode", choices=("paper", "live"), default="paper", help="default %(default)s"
    )
    action.add_argument(
        "--confirm",
        metavar="ID",
        help=f"the plan's id once more, {_LEAST} characters or more; default: asked for here",
    )
    action.add_argument(
        "--wait",
        type=number,
        default=600,
        metavar="S",
        help="seconds to wait, in all, for orders; default %(default)s. 0 sends what is due now",
    )
    add_gateway_options(action)


def add_cancel(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare what cancels a plan's orders."""
    text = (
        "Cancel what still works of a plan's orders. What was filled stays filled, and nothing "
        "more of the plan is sent until a person submits it anew. Exit code 0: none is at work "
        "any more; 4: some are left."
    )
    action = actions.add_parser("cancel", help="cancel a plan's working orders", description=text)
    action.add_argument("plan_id", help="its first characters")
    add_gateway_options(action)


def add_resolve(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare what ends an order that nobody knows of."""
    text = (
        "Say that an order is not at the broker: one of which nobody knew whether it arrived, or "
        "one that the broker has forgotten. The broker is asked once more, and what it knows is "
        "written down instead. The order is then over, never sent again, and its instrument may "
        "be planned anew. Exit code 0: known now."
    )
    action = actions.add_parser("resolve", help="end an order that is nowhere", description=text)
    action.add_argument("order_ref", help="as the error and `status` name it")
    action.add_argument("--why", required=True, help="what was seen at the broker, for the audit")
    action.add_argument("--who", default=None, help="default: the user at this terminal")
    add_gateway_options(action)


def find_plan(ledger: Ledger, prefix: str | None) -> OrderPlan:
    """Return the one plan whose id begins so; the latest where nothing is said.

    Raises:
        ConfigError: There is none, or there are several.
    """
    from ib_provider.errors import ConfigError

    plans = ledger.latest_plans(1 if prefix is None else 1000)
    found = [plan for plan in plans if plan.plan_id.startswith(prefix or "")]
    if not plans:
        raise ConfigError("plan", ["none was kept; `rebalance plan … --keep` keeps one"])
    if len(found) != 1:
        names = ", ".join(plan.plan_id[:12] for plan in (found or plans)[:5])
        said = "several plans begin" if found else "no plan begins"
        raise ConfigError("plan", [f"{said} with {prefix!r}; such as {names}"])
    return found[0]


def submit(args: argparse.Namespace) -> int:
    """Send a plan's orders and return the exit code.

    Raises:
        ConfigError: There is no such plan, its id was not confirmed, or the limits are wrong.
        OrderRejected: The broker refused an order; those after it were not sent.
    """
    from ib_provider.config import load_settings
    from ib_provider.errors import LimitBreached, NotApproved, OrderOutcomeUnknown
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.rebalance.plan_table import plan_lines

    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        plan = find_plan(ledger, args.plan_id)
        limits = _limits(settings, ledger, plan, args.limits)
        for line in plan_lines(plan):
            tell(line)
        _confirm(plan, args.confirm)
        try:
            report = asyncio.run(_send(args, settings, ledger, plan, limits))
        except LimitBreached as error:
            for breach in error.breaches:
                print(breach, file=sys.stderr)
            print(f"refused: {len(error.breaches)} breach(es)", file=sys.stderr)
            return _REFUSED
        except NotApproved as error:
            print(f"refused: {error}", file=sys.stderr)
            return _REFUSED
        except OrderOutcomeUnknown as error:
            print(f"{error}\nlook at the broker before anything else", file=sys.stderr)
            return _LEFT
    print(
        f"plan {plan.plan_id[:12]}: {len(report.sent)} order(s) sent, "
        f"{len(report.adopted)} known before, {len(report.working)} at work"
    )
    if report.is_sent:
        return 0
    print(f"{len(report.later)} order(s) wait for those at work: run this again", file=sys.stderr)
    return _REFUSED


def cancel(args: argparse.Namespace) -> int:
    """Cancel what works of a plan and return the exit code.

    Raises:
        ConfigError: There is no such plan.
        WriteConflict: Somebody is sending orders of this account just now.
        GatewayNotReady, RequestTimeout: What works is not known; nothing was cancelled.
    """
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger

    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        plan = find_plan(ledger, args.plan_id)
        # A task that waits for these orders would send the next ones when they are gone.
        ledger.record_approval(_word(plan, is_approved=False))
        with ledger.hold_account(plan.account):
            report = asyncio.run(_cancel(args, ledger, plan))
        states = {intent.order_ref: intent for intent in ledger.intents(plan.plan_id)}
    for name, intent in states.items():
        print(f"{name}: {intent.state}, {intent.filled:f} filled")
    for name, reason in report.left.items():
        print(f"NOT cancelled: {name}: {reason}", file=sys.stderr)
    at_work = [name for name, intent in states.items() if not intent.state.is_terminal]
    print(f"plan {plan.plan_id[:12]}: {len(report.done)} order(s) ended, {len(at_work)} at work")
    return _LEFT if at_work or report.left else 0


def resolve(args: argparse.Namespace) -> int:
    """End an order that is not at the broker and return the exit code.

    Raises:
        LedgerError: There is no such order, it is known what became of it, or it is at work.
        WrongAccount: The login does not hold its account.
    """
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger

    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        intent = asyncio.run(_resolve(args, ledger))
    print(f"{intent.order_ref}: {intent.state}, {intent.filled:f} filled: {intent.message}")
    return 0


async def _resolve(args: argparse.Namespace, ledger: Ledger) -> Intent:
    from ib_provider.usecases.resolve_order import resolve_order

    async with new_client(args) as client:
        return await resolve_order(
            client,
            ledger=ledger,
            order_ref=args.order_ref,
            who=args.who or getpass.getuser(),
            why=args.why,
        )


def _limits(settings: Settings, ledger: Ledger, plan: OrderPlan, name: str) -> Limits:
    from ib_provider.usecases.read_yaml import read_limits

    override = ledger.find_override(plan.plan_id)
    if override is None:
        return read_limits(settings.include, name)
    tell(f"limits loosened for this plan: {override}")
    return read_limits(settings.include, name, loosened=override.values)


def _confirm(plan: OrderPlan, given: str | None) -> None:
    """Return when a person has named the plan.

    Raises:
        ConfigError: Nobody did, or it is another.
    """
    from ib_provider.errors import ConfigError

    if given is None:
        if not sys.stdin.isatty():
            raise ConfigError("confirm", [f"say --confirm {plan.plan_id[:12]} to send this plan"])
        tell(f"{len(plan.legs)} order(s) for {plan.account}. To send them, type the plan's id:")
        given = sys.stdin.readline().strip()
    if len(given) < _LEAST or not plan.plan_id.startswith(given):
        raise ConfigError(
            "confirm", [f"{given!r} is not the beginning of {plan.plan_id}: nothing was sent"]
        )


def _word(plan: OrderPlan, *, is_approved: bool) -> Approval:
    """Return the word of who sits at this terminal."""
    from datetime import UTC, datetime

    from ib_provider.domain.approval import Approval

    return Approval(
        plan_id=plan.plan_id,
        is_approved=is_approved,
        who=getpass.getuser(),
        at=datetime.now(UTC),
        via="a terminal" if is_approved else "a terminal, which cancelled its orders",
    )


async def _send(
    args: argparse.Namespace, settings: Settings, ledger: Ledger, plan: OrderPlan, limits: Limits
) -> SubmitReport:
    from ib_provider.domain.account import TradingMode
    from ib_provider.store.instrument_store import InstrumentStore
    from ib_provider.usecases.execute_plan import execute_plan
    from ib_provider.usecases.kill_switch import KillSwitch
    from ib_provider.usecases.trading_guard import TradingGuard

    guard = TradingGuard(trading_mode=TradingMode(args.mode), read_only=False, needs_approval=True)
    async with new_client(args) as client:
        guard.admit(plan.account, client.managed_accounts)
        ledger.record_approval(_word(plan, is_approved=True))
        return await execute_plan(
            client,
            ledger=ledger,
            store=InstrumentStore(settings.market),
            plan_id=plan.plan_id,
            limits=limits,
            guard=guard,
            switch=KillSwitch(ledger, settings.kill_file),
            timeout_s=float(args.wait),
            progress=tell,
        )


async def _cancel(args: argparse.Namespace, ledger: Ledger, plan: OrderPlan) -> CancelReport:
    from ib_provider.usecases.broker_truth import read_broker_truth, settle
    from ib_provider.usecases.cancel_orders import cancel_our_orders

    def connect(client_id: int | None) -> IbClient:
        given = args.client_id if client_id is None else client_id
        return new_client(argparse.Namespace(**{**vars(args), "client_id": given}))

    refs = [intent.order_ref for intent in ledger.intents(plan.plan_id)]
    report = await cancel_our_orders(connect, account=plan.account, order_refs=refs, progress=tell)
    async with connect(None) as client:
        settle(ledger, refs, await read_broker_truth(client))
    return report
