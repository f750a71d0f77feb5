# SPDX-License-Identifier: Apache-2.0
"""Requests to exercise options, or to let them lapse."""

from __future__ import annotations

from decimal import Decimal

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.exchange.settlement import Exercise, ExerciseKind
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import ExerciseOptions

__all__ = ["ExerciseDesk"]

_KINDS = {1: ExerciseKind.EXERCISED, 2: ExerciseKind.LAPSED}


class ExerciseDesk:
    """Tells an exercise as the executions it makes: no order is seen."""

    def __init__(self, brokerage: Brokerage) -> None:
        self._brokerage = brokerage
        self.handlers: Handlers = {ExerciseOptions: self._exercise}

    def _exercise(self, client: ClientLink, request: ExerciseOptions) -> None:
        listing = self._brokerage.resolve(request.contract)
        if isinstance(listing, Refusal):
            client.fail(request.request_id, listing)
            return
        kind = _KINDS.get(request.action)
        if kind is None:
            client.fail(request.request_id, invalid(f"Invalid exercise action {request.action}"))
            return
        wish = Exercise(
            key=(client.client_id, request.request_id),
            account=request.account or self._brokerage.only_account,
            listing=listing,
            quantity=Decimal(request.quantity),
            kind=kind,
            override=request.override,
        )
        events = self._brokerage.settlement.exercise(wish, self._brokerage.clock.now())
        if isinstance(events, Refusal):
            client.fail(request.request_id, events)
            return
        self._brokerage.commit(events)
