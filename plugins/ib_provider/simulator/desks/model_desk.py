# SPDX-License-Identifier: Apache-2.0
"""Requests about one account or model: its positions, values, profit, and that of a position.

There are no models here: a request that names one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from ib_provider.simulator.accounts.valuation import Position, Valuation
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.desks.account_rows import (
    account_rows,
    pnl_of_position,
    position_answer,
)
from ib_provider.simulator.refusal import invalid
from ib_provider.wire.messages import (
    AccountUpdateMulti,
    AccountUpdateMultiEnd,
    CancelAccountUpdatesMulti,
    CancelPnl,
    CancelPnlSingle,
    CancelPositionsMulti,
    PnlAnswer,
    PnlSingleAnswer,
    PositionMulti,
    PositionMultiEnd,
    ReqAccountUpdatesMulti,
    ReqPnl,
    ReqPnlSingle,
    ReqPositionsMulti,
)

__all__ = ["ModelDesk"]


@dataclass(slots=True)
class _Streams:
    """Requests by their ids, and what was last told of each profit."""

    values: dict[int, ReqAccountUpdatesMulti] = field(default_factory=dict)
    positions: dict[int, ReqPositionsMulti] = field(default_factory=dict)
    pnl: dict[int, ReqPnl] = field(default_factory=dict)
    pnl_single: dict[int, ReqPnlSingle] = field(default_factory=dict)
    told: dict[int, PnlAnswer | PnlSingleAnswer] = field(default_factory=dict)


class ModelDesk:
    """Answers requests that name an account and a model."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self._streams: WeakKeyDictionary[ClientLink, _Streams] = WeakKeyDictionary()
        self.handlers: Handlers = {
            ReqAccountUpdatesMulti: self._begin_values,
            CancelAccountUpdatesMulti: self._end,
            ReqPositionsMulti: self._begin_positions,
            CancelPositionsMulti: self._end,
            ReqPnl: self._begin_pnl,
            CancelPnl: self._end,
            ReqPnlSingle: self._begin_pnl_single,
            CancelPnlSingle: self._end,
        }

    def push(self, client: ClientLink, valuation: Valuation, row: Position | None) -> None:
        """Send a client what one trade changed."""
        streams, name = self._of(client), valuation.account.name
        for request in streams.values.values():
            if name in self._names(request.account):
                self._send_values(client, request, name)
        for wanted in streams.positions.values():
            if row is not None and name in self._names(wanted.account):
                self._send_position(client, wanted, name, row)
        self.pulse(client)

    def pulse(self, client: ClientLink) -> None:
        """Send the profits that have changed."""
        streams = self._of(client)
        for request in streams.pnl.values():
            self._tell(client, self._pnl(request))
        for single in streams.pnl_single.values():
            self._tell(client, self._pnl_single(single))

    def _begin_values(self, client: ClientLink, request: ReqAccountUpdatesMulti) -> None:
        if not self._accepts(client, request):
            return
        self._of(client).values[request.request_id] = request
        for name in self._names(request.account):
            self._send_values(client, request, name)
        client.send(AccountUpdateMultiEnd(request_id=request.request_id))

    def _begin_positions(self, client: ClientLink, request: ReqPositionsMulti) -> None:
        if not self._accepts(client, request):
            return
        self._of(client).positions[request.request_id] = request
        for name in self._names(request.account):
            for row in self._brokerage.value(name).positions:
                if row.holding.quantity:
                    self._send_position(client, request, name, row)
        client.send(PositionMultiEnd(request_id=request.request_id))

    def _begin_pnl(self, client: ClientLink, request: ReqPnl) -> None:
        if self._accepts(client, request):
            self._of(client).pnl[request.request_id] = request
            self._tell(client, self._pnl(request))

    def _begin_pnl_single(self, client: ClientLink, request: ReqPnlSingle) -> None:
        if self._accepts(client, request):
            self._of(client).pnl_single[request.request_id] = request
            self._tell(client, self._pnl_single(request))

    def _end(self, client: ClientLink, request: Any) -> None:
        streams = self._of(client)
        known: dict[type[Any], dict[int, Any]] = {
            CancelAccountUpdatesMulti: streams.values,
            CancelPositionsMulti: streams.positions,
            CancelPnl: streams.pnl,
            CancelPnlSingle: streams.pnl_single,
        }
        known[type(request)].pop(request.request_id, None)
        streams.told.pop(request.request_id, None)

    def _accepts(self, client: ClientLink, request: Any) -> bool:
        if request.model_code:
            why = f"Invalid model code {request.model_code!r}"
        elif not self._names(request.account):
            why = f"Invalid account code {request.account!r}"
        else:
            return True
        client.fail(request.request_id, invalid(why))
        return False

    def _names(self, account: str) -> tuple[str, ...]:
        known = tuple(self._brokerage.accounts)
        if account in ("", "All"):
            return known
        return tuple(name for name in known if name == account)

    def _send_values(self, client: ClientLink, request: ReqAccountUpdatesMulti, name: str) -> None:
        valuation = self._brokerage.value(name)
        for key, value, currency in account_rows(valuation, ledger_only=request.ledger_and_nlv):
            client.send(
                AccountUpdateMulti(
                    request_id=request.request_id,
                    account=name,
                    key=key,
                    value=value,
                    currency=currency,
                )
            )

    def _send_position(
        self, client: ClientLink, request: ReqPositionsMulti, name: str, row: Position
    ) -> None:
        shown = position_answer(name, row.holding, self._brokerage.contracts)
        client.send(
            PositionMulti(
                request_id=request.request_id,
                account=name,
                contract=shown.contract,
                position=shown.position,
                avg_cost=shown.avg_cost,
            )
        )

    def _pnl(self, request: ReqPnl) -> PnlAnswer:
        rows = [self._brokerage.value(name) for name in self._names(request.account)]
        return PnlAnswer(
            request_id=request.request_id,
            daily=sum((row.day_profit for row in rows), Decimal(0)),
            unrealized=sum((row.unrealized for row in rows), Decimal(0)),
            realized=sum((row.realized for row in rows), Decimal(0)),
        )

    def _pnl_single(self, request: ReqPnlSingle) -> PnlSingleAnswer:
        for name in self._names(request.account):
            valuation = self._brokerage.value(name)
            for row in valuation.positions:
                if row.asset.con_id == request.con_id:
                    daily, unrealized, realized, value = pnl_of_position(valuation, row)
                    return PnlSingleAnswer(
                        request_id=request.request_id,
                        position=row.holding.quantity,
                        daily=daily,
                        unrealized=unrealized,
                        realized=realized,
                        value=value,
                    )
        return PnlSingleAnswer(request_id=request.request_id, position=Decimal(0), daily=None)

    def _tell(self, client: ClientLink, answer: PnlAnswer | PnlSingleAnswer) -> None:
        told = self._of(client).told
        if told.get(answer.request_id) != answer:
            told[answer.request_id] = answer
            client.send(answer)

    def _of(self, client: ClientLink) -> _Streams:
        return self._streams.setdefault(client, _Streams())
