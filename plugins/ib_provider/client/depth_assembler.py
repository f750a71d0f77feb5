# SPDX-License-Identifier: Apache-2.0
"""Depth messages to a book.

Rules:
    * An insert moves the rows behind it down, a delete moves them up: a position is where a row
      *is*, not what it is called.
    * A row that would leave a hole means that something was missed: the book is wrong from then on,
      so the subscription ends with an error instead of going on with it.
    * The gateway voids the whole book with error 317, and then sends it anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from ib_provider.client.coalescing import Coalescing
from ib_provider.domain.live import DepthBook, DepthRow
from ib_provider.errors import RemoteProtocolError

__all__ = ["DepthAssembler"]

_INSERT, _UPDATE, _DELETE = 0, 1, 2
_ASK, _BID = 0, 1
_SIDES: Final = {_ASK: "ask", _BID: "bid"}


class DepthAssembler:
    """One book, put after each read of the socket that changed it.

    Args:
        rows: How many rows were asked for: what an insert pushes beyond them is gone.
    """

    def __init__(self, emit: Callable[[DepthBook], None], *, con_id: int, rows: int) -> None:
        self._emit = emit
        self._con_id = con_id
        self._rows = rows
        self._sides: dict[int, list[DepthRow]] = {_ASK: [], _BID: []}
        self._pending = Coalescing(self._flush)

    def take(self, _message_id: int, message: Any) -> None:
        """Take in one row's insert, update or delete."""
        _, position, maker, operation, side, price, size, _smart = message
        rows = self._sides.get(side)
        if rows is None or position < 0:
            raise RemoteProtocolError(f"depth of side {side}, row {position}: there is no such row")
        row = DepthRow(price, size, maker)
        if operation == _INSERT and position <= len(rows):
            rows.insert(position, row)
            del rows[self._rows :]
        elif operation == _UPDATE and position < len(rows):
            rows[position] = row
        elif operation == _UPDATE and position == len(rows) < self._rows:
            rows.append(row)
        elif operation == _DELETE and position < len(rows):
            del rows[position]
        elif operation == _DELETE:
            return  # of a row that an insert pushed out: it is gone already
        else:
            raise RemoteProtocolError(
                f"depth operation {operation} on {_SIDES[side]} row {position} of {len(rows)}"
            )
        self._pending.mark()

    def reset(self) -> None:
        """Empty the book, and say so."""
        for rows in self._sides.values():
            rows.clear()
        self._pending.mark()

    def close(self) -> None:
        """Put what was not put yet."""
        self._pending.finish()

    def _flush(self) -> None:
        self._emit(
            DepthBook(
                con_id=self._con_id,
                ts=datetime.now(UTC),
                bids=tuple(self._sides[_BID]),
                asks=tuple(self._sides[_ASK]),
            )
        )
