# SPDX-License-Identifier: Apache-2.0
"""Messages of profit and loss to values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from ib_provider.client.decode_number import number
from ib_provider.domain.account import PnL, PositionPnL

__all__ = ["PNL", "PNL_SINGLE", "PnLAssembler", "PositionPnLAssembler"]

#: IB's message ids.
PNL: Final = 94
PNL_SINGLE: Final = 95


class PnLAssembler:
    """Profit and loss of an account."""

    def __init__(self, emit: Callable[[PnL], None], *, account: str, model: str) -> None:
        self._emit = emit
        self._account, self._model = account, model

    def take(self, _message_id: int, message: Any) -> None:
        """Put one message's numbers."""
        daily, unrealized, realized = map(number, message[1:])
        self._emit(
            PnL(
                account=self._account,
                model=self._model,
                ts=datetime.now(UTC),
                daily=daily,
                unrealized=unrealized,
                realized=realized,
            )
        )

    def reset(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing happens by itself."""


class PositionPnLAssembler:
    """Profit and loss of one position."""

    def __init__(
        self, emit: Callable[[PositionPnL], None], *, account: str, model: str, con_id: int
    ) -> None:
        self._emit = emit
        self._account, self._model, self._con_id = account, model, con_id

    def take(self, _message_id: int, message: Any) -> None:
        """Put one message's numbers."""
        quantity, daily, unrealized, realized, value = map(number, message[1:])
        self._emit(
            PositionPnL(
                account=self._account,
                model=self._model,
                con_id=self._con_id,
                ts=datetime.now(UTC),
                quantity=quantity,
                daily=daily,
                unrealized=unrealized,
                realized=realized,
                value=value,
            )
        )

    def reset(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing happens by itself."""
