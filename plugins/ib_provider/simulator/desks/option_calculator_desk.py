# SPDX-License-Identifier: Apache-2.0
"""Requests to calculate: an option's volatility from its price, or its price from a volatility."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ib_provider.domain.contract import Contract
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.desks.live_market import LiveMarket
from ib_provider.simulator.desks.option_ticks import OptionView, computation, option_view
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    CalculateImpliedVolatility,
    CalculateOptionPrice,
    CancelCalculateImpliedVolatility,
    CancelCalculateOptionPrice,
)

__all__ = ["OptionCalculatorDesk"]

_CUSTOM: Final = 53
"""IB's tick type of a calculation that a client asked for."""


class OptionCalculatorDesk:
    """Calculates options at the client's own numbers."""

    def __init__(self, live: LiveMarket) -> None:
        self._live = live
        self.handlers: Handlers = {
            CalculateImpliedVolatility: self._volatility,
            CalculateOptionPrice: self._price,
            CancelCalculateImpliedVolatility: self._withdraw,
            CancelCalculateOptionPrice: self._withdraw,
        }

    def _volatility(self, client: ClientLink, request: CalculateImpliedVolatility) -> None:
        view = self._view(request.contract, request.under_price)
        if not isinstance(view, Refusal) and not (request.option_price or 0) > 0:
            view = invalid("The option price must be above zero.")
        if isinstance(view, Refusal):
            client.fail(request.request_id, view)
            return
        price = float(request.option_price or 0)
        client.send(computation(request.request_id, _CUSTOM, view, price=price))

    def _price(self, client: ClientLink, request: CalculateOptionPrice) -> None:
        view = self._view(request.contract, request.under_price)
        if not isinstance(view, Refusal) and not (request.volatility or 0) > 0:
            view = invalid("The volatility must be above zero.")
        if isinstance(view, Refusal):
            client.fail(request.request_id, view)
            return
        terms = replace(view.terms, volatility=float(request.volatility or 0))
        asked = OptionView(terms, view.spot, view.years)
        client.send(computation(request.request_id, _CUSTOM, asked))

    def _withdraw(self, client: ClientLink, request: object) -> None:
        """Do nothing: a calculation is answered at once."""

    def _view(self, contract: Contract, under_price: Decimal | None) -> OptionView | Refusal:
        found = self._live.find(contract)
        if isinstance(found, Refusal):
            return found
        at = datetime.fromtimestamp(self._live.beat.second, UTC)
        view = option_view(self._live.market, found.key, at)
        if view is None:
            return invalid("Only options can be calculated.")
        if not (under_price or 0) > 0:
            return invalid("The underlying price must be above zero.")
        return OptionView(view.terms, float(under_price or 0), view.years)
