# SPDX-License-Identifier: Apache-2.0
"""Accounts as they are now, into the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import AccountBook, PnL
from ib_provider.errors import ConfigError, RequestFailed, RequestTimeout, WrongAccount
from ib_provider.store.account_table import (
    ACCOUNT_TABLES,
    pnl_rows,
    portfolio_rows,
    value_rows,
)
from ib_provider.store.part_store import PartStore
from ib_provider.usecases.progress import Progress, silent

__all__ = ["AccountSnapshot", "snapshot_accounts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """One account at one instant of the gateway's clock.

    Attributes:
        pnl: None where IB gave none in time, with the reason in ``no_pnl``.
    """

    taken_at: datetime
    book: AccountBook
    pnl: PnL | None
    no_pnl: str = ""


async def snapshot_accounts(
    client: IbClient,
    *,
    store: PartStore,
    snapshot: str,
    accounts: Sequence[str] = (),
    progress: Progress = silent,
) -> tuple[AccountSnapshot, ...]:
    """Keep the values, positions and profit of accounts; return what was kept.

    A snapshot taken again under its name (a retry) replaces itself. An account is kept whole or
    not at all: its book is one answer.

    Args:
        snapshot: Names the snapshot; a later one of the same name replaces it.
        accounts: Every account of the login where none is said.

    Raises:
        WrongAccount: The login does not hold one of them; nothing was kept.
        RequestTimeout: An account's book did not come; those before it were kept.
        WriteConflict: Another process is writing one of them.
    """
    wanted = tuple(dict.fromkeys(accounts)) or client.managed_accounts
    if not wanted:
        raise ConfigError("account", ["accounts: the login holds none"])
    for account in wanted:
        if account not in client.managed_accounts:
            raise WrongAccount(account, client.managed_accounts)
    taken = []
    for account in wanted:
        one = await _take(client, account)
        _keep(store, one, snapshot)
        taken.append(one)
        progress(
            f"{account}: {len(one.book.values)} values, {len(one.book.portfolio)} position(s)"
            + (f"; no profit and loss: {one.no_pnl}" if one.no_pnl else "")
        )
    return tuple(taken)


async def _take(client: IbClient, account: str) -> AccountSnapshot:
    taken_at = await client.current_time()
    book = await client.account_book(account)
    try:
        pnl = await client.pnl(account)
    except (RequestFailed, RequestTimeout) as error:
        return AccountSnapshot(taken_at=taken_at, book=book, pnl=None, no_pnl=str(error))
    return AccountSnapshot(taken_at=taken_at, book=book, pnl=pnl)


def _keep(store: PartStore, one: AccountSnapshot, snapshot: str) -> None:
    account, ts = one.book.account, one.taken_at
    tables: dict[str, pa.Table] = {
        "values": value_rows(one.book, ts=ts, snapshot=snapshot),
        "positions": portfolio_rows(one.book.portfolio, ts=ts, snapshot=snapshot),
    }
    if one.pnl is not None:
        tables["pnl"] = pnl_rows(one.pnl, ts=ts, snapshot=snapshot)
    part = f"{snapshot}-{ts:%Y%m%dT%H%M%S}"
    for name, rows in tables.items():
        table = ACCOUNT_TABLES[name]
        with store.writing(table, account):
            if rows.num_rows:
                store.append(table, account, rows, part=part)
            store.compact(table, account)
