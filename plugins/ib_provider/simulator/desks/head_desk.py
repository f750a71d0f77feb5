# SPDX-License-Identifier: Apache-2.0
"""Requests for the head timestamp: since when there are data.

The question stays open, and counts, until it is cancelled.
"""

from __future__ import annotations

from typing import Final

from ib_provider.domain.bar import WhatToShow
from ib_provider.simulator.client_link import ClientLink, Handlers
from ib_provider.simulator.contracts import Listing
from ib_provider.simulator.desks.past_market import SERVICE, PastMarket
from ib_provider.simulator.market.bar_kinds import is_shown
from ib_provider.simulator.refusal import Refusal, invalid
from ib_provider.wire.messages import CancelHeadTimestamp, HeadTimestamp, ReqHeadTimestamp

__all__ = ["HeadDesk"]

_EPOCH: Final = 2
_NONE: Final = Refusal(code=162, message=f"{SERVICE}No head time stamp")


class HeadDesk:
    """Answers since when a contract has data."""

    def __init__(self, past: PastMarket) -> None:
        self._past = past
        self.handlers: Handlers = {
            ReqHeadTimestamp: self._answer,
            CancelHeadTimestamp: self._cancel,
        }

    def _answer(self, client: ClientLink, request: ReqHeadTimestamp) -> None:
        listing = self._past.find(request.contract, expired=request.include_expired)
        if not isinstance(listing, Refusal):
            refusal = _refusal(request, listing)
            listing = refusal or listing
        if isinstance(listing, Refusal):
            client.fail(request.request_id, listing)
            return
        stamp = self._head(listing, request) if self._past.is_kept(listing) else None
        if stamp is None:
            client.fail(request.request_id, _NONE)
            return
        client.send(HeadTimestamp(request_id=request.request_id, timestamp=stamp))

    def _head(self, listing: Listing, request: ReqHeadTimestamp) -> str | None:
        first = self._past.first_session(listing)
        day = self._past.calendar.trading_day(self._past.venue(listing), first)
        if day is None:
            return None
        at = day.open if request.use_rth else day.begins
        if at > self._past.now():
            return None
        if request.format_date == _EPOCH:
            return str(int(at.timestamp()))
        return f"{at:%Y%m%d-%H:%M:%S}"

    def _cancel(self, client: ClientLink, request: CancelHeadTimestamp) -> None:
        """Take note: the gate in front of the desks has closed the request."""


def _refusal(request: ReqHeadTimestamp, listing: Listing) -> Refusal | None:
    shown = request.what_to_show.upper()
    if shown not in set(WhatToShow):
        return invalid(f"Incorrect data type requested: {request.what_to_show!r}")
    if request.format_date not in (1, _EPOCH):
        return invalid(f"Date format {request.format_date} is none of 1 and 2")
    return None if is_shown(listing.contract.sec_type, WhatToShow(shown)) else _NONE
