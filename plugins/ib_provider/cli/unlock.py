# SPDX-License-Identifier: Apache-2.0
"""``ib-provider unlock``: let an instrument be traded again that a reconciliation has locked."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the instrument, and who unlocks it why."""
    parser.description = (
        "Unlock an instrument. What the account holds of it is then taken as it is: the next "
        "reconciliation counts from there. Exit code 0: unlocked; 1: it was not locked."
    )
    parser.add_argument("instrument", help="such as IBM.NYSE")
    parser.add_argument("--account", required=True)
    parser.add_argument("--why", required=True, help="for the audit")
    parser.add_argument("--who", default=None, help="default: the user at this terminal")


def run(args: argparse.Namespace) -> int:
    """Unlock it, say what it was locked for, and return the exit code.

    Raises:
        LedgerError: The ledger refuses.
    """
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.ledger.positions import InstrumentLock

    settings = load_settings()
    with Ledger.open(settings.ledger_url, locks=settings.locks) as ledger:
        locks = {lock.instrument_id: lock for lock in ledger.locked_instruments(args.account)}
        found = locks.get(args.instrument)
        if found is None:
            known = ", ".join(locks) or "nothing"
            print(f"{args.instrument} is not locked; locked: {known}", file=sys.stderr)
            return 1
        ledger.unlock_instrument(
            InstrumentLock(
                account=args.account,
                instrument_id=args.instrument,
                who=args.who or getpass.getuser(),
                why=args.why,
                at=datetime.now(UTC),
            )
        )
    print(f"unlocked {args.instrument}, which {found.who} had locked: {found.why}")
    return 0
