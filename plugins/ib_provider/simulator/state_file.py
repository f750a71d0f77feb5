# SPDX-License-Identifier: Apache-2.0
"""The simulated gateway's memory on disk: one JSON file, replaced whole after every change."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ib_provider.errors import ConfigError
from ib_provider.simulator.accounts.account import AccountState
from ib_provider.simulator.exchange.order_book import BookState
from ib_provider.simulator.record_json import from_document, to_document

__all__ = ["GatewayState", "StateFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayState:
    """Everything that outlives the process."""

    accounts: tuple[AccountState, ...]
    book: BookState


class StateFile:
    """Reads and replaces the file; a reader never meets half of one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._texts: dict[int, tuple[object, str]] = {}

    def load(self, accounts: tuple[str, ...]) -> GatewayState | None:
        """Return what was kept, or None where nothing was yet.

        Raises:
            ConfigError: The file is no state, or that of other accounts.
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
        held = tuple(account.name for account in state.accounts)
        if held != accounts:
            problem = (
                f"account: holds {', '.join(held)}, "
                f"the gateway was started for {', '.join(accounts)}"
            )
            raise ConfigError(str(self._path), [problem])
        return state

    def save(self, state: GatewayState) -> None:
        """Replace the file. The process may be killed at any point of this."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        fresh.write_text(self._text(state), encoding="utf-8")
        fresh.replace(self._path)

    def _text(self, state: GatewayState) -> str:
        """Return the JSON; an order or trade that has not changed is not rendered again."""
        known, self._texts = self._texts, {}
        orders = self._rendered(state.book.orders, known)
        trades = self._rendered(state.book.trades, known)
        ids = json.dumps(to_document(state.book.ids))
        next_ids = json.dumps(to_document(state.book.next_order_ids))
        accounts = json.dumps(to_document(state.accounts))
        return (
            f'{{"accounts": {accounts}, "book": {{"orders": [{orders}], "trades": [{trades}], '
            f'"next_order_ids": {next_ids}, "ids": {ids}}}}}'
        )

    def _rendered(self, rows: Iterable[object], known: dict[int, tuple[object, str]]) -> str:
        texts = []
        for row in rows:
            place = known.get(id(row))  # the row is kept with its text, so its id stays its own
            if place is None or place[0] is not row:
                place = (row, json.dumps(to_document(row)))
            self._texts[id(row)] = place
            texts.append(place[1])
        return ", ".join(texts)
