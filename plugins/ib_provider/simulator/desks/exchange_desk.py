# SPDX-License-Identifier: Apache-2.0
"""Requests about exchanges: where a book is shown, and what the letters of a quote stand for."""

from __future__ import annotations

from typing import Final

from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import (
    DepthExchange,
    MktDepthExchanges,
    ReqMktDepthExchanges,
    ReqSmartComponents,
    SmartComponent,
    SmartComponents,
)

__all__ = ["BBO_EXCHANGE", "BY_MAKER", "DEPTH_EXCHANGES", "LETTERS", "ExchangeDesk"]

BBO_EXCHANGE: Final = "9c0001"
"""What a quote of a US stock names as its map of letters."""

BY_MAKER: Final = "Deep2"
"""A book whose rows name an exchange or a market maker; else rows are prices."""

_GROUP: Final = 1
"""Of exchanges whose books are shown together; ib_async reads no book without it."""

DEPTH_EXCHANGES: Final = (
    *(
        DepthExchange(exchange=name, sec_type="STK", service_data_type=BY_MAKER, agg_group=_GROUP)
        for name in ("ISLAND", "NASDAQ", "ARCA", "BATS", "NYSE", "AMEX", "IEX", "EDGEA", "BYX")
    ),
    *(
        DepthExchange(exchange=name, sec_type="STK", agg_group=_GROUP)
        for name in ("LSE", "IBIS", "SBF", "AEB", "TSEJ", "SEHK", "TSE", "ASX", "EBS")
    ),
    *(
        DepthExchange(exchange=name, sec_type=kind, agg_group=_GROUP)
        for name in ("CME", "CBOT", "NYMEX", "COMEX", "CFE", "EUREX")
        for kind in ("FUT", "FOP")
    ),
    DepthExchange(exchange="IDEALPRO", sec_type="CASH", agg_group=_GROUP),
    DepthExchange(exchange="IBCMDTY", sec_type="CMDTY", agg_group=_GROUP),
    DepthExchange(exchange="PAXOS", sec_type="CRYPTO", agg_group=_GROUP),
    DepthExchange(exchange="ZEROHASH", sec_type="CRYPTO", agg_group=_GROUP),
)
"""Where a book is shown. Source: the kinds are IB's, which exchanges is from memory."""


LETTERS: Final = {
    "AMEX": "A",
    "NASDAQ": "Q",
    "NYSE": "N",
    "ARCA": "P",
    "BATS": "Z",
    "BYX": "Y",
    "EDGEA": "J",
    "EDGEX": "K",
    "IEX": "V",
    "CHX": "M",
}
"""Exchange → its letter. Source: the US tapes' codes, public in the SIP specifications."""


class ExchangeDesk:
    """Answers which exchanges there are."""

    def __init__(self) -> None:
        self.handlers: Handlers = {
            ReqMktDepthExchanges: self._depth,
            ReqSmartComponents: self._components,
        }

    def _depth(self, client: ClientLink, _: ReqMktDepthExchanges) -> None:
        client.send(MktDepthExchanges(exchanges=DEPTH_EXCHANGES))

    def _components(self, client: ClientLink, request: ReqSmartComponents) -> None:
        if request.bbo_exchange != BBO_EXCHANGE:
            text = f"Invalid BBO exchange {request.bbo_exchange!r}"
            client.fail(request.request_id, Refusal(code=321, message=text))
            return
        components = tuple(
            SmartComponent(bit_number=number, exchange=name, letter=letter)
            for number, (name, letter) in enumerate(LETTERS.items())
        )
        client.send(SmartComponents(request_id=request.request_id, components=components))
