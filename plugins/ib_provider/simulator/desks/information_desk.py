# SPDX-License-Identifier: Apache-2.0
"""Requests for news, events and reports: the login has no permission for any of them.

Source: TWS API, message codes: 10276 for news feeds and Wall Street Horizon's calendar, 10282 for
events before their metadata, 430 for reports; that bulletins may never come is how they are.
"""

from __future__ import annotations

from typing import Final

from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.desks.live_market import LiveMarket
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import (
    CancelFundamentalData,
    CancelNewsBulletins,
    CancelWshEventData,
    CancelWshMetaData,
    NewsProviders,
    ReqFundamentalData,
    ReqHistoricalNews,
    ReqNewsArticle,
    ReqNewsBulletins,
    ReqNewsProviders,
    ReqWshEventData,
    ReqWshMetaData,
)

__all__ = ["InformationDesk"]

_NO_NEWS: Final = Refusal(code=10276, message="News is not allowed.")
_NO_METADATA: Final = Refusal(code=10282, message="WSH metadata not requested.")
_NO_REPORTS: Final = Refusal(
    code=430,
    message="We are sorry, but fundamentals data for the security specified is not available.",
)


class InformationDesk:
    """Refuses what the login may not read, and lists the nothing that it may."""

    def __init__(self, live: LiveMarket) -> None:
        self._live = live
        self.handlers: Handlers = {
            ReqNewsProviders: self._providers,
            ReqNewsBulletins: self._quiet,
            CancelNewsBulletins: self._quiet,
            ReqNewsArticle: self._no_news,
            ReqHistoricalNews: self._no_news,
            ReqWshMetaData: self._no_news,
            ReqWshEventData: self._no_metadata,
            CancelWshMetaData: self._quiet,
            CancelWshEventData: self._quiet,
            ReqFundamentalData: self._no_report,
            CancelFundamentalData: self._quiet,
        }

    def _providers(self, client: ClientLink, _: ReqNewsProviders) -> None:
        client.send(NewsProviders(providers=()))

    def _no_news(
        self, client: ClientLink, request: ReqNewsArticle | ReqHistoricalNews | ReqWshMetaData
    ) -> None:
        client.fail(request.request_id, _NO_NEWS)

    def _no_metadata(self, client: ClientLink, request: ReqWshEventData) -> None:
        client.fail(request.request_id, _NO_METADATA)

    def _no_report(self, client: ClientLink, request: ReqFundamentalData) -> None:
        found = self._live.find(request.contract)
        refusal = found if isinstance(found, Refusal) else _NO_REPORTS
        client.fail(request.request_id, refusal)

    def _quiet(self, client: ClientLink, request: object) -> None:
        """Take a request that is not answered: no bulletin is due, and nothing is under way."""
