# SPDX-License-Identifier: Apache-2.0
"""Requests about the accounts: positions, summaries, streams of values and of profit.

A stream is sent whole when it begins, what a trade changed right after the trade, and the rest
from time to time: profit every second that it changes, values every three minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from ib_provider.simulator.accounts.valuation import Position, Valuation
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.desks.account_rows import (
    account_rows,
    portfolio_value,
    position_answer,
    summary_rows,
)
from ib_provider.simulator.desks.model_desk import ModelDesk
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    AccountDownloadEnd,
    AccountSummaryAnswer,
    AccountSummaryEnd,
    AccountUpdateTime,
    AccountValueAnswer,
    CancelAccountSummary,
    CancelPositions,
    PositionEnd,
    ReqAccountSummary,
    ReqAccountUpdates,
    ReqPositions,
)

__all__ = ["AccountDesk"]

_VALUES_EVERY: Final = 180  # pulses


@dataclass(slots=True)
class _Streams:
    """What one client is subscribed to."""

    positions: bool = False
    account: str = ""
    summaries: dict[int, ReqAccountSummary] = field(default_factory=dict)


class AccountDesk:
    """Answers everything about money and holdings, and pushes them after each trade."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self._streams: WeakKeyDictionary[ClientLink, _Streams] = WeakKeyDictionary()
        self._models = ModelDesk(brokerage)
        self._pulses = 0
        self.handlers: Handlers = {
            ReqPositions: self._begin_positions,
            CancelPositions: self._end_positions,
            ReqAccountSummary: self._begin_summary,
            CancelAccountSummary: self._end_summary,
            ReqAccountUpdates: self._updates,
            **self._models.handlers,
        }

    def push(self, client: ClientLink, account: str, con_id: int) -> None:
        """Send a client what one trade changed of what it is subscribed to."""
        streams = self._of(client)
        valuation = self._brokerage.value(account)
        row = _position(valuation, con_id)
        contracts = self._brokerage.contracts
        if streams.positions and row is not None:
            client.send(position_answer(account, row.holding, contracts))
        if streams.account == account:
            self._send_values(client, valuation)
            if row is not None:
                client.send(portfolio_value(valuation, row, contracts))
        self._models.push(client, valuation, row)

    def pulse(self, clients: Iterable[ClientLink]) -> None:
        """Send what has changed by itself; called about once a second."""
        self._pulses += 1
        for client in clients:
            self._models.pulse(client)
            if self._pulses % _VALUES_EVERY == 0:
                self._send_again(client)

    def _send_again(self, client: ClientLink) -> None:
        streams = self._of(client)
        if streams.account:
            self._send_account(client, streams.account)
        for request in streams.summaries.values():
            self._send_summary(client, request)

    def _begin_positions(self, client: ClientLink, _: ReqPositions) -> None:
        self._of(client).positions = True
        for name, account in self._brokerage.accounts.items():
            for holding in account.holdings():
                client.send(position_answer(name, holding, self._brokerage.contracts))
        client.send(PositionEnd())

    def _end_positions(self, client: ClientLink, _: CancelPositions) -> None:
        self._of(client).positions = False

    def _begin_summary(self, client: ClientLink, request: ReqAccountSummary) -> None:
        self._of(client).summaries[request.request_id] = request
        self._send_summary(client, request)

    def _send_summary(self, client: ClientLink, request: ReqAccountSummary) -> None:
        for name in self._brokerage.accounts:
            for tag, value, currency in summary_rows(self._brokerage.value(name), request.tags):
                client.send(
                    AccountSummaryAnswer(
                        request_id=request.request_id,
                        account=name,
                        tag=tag,
                        value=value,
                        currency=currency,
                    )
                )
        client.send(AccountSummaryEnd(request_id=request.request_id))

    def _end_summary(self, client: ClientLink, request: CancelAccountSummary) -> None:
        self._of(client).summaries.pop(request.request_id, None)

    def _updates(self, client: ClientLink, request: ReqAccountUpdates) -> None:
        streams = self._of(client)
        name = request.account or self._brokerage.account_name
        if not request.account and len(self._brokerage.accounts) > 1:
            client.fail(-1, invalid("The account code is required for this operation."))
            return
        if name not in self._brokerage.accounts:
            client.fail(-1, invalid(f"Invalid account code {request.account!r}"))
            return
        if not request.subscribe:
            streams.account = ""
            return
        if streams.account not in ("", name):
            text = (
                "New account data requested from TWS. "
                "API client has been unsubscribed from account data."
            )
            client.fail(-1, Refusal(code=2100, message=text))
        streams.account = name
        self._send_account(client, name)

    def _send_account(self, client: ClientLink, name: str) -> None:
        valuation = self._brokerage.value(name)
        self._send_values(client, valuation)
        for row in valuation.positions:
            if row.holding.quantity:
                client.send(portfolio_value(valuation, row, self._brokerage.contracts))
        client.send(AccountDownloadEnd(account=name))

    def _send_values(self, client: ClientLink, valuation: Valuation) -> None:
        name = valuation.account.name
        for key, value, currency in account_rows(valuation):
            client.send(AccountValueAnswer(key=key, value=value, currency=currency, account=name))
        client.send(AccountUpdateTime(time=f"{self._brokerage.clock.now():%H:%M}"))

    def _of(self, client: ClientLink) -> _Streams:
        return self._streams.setdefault(client, _Streams())


def _position(valuation: Valuation, con_id: int) -> Position | None:
    """Return a contract's position; of no units where it has just been closed."""
    return next((row for row in valuation.positions if row.asset.con_id == con_id), None)
