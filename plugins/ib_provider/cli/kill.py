# SPDX-License-Identifier: Apache-2.0
"""``ib-provider kill``: stop trading, see what stops it, lift it.

Exit codes: 0 done (``status``: nothing stops trading); 3 trading is stopped; 4 trading is stopped,
and some orders could not be cancelled: they are named.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
from typing import TYPE_CHECKING, Final

from ib_provider.cli.gateway_options import add_gateway_options, new_client

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ib_provider.client.ib_client import IbClient
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.cancel_orders import CancelReport
    from ib_provider.usecases.kill_switch import KillSwitch

__all__ = ["add_arguments", "run"]

_STOPPED: Final = 3
_LEFT: Final = 4
_EVERY: Final = "*"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.description = (
        "Stop trading in three levels, from the ledger and a file under IB_PROVIDER_HOME. "
        "Exit code 0: done, or nothing stops trading; 3: it is stopped (status); "
        "4: orders are left."
    )
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    stop = _action(
        actions,
        "stop",
        "no-new-orders: nothing more is sent; cancel-ours: and what we sent is cancelled; "
        "global-cancel: and so is every order of the login, made by hand too",
    )
    stop.add_argument("level", choices=("no-new-orders", "cancel-ours", "global-cancel"))
    stop.add_argument("--until", type=_instant, help="ISO time with its zone; default: for good")
    add_gateway_options(stop)
    _action(actions, "lift", "lift every stop of an account; with --account '*' of all")
    _action(actions, "reset-rejects", "count refusals of the broker in a row anew")
    status = actions.add_parser("status", help="say whether trading is stopped, by whom and why")
    status.add_argument("--account", default=_EVERY, help="default: every account")
    status.add_argument("--audit", action="store_true", help="print every turn of the switch")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=text.partition(":")[0], description=text)
    action.add_argument("--why", required=True, help="for the audit")
    action.add_argument("--who", default=None, help="default: the user at this terminal")
    action.add_argument("--account", default=_EVERY, help="default: every account")
    return action


def run(args: argparse.Namespace) -> int:
    """Do one action and return its exit code.

    Raises:
        LedgerError: The ledger refuses; a stop then stands in the file all the same.
        GatewayNotReady: Nothing could be cancelled; trading is stopped all the same.
    """
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.usecases.kill_switch import KillSwitch

    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        switch = KillSwitch(ledger, settings.kill_file)
        act: Callable[[argparse.Namespace, Ledger, KillSwitch], int] = {
            "stop": _stop,
            "lift": _lift,
            "reset-rejects": _reset,
            "status": _status,
        }[args.action]
        return act(args, ledger, switch)


def _stop(args: argparse.Namespace, ledger: Ledger, switch: KillSwitch) -> int:
    from ib_provider.domain.kill_order import KillLevel
    from ib_provider.usecases.stop_trading import stop_trading

    level = KillLevel(args.level)
    order = stop_trading(
        ledger,
        switch,
        level=level,
        account=args.account,
        who=_who(args),
        why=args.why,
        until=args.until,
    )
    print(f"stopped: {order}")
    if level is KillLevel.NO_NEW_ORDERS:
        return 0
    report = asyncio.run(_cancel(args, is_global=level is KillLevel.GLOBAL_CANCEL))
    for name, reason in report.left.items():
        print(f"NOT cancelled: {name}: {reason}")
    print(f"{len(report.done)} order(s) ended, {len(report.left)} left")
    return _LEFT if report.left else 0


async def _cancel(args: argparse.Namespace, *, is_global: bool) -> CancelReport:
    from ib_provider.usecases.cancel_orders import cancel_everything, cancel_our_orders

    def connect(client_id: int | None) -> IbClient:
        given = args.client_id if client_id is None else client_id
        return new_client(argparse.Namespace(**{**vars(args), "client_id": given}))

    if is_global:
        async with connect(None) as client:
            return await cancel_everything(client, progress=print)
    return await cancel_our_orders(connect, account=args.account, progress=print)


def _lift(args: argparse.Namespace, ledger: Ledger, switch: KillSwitch) -> int:
    from ib_provider.usecases.stop_trading import lift_stop

    count = lift_stop(ledger, switch, account=args.account, who=_who(args), why=args.why)
    print(f"{count} stop(s) lifted for {args.account}")
    return 0


def _reset(args: argparse.Namespace, ledger: Ledger, _: KillSwitch) -> int:
    from datetime import UTC, datetime

    ledger.record_reset(args.account, who=_who(args), why=args.why, at=datetime.now(UTC))
    print(f"refusals of {args.account} are counted anew")
    return 0


def _status(args: argparse.Namespace, ledger: Ledger, switch: KillSwitch) -> int:
    from datetime import UTC, datetime

    from ib_provider.domain.kill_order import orders_in_force

    if args.audit:
        for event in ledger.kill_events():
            level = f" {event.level}" if event.level else ""
            until = f" until {event.until:%F %T %Z}" if event.until else ""
            print(
                f"{event.at:%F %T %Z} {event.action}{level} {event.account}{until} "
                f"by {event.who}: {event.why}"
            )
    stops = orders_in_force(switch.stops(), account=args.account, now=datetime.now(UTC))
    for stop in stops:
        print(f"{stop.account}: {stop}")
    print("trading is stopped" if stops else "nothing stops trading")
    return _STOPPED if stops else 0


def _who(args: argparse.Namespace) -> str:
    return str(args.who or getpass.getuser())


def _instant(text: str) -> datetime:
    from datetime import datetime

    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return found
