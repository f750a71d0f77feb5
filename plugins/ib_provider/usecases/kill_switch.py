# SPDX-License-Identifier: Apache-2.0
"""Whether trading was stopped: asked before each order, of the ledger and of a file.

Strategy: the ledger is the record, for every process on every machine. The file works where the
ledger does not: ``touch`` makes it, and whatever cannot be read of it counts as a stop.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ib_provider.domain.kill_order import EVERY_ACCOUNT, KillLevel, KillOrder, orders_in_force
from ib_provider.domain.limits import Breach
from ib_provider.domain.value_document import value_from_document, value_to_document
from ib_provider.errors import LedgerError, LimitBreached
from ib_provider.ledger.ledger import Ledger

__all__ = ["KillSwitch"]


class KillSwitch:
    """The kill switch of one installation.

    Attributes:
        file: A file that stops trading by being there (``Settings.kill_file``).
    """

    def __init__(self, ledger: Ledger, file: Path) -> None:
        self._ledger, self.file = ledger, file

    def stops(self) -> tuple[KillOrder, ...]:
        """Return every stop that was not lifted, of the file and of the ledger.

        Raises:
            LedgerUnavailable, LedgerError: Nobody can say; do not trade.
        """
        told = self.read_file()
        return (*self._ledger.stops(), *(() if told is None else (told,)))

    def refuse(self, account: str) -> None:
        """Raise when trading of an account is stopped now.

        Raises:
            LimitBreached: With every stop in force.
            LedgerUnavailable, LedgerError: Nobody can say.
        """
        stops = orders_in_force(self.stops(), account=account, now=datetime.now(UTC))
        if stops:
            raise LimitBreached([_breach(account, stop) for stop in stops])

    def read_file(self) -> KillOrder | None:
        """Return what the file says; None where there is no file."""
        try:
            document = json.loads(self.file.read_text(encoding="utf-8"))
            return value_from_document(KillOrder, document)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LedgerError) as error:
            return self._bare(error)

    def write_file(self, order: KillOrder) -> None:
        """Make the file say this; it holds for every process of this machine on return."""
        document: Any = value_to_document(order)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        part.replace(self.file)

    def remove_file(self, account: str) -> bool:
        """Remove the file, where what it stops is what is lifted; return whether it was there."""
        told = self.read_file()
        if told is None or account not in (told.account, EVERY_ACCOUNT):
            return False
        self.file.unlink(missing_ok=True)
        return True

    def _bare(self, error: Exception) -> KillOrder:
        """Return the stop of a file that was only touched, or cannot be read."""
        try:
            at = datetime.fromtimestamp(self.file.stat().st_mtime, UTC)
        except OSError:
            at = datetime.now(UTC)
        is_empty = isinstance(error, json.JSONDecodeError) and not error.doc.strip()
        return KillOrder(
            level=KillLevel.NO_NEW_ORDERS,
            account=EVERY_ACCOUNT,
            who="the file",
            why="it is there" if is_empty else f"it cannot be read: {error}",
            at=at,
            until=None,
            source=str(self.file),
        )


def _breach(account: str, stop: KillOrder) -> Breach:
    return Breach(limit="kill_switch", subject=account, found=str(stop), allowed="no stop in force")
