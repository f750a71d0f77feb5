# SPDX-License-Identifier: Apache-2.0
"""Requests about contracts: details, option chains, symbols, market rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ib_provider.domain.contract import SecType
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import ContractBook, Listing, describe
from ib_provider.simulator.contracts.option_parameters import option_parameters
from ib_provider.simulator.contracts.ordered_hours import ordered_hours
from ib_provider.simulator.contracts.symbol_search import search_symbols
from ib_provider.simulator.market.venue_calendar import VenueCalendar
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import (
    BondContractData,
    CancelContractData,
    ContractData,
    ContractDataEnd,
    MarketRule,
    PriceIncrement,
    ReqContractDetails,
    ReqMarketRule,
    ReqMatchingSymbols,
    ReqSecDefOptParams,
    SecDefOptParamsEnd,
    SymbolSamples,
)

__all__ = ["NO_DEFINITION", "ContractDesk"]

_DETAILS = "contract details"
_A_BREATH = 200
"""Contracts of a chain after which other clients are served."""

NO_DEFINITION = Refusal(code=200, message="No security definition has been found for the request")


class ContractDesk:
    """Answers what there is and what it is like; prices are another desk's."""

    def __init__(
        self, contracts: ContractBook, now: Callable[[], datetime], calendar: VenueCalendar
    ) -> None:
        self._contracts = contracts
        self._now = now
        self._calendar = calendar
        self.handlers: Handlers = {
            ReqContractDetails: self._details,
            CancelContractData: self._cancel_details,
            ReqSecDefOptParams: self._option_parameters,
            ReqMatchingSymbols: self._symbols,
            ReqMarketRule: self._market_rule,
        }

    def _details(self, client: ClientLink, request: ReqContractDetails) -> None:
        refusal = _refusal(request)
        if refusal is not None:
            client.fail(request.request_id, refusal)
            return
        client.begin(_DETAILS, request.request_id, self._answer_details(client, request))

    def _cancel_details(self, client: ClientLink, request: CancelContractData) -> None:
        client.end(_DETAILS, request.request_id)

    async def _answer_details(self, client: ClientLink, request: ReqContractDetails) -> None:
        found = self._contracts.find(
            request.contract,
            sec_id_type=request.sec_id_type,
            sec_id=request.sec_id,
            expired=request.include_expired,
        )
        if not found:
            client.fail(request.request_id, NO_DEFINITION)
            return
        now, exchange = self._now(), request.contract.exchange
        for count, listing in enumerate(found, 1):
            described = describe(listing, exchange, request.request_id, now)
            client.send(self._ordered(listing, described))
            if count % _A_BREATH == 0:
                await client.drain()
        client.send(ContractDataEnd(request_id=request.request_id))

    def _ordered(
        self, listing: Listing, described: ContractData | BondContractData
    ) -> ContractData | BondContractData:
        """Return a description whose hours know what has been ordered."""
        if not self._calendar.is_altered:
            return described
        trading, liquid = (
            ordered_hours(text, listing.venue, listing.time_zone, self._calendar)
            for text in (described.trading_hours, described.liquid_hours)
        )
        return replace(described, trading_hours=trading, liquid_hours=liquid)

    def _option_parameters(self, client: ClientLink, request: ReqSecDefOptParams) -> None:
        for answer in option_parameters(self._contracts, request):
            client.send(answer)
        client.send(SecDefOptParamsEnd(request_id=request.request_id))

    def _symbols(self, client: ClientLink, request: ReqMatchingSymbols) -> None:
        samples = search_symbols(self._contracts.tables, request.pattern)
        client.send(SymbolSamples(request_id=request.request_id, samples=samples))

    def _market_rule(self, client: ClientLink, request: ReqMarketRule) -> None:
        ladder = self._contracts.tables.ladders.get(request.market_rule_id)
        if ladder is None:
            client.fail(-1, Refusal(code=320, message="Error reading request. Invalid market rule"))
            return
        client.send(
            MarketRule(
                market_rule_id=ladder.rule_id,
                increments=tuple(
                    PriceIncrement(low_edge=edge, increment=step) for edge, step in ladder.steps
                ),
            )
        )


def _refusal(request: ReqContractDetails) -> Refusal | None:
    """Return why a question is none, or None."""
    contract = request.contract
    if contract.sec_type is SecType.BAG:
        return invalid("BAG isn't supported for contract data request.")
    if contract.sec_type is SecType.UNSAID and not (contract.con_id or request.sec_id):
        return invalid("Please enter a valid security type")
    return None
