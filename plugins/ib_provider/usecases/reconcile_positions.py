# SPDX-License-Identifier: Apache-2.0
"""Compare what an account holds with what the ledger knows it must hold.

Rules:
    * Expected is what was held at the last reconciliation and the fills of ours since then.
    * A difference locks the instrument, and says so; it stays locked until a reconciliation that
      explains it, or until a person unlocks it: what is held is then taken as it is.
    * An order of which nobody knows the end is asked for first: most differences are fills that
      were not written down yet.
    * A broker may tell of a fill before its positions have it: a difference counts when it stands
      in every one of several looks.
    * The first reconciliation of an account has nothing to compare with: it takes what is held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ib_provider.client.ib_client import IbClient
from ib_provider.domain.account import Position
from ib_provider.domain.contract import SecType
from ib_provider.errors import WrongAccount
from ib_provider.ledger.ledger import Ledger
from ib_provider.ledger.positions import InstrumentLock, KnownPosition, KnownPositions
from ib_provider.symbology.instrument_id import instrument_id
from ib_provider.usecases.broker_truth import read_broker_truth, settle
from ib_provider.usecases.progress import Progress, silent

__all__ = ["PositionDifference", "ReconcileReport", "reconcile_positions"]

_WHO: Final = "reconcile"

#: How often positions are looked at that differ.
_LOOKS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionDifference:
    """One instrument of which the broker says otherwise than the ledger."""

    instrument_id: str
    expected: Decimal
    held: Decimal

    def __str__(self) -> str:
        return f"{self.instrument_id}: {self.held} held, {self.expected} expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileReport:
    """What was compared, and what came of it.

    Attributes:
        since: Of the positions that were known; None where this was the first time.
        new_fills: Fills that the ledger lacked.
        unlocked: Instruments whose difference is explained now.
    """

    account: str
    at: datetime
    since: datetime | None
    instruments: int
    new_fills: int
    differences: tuple[PositionDifference, ...]
    unlocked: tuple[str, ...]


async def reconcile_positions(
    client: IbClient,
    *,
    ledger: Ledger,
    account: str,
    between_looks_s: float = 1.0,
    progress: Progress = silent,
) -> ReconcileReport:
    """Return where broker and ledger differ, having locked it; where they agree is noted.

    Fills are read first and positions after them, and fills once more: one that happens between is
    then in both.

    Args:
        between_looks_s: How far apart the looks are at positions that differ.

    Raises:
        WrongAccount: The login does not hold the account.
        RequestTimeout, ConnectionLost: Nothing was compared, locked or noted.
    """
    if account not in client.managed_accounts:
        raise WrongAccount(account, client.managed_accounts)
    known, new = ledger.known_positions(account), 0
    for look in range(_LOOKS):
        held, late = await _look(client, ledger, account)
        new, at = new + late, datetime.now(UTC)
        rows = _expected(ledger, account, held, known)
        differences = _differences(rows)
        if not differences:
            break
        if look < _LOOKS - 1:
            await asyncio.sleep(between_looks_s)
    unlocked = _turn_locks(ledger, account, differences, at)
    # What differs is noted as it was expected, so that the next time it differs still.
    ledger.note_positions(account, [row for row, _ in rows], at)
    for item in differences:
        progress(f"{item}: locked")
    progress(f"{account}: {len(held)} position(s), {len(differences)} difference(s)")
    return ReconcileReport(
        account=account,
        at=at,
        since=known.at if known else None,
        instruments=len(held),
        new_fills=new,
        differences=differences,
        unlocked=unlocked,
    )


async def _look(client: IbClient, ledger: Ledger, account: str) -> tuple[dict[int, Position], int]:
    """Return what is held, all fills until then written down, and how many were new."""
    new = await _read_fills(client, ledger, account)
    held = await _held(client, account)
    while late := await _read_fills(client, ledger, account):
        new += late
        held = await _held(client, account)
    return held, new


def _expected(
    ledger: Ledger, account: str, held: Mapping[int, Position], known: KnownPositions | None
) -> list[tuple[KnownPosition, Decimal]]:
    """Return each contract as it is expected, what a person accepted included, and its units."""
    rows = _compared(held, known.items if known else None, _filled(ledger, account))
    if known is None:
        return rows
    accepted = ledger.unlocked_by_person(account, since=known.at, machine=_WHO)
    return [
        (replace(row, quantity=units) if row.instrument_id in accepted else row, units)
        for row, units in rows
    ]


def _differences(
    rows: list[tuple[KnownPosition, Decimal]],
) -> tuple[PositionDifference, ...]:
    return tuple(
        PositionDifference(instrument_id=row.instrument_id, expected=row.quantity, held=units)
        for row, units in rows
        if row.quantity != units
    )


async def _read_fills(client: IbClient, ledger: Ledger, account: str) -> int:
    """Write down what the broker says of our orders; return how many fills were new."""
    truth = await read_broker_truth(client, whole_log=True)
    told = {*truth.orders, *truth.fills}
    return settle(ledger, told.intersection(ledger.orders_of(account)), truth)


async def _held(client: IbClient, account: str) -> dict[int, Position]:
    return {
        item.contract.con_id: item
        for item in await client.positions()
        if item.account == account and item.quantity
    }


def _filled(ledger: Ledger, account: str) -> dict[int, tuple[str, Decimal]]:
    """Return what fills of ours added to each contract, with the name it was traded under."""
    found: dict[int, tuple[str, Decimal]] = {}
    for plan_id in ledger.plans_of(account):
        legs = ledger.plan(plan_id).legs
        names = {
            order.order_ref: legs[order.leg].instrument_id for order in ledger.intents(plan_id)
        }
        for fill in ledger.fills(list(names)):
            execution = fill.execution
            if execution.contract.sec_type is not SecType.BAG:
                con_id = execution.contract.con_id
                name, units = found.get(con_id, (names[execution.order_ref], Decimal(0)))
                found[con_id] = (name, units + execution.side.sign * execution.quantity)
    return found


def _compared(
    held: Mapping[int, Position],
    known: Mapping[int, KnownPosition] | None,
    filled: Mapping[int, tuple[str, Decimal]],
) -> list[tuple[KnownPosition, Decimal]]:
    """Return each contract as it is expected, and the units of it that are held."""
    rows = []
    for con_id in sorted({*held, *(known or {}), *filled}):
        position, before = held.get(con_id), (known or {}).get(con_id)
        units = position.quantity if position else Decimal(0)
        traded_as, total = filled.get(con_id, ("", Decimal(0)))
        name = before.instrument_id if before else traded_as
        expected = units
        if known is not None:
            base = before or KnownPosition(
                con_id=con_id, instrument_id="", quantity=Decimal(0), filled=Decimal(0)
            )
            expected = base.quantity + total - base.filled
        row = KnownPosition(
            con_id=con_id,
            instrument_id=name or (instrument_id(position.contract) if position else ""),
            quantity=expected,
            filled=total,
        )
        rows.append((row, units))
    return rows


def _turn_locks(
    ledger: Ledger, account: str, differences: tuple[PositionDifference, ...], at: datetime
) -> tuple[str, ...]:
    """Lock what differs; unlock, and return, what this locked before and differs no more."""
    locked = {lock.instrument_id: lock for lock in ledger.locked_instruments(account)}
    wrong = {item.instrument_id for item in differences}

    def lock(name: str, why: str) -> InstrumentLock:
        return InstrumentLock(account=account, instrument_id=name, who=_WHO, why=why, at=at)

    for item in differences:
        if item.instrument_id not in locked:
            ledger.lock_instrument(lock(item.instrument_id, str(item)))
    explained = [name for name, kept in locked.items() if kept.who == _WHO and name not in wrong]
    for name in explained:
        ledger.unlock_instrument(lock(name, "broker and ledger agree"))
    return tuple(explained)
