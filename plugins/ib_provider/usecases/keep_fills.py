# SPDX-License-Identifier: Apache-2.0
"""Fills out of the ledger into the store, where SQL reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ib_provider.config import Settings
from ib_provider.errors import UnknownVenue
from ib_provider.ledger.fills import execution_family
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.catalog import ensure_catalog, open_catalog, rebuild_catalog
from ib_provider.store.fill_store import FillRow, FillStore
from ib_provider.symbology.sessions import session_of

__all__ = ["KeptFills", "keep_fills"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFills:
    """What the store holds of some plans.

    Attributes:
        fills: Executions, as last corrected.
        new: Those written now: new ones, corrections, and commissions that came late.
        accounts: Whose those written now are.
        sessions: When those traded, by the date of their venue.
    """

    fills: int
    new: int
    accounts: tuple[str, ...] = ()
    sessions: tuple[date, ...] = ()


def keep_fills(settings: Settings, ledger: Ledger, plan_ids: Iterable[str]) -> KeptFills:
    """Copy the fills of these plans into the view ``fills``; return how many, and how many new.

    May be run again at any time: what is kept already is not written twice.

    Raises:
        LedgerError: There is no such plan.
        WriteConflict: Another process has been writing fills of that account.
        CorruptFile: A file of the store is damaged; the ledger has the fills still.
    """
    rows: dict[str, list[FillRow]] = {}
    for plan_id in plan_ids:
        plan = ledger.plan(plan_id)
        # A leg may have had several orders, one after the other.
        legs = {intent.order_ref: plan.legs[intent.leg] for intent in ledger.intents(plan_id)}
        for fill in ledger.fills(list(legs)):
            family, revision = execution_family(fill.execution.exec_id)
            leg = legs[fill.execution.order_ref]
            row = FillRow(fill=fill, plan=plan, leg=leg, family=family, revision=revision)
            rows.setdefault(plan.account, []).append(row)
    store = FillStore(settings.market)
    new = [row for account, its in rows.items() for row in store.keep(account, its)]
    if rows:
        _show(settings, ledger)
    return KeptFills(
        fills=sum(map(len, rows.values())),
        new=len(new),
        accounts=tuple(sorted({row.plan.account for row in new})),
        sessions=tuple(sorted({_session(row) for row in new})),
    )


def _session(row: FillRow) -> date:
    """Return the date of a fill at its instrument's venue; in UTC where no table names that."""
    ts = row.fill.execution.ts
    try:
        return session_of(row.leg.instrument_id.rpartition(".")[2], ts)
    except UnknownVenue:
        return ts.date()


def _show(settings: Settings, ledger: Ledger) -> None:
    """Make the view anew where it was made before there was a fill: it has no rows then."""
    ensure_catalog(settings.market)
    with open_catalog(settings.market) as catalog:
        found = catalog.execute("SELECT 1 FROM fills LIMIT 1").fetchone()
    if found is None:
        rebuild_catalog(settings.market, ledger.spans())
