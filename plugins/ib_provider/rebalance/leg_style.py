# SPDX-License-Identifier: Apache-2.0
"""A leg's order as its style has it: type, time in force, algorithm, and the last moment to send.

Rules:
    * Every style but market-on-close has a limit: the portfolio's collar. That one's price is only
      what it is counted at, and the limits must allow an order without a worst price.
    * An auction closes before the market does what it is for: who comes after its cut-off is
      refused here, with the time, and not by the exchange. So is an algorithm whose window is over.
    * What nobody can tell, such as when a market closes, is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ib_provider.domain.contract import Instrument
from ib_provider.domain.execution_style import AUCTIONS, ExecutionStyle, StyleKind
from ib_provider.domain.order import OrderType, TimeInForce
from ib_provider.domain.order_terms import Algo
from ib_provider.domain.portfolio import Breach, PlanLeg
from ib_provider.domain.session_span import SessionSpan
from ib_provider.rebalance.book import Book
from ib_provider.rebalance.style_document import KINDS_OF

__all__ = ["style_breaches", "styled"]

_TYPES: Final = {
    StyleKind.MOC: OrderType.MARKET_ON_CLOSE,
    StyleKind.LOC: OrderType.LIMIT_ON_CLOSE,
}

#: How long before its close, and its open, an exchange takes the orders of that auction.
#: Source: NYSE Rule 7.35B (15:50) and Nasdaq's "Opening and Closing Crosses" (15:55 and 9:28).
_CLOSE_CUT_OFFS: Final = {
    "NYSE": timedelta(minutes=10),
    "AMEX": timedelta(minutes=10),
    "NASDAQ": timedelta(minutes=5),
}
_OPEN_CUT_OFFS: Final = {"NASDAQ": timedelta(minutes=2)}
#: Of every other: no auction that is known closes as early.
_OTHER_CUT_OFF: Final = timedelta(minutes=20)

#: The names and parameters of IB's algorithms. Source: TWS API, "IB Algorithms".
_ALGOS: Final = {
    StyleKind.ADAPTIVE: "Adaptive",
    StyleKind.TWAP: "Twap",
    StyleKind.VWAP: "Vwap",
}


class _Problem(Exception):
    """Why a style cannot be: found, and what would be allowed."""

    def __init__(self, limit: str, found: str, allowed: str) -> None:
        super().__init__(found)
        self.limit, self.found, self.allowed = limit, found, allowed


def styled(leg: PlanLeg, style: ExecutionStyle, book: Book) -> PlanLeg:
    """Return a leg as the order of its style; as a plain limit order where it cannot be one.

    ``style_breaches`` says of each leg why it cannot.
    """
    try:
        return _styled(leg, style, book)
    except _Problem:
        return leg


def style_breaches(
    legs: Iterable[PlanLeg], styles: Iterable[ExecutionStyle], book: Book
) -> tuple[Breach, ...]:
    """Return why legs cannot be the orders that their styles ask for: every reason at once."""
    found = []
    for leg, style in zip(legs, styles, strict=True):
        try:
            _styled(leg, style, book)
        except _Problem as problem:
            found.append(
                Breach(
                    limit=problem.limit,
                    subject=leg.instrument_id,
                    found=problem.found,
                    allowed=problem.allowed,
                )
            )
    return tuple(found)


def _styled(leg: PlanLeg, style: ExecutionStyle, book: Book) -> PlanLeg:
    kind, contract = style.kind, leg.contract
    if kind not in KINDS_OF.get(contract.sec_type, frozenset()):
        raise _Problem("style", f"{kind} of a {contract.sec_type}", "a style of that kind")
    is_plain = kind in (StyleKind.LIMIT, StyleKind.MIDPRICE_CHASE)
    if not is_plain and leg.quantity != leg.quantity.to_integral_value():
        raise _Problem("style", f"{kind} of {leg.quantity} units", "whole units")
    if is_plain:
        return leg
    if kind in AUCTIONS:
        return replace(
            leg,
            order_type=_TYPES.get(kind, OrderType.LIMIT),
            tif=TimeInForce.OPG if kind is StyleKind.OPG else TimeInForce.DAY,
            cut_off=_cut_off(leg, kind, book),
        )
    return replace(leg, algo=Algo(strategy=_ALGOS[kind], parameters=_parameters(leg, style, book)))


def _cut_off(leg: PlanLeg, kind: StyleKind, book: Book) -> datetime:
    """Return the last moment to send an order of an auction; raise when it has passed."""
    venue = leg.contract.primary_exchange or leg.contract.exchange
    session, now = _session(leg, book)
    if kind is StyleKind.OPG:
        at = session.begin - _OPEN_CUT_OFFS.get(venue, _OTHER_CUT_OFF)
    else:
        at = session.end - _CLOSE_CUT_OFFS.get(venue, _OTHER_CUT_OFF)
    if now >= at:
        auction = "opening" if kind is StyleKind.OPG else "closing"
        raise _Problem(
            "cut_off",
            f"{kind} at {now:%F %T} UTC",
            f"before {at:%F %T} UTC, when the {auction} auction of {venue} stops taking orders",
        )
    return at


def _session(leg: PlanLeg, book: Book) -> tuple[SessionSpan, datetime]:
    """Return the session that an order of now is of, and the time."""
    now, spans = book.market_time, book.sessions.get(leg.instrument_id, ())
    if now is not None:
        for span in spans:
            if now < span.end:
                return span, now
    raise _Problem("session", "hours that nobody knows", "a known session")


def _parameters(leg: PlanLeg, style: ExecutionStyle, book: Book) -> tuple[tuple[str, str], ...]:
    if style.kind is StyleKind.ADAPTIVE:
        return (("adaptivePriority", style.urgency or "Normal"),)
    found: list[tuple[str, str]] = []
    if style.kind is StyleKind.TWAP:
        found.append(("strategyType", "Marketable"))
    if style.max_volume is not None:
        found.append(("maxPctVol", f"{style.max_volume.normalize():f}"))
    if style.start or style.end:
        session, now = _session(leg, book)
        zone = _zone(book.instruments[leg.instrument_id])
        for name, text in (("startTime", style.start), ("endTime", style.end)):
            if not text:
                continue
            at = datetime.combine(session.session, time.fromisoformat(text), zone)
            if name == "endTime" and at <= now:
                raise _Problem("style", f"{style.kind} at {now:%F %T} UTC", f"before {text} {zone}")
            if not session.begin <= at <= session.end:
                raise _Problem(
                    "style",
                    f"{style.kind} at {text} {zone}",
                    f"from {session.begin:%F %T} to {session.end:%F %T} UTC",
                )
            found.append((name, at.astimezone(ZoneInfo("UTC")).strftime("%Y%m%d-%H:%M:%S")))
    found.append(("allowPastEndTime", "1" if style.past_end else "0"))
    return tuple(found)


def _zone(instrument: Instrument) -> ZoneInfo:
    try:
        return ZoneInfo(instrument.time_zone)
    except (ValueError, ZoneInfoNotFoundError):
        raise _Problem(
            "style", f"the time zone {instrument.time_zone!r}", "an IANA time zone"
        ) from None
