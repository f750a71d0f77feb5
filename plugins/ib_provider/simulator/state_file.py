# SPDX-License-Identifier: Apache-2.0
"""The simulated gateway's memory on disk: one JSON file, replaced whole after every change."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ib_provider.errors import ConfigError
from ib_provider.simulator.accounts.account import Holding
from ib_provider.simulator.exchange.order_book import BookState
from ib_provider.simulator.record_json import from_document, to_document

__all__ = ["GatewayState", "StateFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayState:
    """Everything that outlives the process."""

    account: str
    cash: Decimal
    realized_pnl: Decimal
    holdings: tuple[Holding, ...]
    book: BookState


class StateFile:
    """Reads and replaces the file; a reader never meets half of one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, account: str) -> GatewayState | None:
        """Return what was kept, or None where nothing was yet.

        Raises:
            ConfigError: The file is no state, or that of another account.
        """
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            state = from_document(GatewayState, json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
            problem = f"not the state of a simulated gateway: {error}"
            raise ConfigError(str(self._path), [problem]) from error
        if state.account != account:
            problem = f"account: holds {state.account}, the gateway was started for {account}"
            raise ConfigError(str(self._path), [problem])
        return state

    def save(self, state: GatewayState) -> None:
        """Replace the file. The process may be killed at any point of this."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        fresh.write_text(json.dumps(to_document(state)), encoding="utf-8")
        fresh.replace(self._path)
