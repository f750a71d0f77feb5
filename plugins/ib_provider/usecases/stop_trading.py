# SPDX-License-Identifier: Apache-2.0
"""Stop trading, and lift the stop: who, why, until when, on record before anything is cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ib_provider.domain.kill_order import KillLevel, KillOrder
from ib_provider.ledger.ledger import Ledger
from ib_provider.usecases.kill_switch import KillSwitch

__all__ = ["lift_stop", "stop_trading"]


def stop_trading(
    ledger: Ledger,
    switch: KillSwitch,
    *,
    level: KillLevel,
    account: str,
    who: str,
    why: str,
    until: datetime | None,
) -> KillOrder:
    """Stop an account, or ``*``, and return what was recorded. Holds when this returns.

    Each is written whatever becomes of the other: the file first, so that where the ledger refuses
    or cannot be reached trading on this machine is stopped all the same.

    Raises:
        LedgerError: Nobody gave it, or for no reason, or it ends before it begins.
        LedgerUnavailable: It is in the file, and in no audit.
        OSError: It is in the ledger, and in no file.
    """
    order = KillOrder(
        level=level, account=account, who=who, why=why, at=datetime.now(UTC), until=until
    )
    try:
        switch.write_file(replace(order, source=str(switch.file)))
    finally:
        ledger.record_stop(order)
    return order


def lift_stop(ledger: Ledger, switch: KillSwitch, *, account: str, who: str, why: str) -> int:
    """Lift every stop of an account, or with ``*`` of all; return how many stood.

    Raises:
        LedgerError: Nobody lifted it, or for no reason; then nothing was.
    """
    before = len(ledger.stops())
    ledger.record_lift(account, who=who, why=why, at=datetime.now(UTC))
    lifted = before - len(ledger.stops())
    return lifted + switch.remove_file(account)
