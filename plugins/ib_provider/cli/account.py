# SPDX-License-Identifier: Apache-2.0
"""``ib-provider account``: what accounts hold and are worth, printed or kept."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ib_provider.cli.gateway_options import add_gateway_options, new_client

if TYPE_CHECKING:
    from decimal import Decimal

    from ib_provider.client.ib_client import IbClient

__all__ = ["add_arguments", "run"]

_TAGS: Final = (
    "NetLiquidation",
    "TotalCashValue",
    "GrossPositionValue",
    "BuyingPower",
    "AvailableFunds",
    "ExcessLiquidity",
    "InitMarginReq",
    "MaintMarginReq",
)
_ACTIONS: Final = {
    "summary": "print the main figures of each account",
    "ledger": "print the values of each account in each currency",
    "positions": "print what each account holds, with IB's prices",
    "pnl": "print the profit and loss of each account",
    "snapshot": "keep values, positions and profit in the store",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions, each with the gateway and the accounts to ask for."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    for name, text in _ACTIONS.items():
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("--account", action="append", default=[], help="default: all; repeat")
        add_gateway_options(action)


def run(args: argparse.Namespace) -> int:
    """Do one action and return 0.

    Raises:
        WrongAccount: The login does not hold an account that was named.
        GatewayNotReady: Nothing answers there in time.
        RequestTimeout: The gateway did not answer a question.
    """
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from ib_provider.errors import WrongAccount

    async with new_client(args) as client:
        accounts = tuple(args.account) or client.managed_accounts
        for account in accounts:
            if account not in client.managed_accounts:
                raise WrongAccount(account, client.managed_accounts)
        act = {
            "summary": _summary,
            "ledger": _ledger,
            "positions": _positions,
            "pnl": _pnl,
            "snapshot": _snapshot,
        }[args.action]
        await act(client, accounts)
    return 0


async def _summary(client: IbClient, accounts: Sequence[str]) -> None:
    rows = await client.account_summary(_TAGS)
    _print(
        "summary",
        ("account", "tag", "value", "currency"),
        [(r.account, r.tag, r.value, r.currency) for r in rows if r.account in accounts],
    )


async def _ledger(client: IbClient, accounts: Sequence[str]) -> None:
    rows = await client.currency_ledger()
    _print(
        "ledger",
        ("account", "currency", "tag", "value"),
        [(r.account, r.currency, r.tag, r.value) for r in rows if r.account in accounts],
    )


async def _positions(client: IbClient, accounts: Sequence[str]) -> None:
    rows: list[tuple[str, ...]] = []
    for account in accounts:
        book = await client.account_book(account)
        rows.extend(
            (
                account,
                item.contract.local_symbol or item.contract.symbol,
                str(item.contract.sec_type),
                _shown(item.quantity),
                _shown(item.avg_cost),
                _shown(item.market_price),
                _shown(item.market_value),
                _shown(item.unrealized_pnl),
                item.contract.currency,
            )
            for item in book.portfolio
            if item.quantity
        )
    columns = ("account", "symbol", "type", "quantity", "cost", "price", "value", "P&L", "currency")
    _print("positions", columns, rows)


async def _pnl(client: IbClient, accounts: Sequence[str]) -> None:
    found = [await client.pnl(account) for account in accounts]
    _print(
        "profit and loss",
        ("account", "daily", "unrealized", "realized"),
        [
            (one.account, _shown(one.daily), _shown(one.unrealized), _shown(one.realized))
            for one in found
        ],
    )


async def _snapshot(client: IbClient, accounts: Sequence[str]) -> None:
    from datetime import UTC, datetime

    from ib_provider.config import load_settings
    from ib_provider.store.part_store import PartStore
    from ib_provider.usecases.refresh_views import refresh_views
    from ib_provider.usecases.snapshot_account import snapshot_accounts

    settings = load_settings()
    name = f"terminal-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    await snapshot_accounts(
        client,
        store=PartStore(settings.market),
        snapshot=name,
        accounts=accounts,
        progress=print,
    )
    refresh_views(settings)
    print(f"snapshot {name} is in account_values, account_positions and account_pnl")


def _shown(value: Decimal | None) -> str:
    """Return a number as a person reads it; what IB did not say is a dash, never zero."""
    return "-" if value is None else f"{value:,f}"


def _print(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not rows:
        print(f"{title}: none")
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(value) for value in row))
    Console().print(table)
