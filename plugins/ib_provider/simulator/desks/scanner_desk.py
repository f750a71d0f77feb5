# SPDX-License-Identifier: Apache-2.0
"""Requests for scanners: the US stocks of the simulated market, ranked.

A scanner is told when it begins and again when its ranks have changed, as far as a look every half
a minute shows that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ib_provider.domain.contract import SecType
from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.contracts.listing import SMART
from ib_provider.simulator.desks.live_market import LiveMarket
from ib_provider.simulator.exchange.matching import money
from ib_provider.simulator.market.market import MarketQuote
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import (
    CancelScannerSubscription,
    ReqScannerParameters,
    ReqScannerSubscription,
    ScannerData,
    ScannerParameters,
    ScannerRow,
)

__all__ = ["ScannerDesk"]

_SCANS: Final = "scanners"
_SERVICE: Final = "Historical Market Data Service error message:"
_LOOK_EVERY_S: Final = 30.0
_MOST_ROWS: Final = 50
_LOCATIONS: Final = ("STK.US", "STK.US.MAJOR", "STK.NASDAQ", "STK.NYSE", "STK.ARCA")


class _Candidate(NamedTuple):
    listing: Listing
    quote: MarketQuote

    @property
    def gain(self) -> float:
        before = self.quote.previous_close
        return self.quote.last / before - 1 if before else 0.0


_CODES: Final[Mapping[str, Callable[[_Candidate], float]]] = {
    "TOP_PERC_GAIN": lambda one: -one.gain,
    "TOP_PERC_LOSE": lambda one: one.gain,
    "MOST_ACTIVE": lambda one: -one.quote.volume,
    "MOST_ACTIVE_USD": lambda one: -one.quote.volume * one.quote.last,
}


class ScannerDesk:
    """Answers scanners."""

    def __init__(self, brokerage: Brokerage, live: LiveMarket) -> None:
        self._brokerage = brokerage
        self._live = live
        self.handlers: Handlers = {
            ReqScannerParameters: self._parameters,
            ReqScannerSubscription: self._begin,
            CancelScannerSubscription: self._cancel,
        }

    def _parameters(self, client: ClientLink, _: ReqScannerParameters) -> None:
        client.send(ScannerParameters(xml=_parameters_xml()))

    def _begin(self, client: ClientLink, request: ReqScannerSubscription) -> None:
        request_id = request.request_id
        if client.is_running(_SCANS, request_id):
            text = f"Duplicate ticker ID for API scanner subscription: {request_id}"
            client.fail(request_id, Refusal(code=385, message=text))
            return
        refusal = _refusal(request)
        if refusal is not None:
            client.fail(request_id, refusal)
            return
        client.begin(_SCANS, request_id, self._run(client, request))

    def _cancel(self, client: ClientLink, request: CancelScannerSubscription) -> None:
        request_id = request.request_id
        if client.end(_SCANS, request_id):
            text = f"{_SERVICE}API scanner subscription cancelled: {request_id}"
            client.fail(request_id, Refusal(code=162, message=text))
            return
        text = f"No scanner subscription found for ticker id:{request_id}"
        client.fail(request_id, Refusal(code=365, message=text))

    async def _run(self, client: ClientLink, request: ReqScannerSubscription) -> None:
        told: ScannerData | None = None
        while True:
            found = self._found(request)
            if found != told:
                client.send(found)
                told = found
            await client.drain()
            await asyncio.sleep(_LOOK_EVERY_S)

    def _found(self, request: ReqScannerSubscription) -> ScannerData:
        candidates = [one for one in self._candidates(request.location_code) if _fits(request, one)]
        candidates.sort(key=lambda one: (_CODES[request.scan_code](one), one.listing.long_name))
        wanted = request.rows if request.rows and request.rows > 0 else _MOST_ROWS
        rows = tuple(
            ScannerRow(
                rank=rank,
                contract=one.listing.at(SMART),
                market_name=one.listing.market_name,
            )
            for rank, one in enumerate(candidates[: min(wanted, _MOST_ROWS)])
        )
        return ScannerData(request_id=request.request_id, rows=rows)

    def _candidates(self, location: str) -> list[_Candidate]:
        at = datetime.fromtimestamp(self._live.beat.second, UTC)
        place = location.removeprefix("STK.")
        found = []
        for listing in self._brokerage.contracts:
            own = listing.contract
            if own.sec_type is not SecType.STK or own.currency != "USD":
                continue
            if not place.startswith("US") and own.primary_exchange != place:
                continue
            quote = self._live.market.quote(self._live.traded(listing).key, at)
            if quote is not None:
                found.append(_Candidate(listing, quote))
        return found


def _fits(request: ReqScannerSubscription, one: _Candidate) -> bool:
    price = money(one.quote.last)
    above, below = request.above_price, request.below_price
    if above is not None and price <= above:
        return False
    if below is not None and price >= below:
        return False
    return request.above_volume is None or one.quote.volume > request.above_volume


def _refusal(request: ReqScannerSubscription) -> Refusal | None:
    if request.instrument != "STK" or request.location_code not in _LOCATIONS:
        text = "Market Scanner is not configured for one of the chosen locations."
        return Refusal(code=162, message=f"{_SERVICE}{text}")
    if request.scan_code not in _CODES:
        text = f"Scanner type with code {request.scan_code} is disabled."
        return Refusal(code=162, message=f"{_SERVICE}{text}")
    return None


def _parameters_xml() -> str:
    locations = "".join(
        f"<Location><locationCode>{name}</locationCode></Location>" for name in _LOCATIONS
    )
    codes = "".join(f"<ScanType><scanCode>{name}</scanCode></ScanType>" for name in _CODES)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ScanParameterResponse>'
        "<InstrumentList><Instrument><name>US Stocks</name><type>STK</type></Instrument>"
        f"</InstrumentList><LocationTree>{locations}</LocationTree>"
        f"<ScanTypeList>{codes}</ScanTypeList></ScanParameterResponse>"
    )
