# SPDX-License-Identifier: Apache-2.0
"""What each message of IB's error channel means. Facts as a table, code as lookup.

Rules:
    * IB mixes notices and failures in one channel: the code tells them apart, never the wording,
      which changes between builds and languages.
    * Codes 162 and 10187 are the exception: one code for seven outcomes, so their text is read.
      Text that is not recognised (another language) is a failure worth a retry, never emptiness.
    * An unknown code on a request fails that request. 2100 to 2199 are IB's own range of notices.

Sources: D = Interactive Brokers, "TWS API message codes"; C = captures of real gateways, server
version 200, April 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ib_provider.errors import (
    InvalidRequest,
    NoMarketDataPermission,
    NoSecurityDefinition,
    PacingViolation,
    QueryCancelled,
    RequestFailed,
    SessionElsewhere,
    UnexplainedRefusal,
)

__all__ = ["ErrorKind", "ErrorRow", "classify", "row_of", "to_request_error"]


class ErrorKind(StrEnum):
    """What a message does to whoever waits."""

    NOTICE = "notice"  # nothing
    FARM = "farm"  # changes the state of one data farm, never of the socket
    CONNECTIVITY = "connectivity"  # changes the gateway's own link to IB
    SESSION = "session"  # refuses the whole session
    REQUEST_FAILED = "request failed"
    NO_DATA = "no data"  # an empty answer, and it says so
    NO_DEFINITION = "no definition"
    PACING = "pacing"
    PERMISSION = "permission"
    INVALID = "invalid request"  # it cannot be answered as it is: asking again does not help
    QUERY_CANCELLED = "query cancelled"
    ELSEWHERE = "session elsewhere"  # another session of the login has the data
    UNEXPLAINED = "unexplained"  # in words that are not known
    ORDER_REJECTED = "order rejected"
    ORDER_CANCELLED = "order cancelled"
    ORDER_NOTICE = "order notice"  # the order lives on
    CANCEL_REFUSED = "cancel refused"


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One code: what it does, what it means, where that is known from."""

    code: int
    kind: ErrorKind
    meaning: str
    source: str


_K = ErrorKind

_ROWS: Final = (
    ErrorRow(100, _K.PACING, "more messages a second than allowed", "D"),
    ErrorRow(101, _K.REQUEST_FAILED, "no market-data line left", "D"),
    ErrorRow(102, _K.REQUEST_FAILED, "request id already in use", "D"),
    ErrorRow(103, _K.ORDER_REJECTED, "order id already used", "D"),
    ErrorRow(104, _K.ORDER_REJECTED, "a filled order cannot be modified", "D"),
    ErrorRow(105, _K.ORDER_REJECTED, "the order modified is another one", "D"),
    ErrorRow(106, _K.ORDER_REJECTED, "the order cannot be transmitted", "D"),
    ErrorRow(107, _K.ORDER_REJECTED, "the order is incomplete", "D"),
    ErrorRow(109, _K.ORDER_REJECTED, "price outside the percentage allowed", "D"),
    ErrorRow(110, _K.ORDER_REJECTED, "price off the minimum variation", "D"),
    ErrorRow(111, _K.ORDER_REJECTED, "order type and time in force do not fit", "D"),
    ErrorRow(116, _K.ORDER_REJECTED, "the exchange is down", "D"),
    ErrorRow(117, _K.ORDER_REJECTED, "block order too small", "D"),
    ErrorRow(118, _K.ORDER_REJECTED, "VWAP order invalid", "D"),
    ErrorRow(133, _K.ORDER_REJECTED, "the order was not submitted", "D"),
    ErrorRow(134, _K.ORDER_REJECTED, "the order was not modified", "D"),
    ErrorRow(135, _K.CANCEL_REFUSED, "no order with this id", "D"),
    ErrorRow(136, _K.CANCEL_REFUSED, "the order cannot be cancelled", "D"),
    ErrorRow(161, _K.CANCEL_REFUSED, "the order is past cancelling", "D"),
    ErrorRow(162, _K.UNEXPLAINED, "historical data: the text says what", "C"),
    ErrorRow(165, _K.NOTICE, "historical data service notice", "D"),
    ErrorRow(166, _K.REQUEST_FAILED, "historical data of an expired contract", "D"),
    ErrorRow(200, _K.NO_DEFINITION, "no such contract, or several", "C"),
    ErrorRow(201, _K.ORDER_REJECTED, "order rejected", "C"),
    ErrorRow(202, _K.ORDER_CANCELLED, "order cancelled", "C"),
    ErrorRow(203, _K.ORDER_REJECTED, "security not allowed for this account", "D"),
    ErrorRow(300, _K.REQUEST_FAILED, "no market-data request with this id", "C"),
    ErrorRow(309, _K.REQUEST_FAILED, "no depth line left", "D"),
    ErrorRow(310, _K.REQUEST_FAILED, "no depth request with this id", "D"),
    ErrorRow(317, _K.NOTICE, "depth data reset", "D"),
    ErrorRow(320, _K.REQUEST_FAILED, "the gateway could not read the request", "C"),
    ErrorRow(321, _K.INVALID, "the gateway refused the request as invalid", "C"),
    ErrorRow(322, _K.REQUEST_FAILED, "the gateway failed on the request", "C"),
    ErrorRow(326, _K.SESSION, "client id in use", "C"),
    ErrorRow(327, _K.REQUEST_FAILED, "only client id 0 may bind orders", "D"),
    ErrorRow(329, _K.ORDER_REJECTED, "the order type cannot be changed", "D"),
    ErrorRow(337, _K.ORDER_REJECTED, "good-after time is in the wrong form", "D"),
    ErrorRow(343, _K.ORDER_REJECTED, "good-till date is in the wrong form", "D"),
    ErrorRow(354, _K.PERMISSION, "market data not subscribed", "C"),
    ErrorRow(366, _K.REQUEST_FAILED, "no historical request with this id", "C"),
    ErrorRow(385, _K.REQUEST_FAILED, "scanner id already in use", "D"),
    ErrorRow(386, _K.REQUEST_FAILED, "historical id already in use", "D"),
    ErrorRow(387, _K.ORDER_REJECTED, "order type not supported here", "D"),
    ErrorRow(388, _K.ORDER_REJECTED, "order size too small", "D"),
    ErrorRow(391, _K.ORDER_REJECTED, "good-till time is in the wrong form", "D"),
    ErrorRow(399, _K.ORDER_NOTICE, "a message about an order that lives on", "C"),
    ErrorRow(404, _K.ORDER_NOTICE, "shares to short are being located", "D"),
    ErrorRow(420, _K.PACING, "real-time query refused for pacing", "D"),
    ErrorRow(430, _K.REQUEST_FAILED, "no fundamental data", "D"),
    ErrorRow(434, _K.ORDER_REJECTED, "order size is zero", "D"),
    ErrorRow(435, _K.ORDER_REJECTED, "the order names no account", "D"),
    ErrorRow(460, _K.ORDER_REJECTED, "no trading permission", "D"),
    ErrorRow(481, _K.ORDER_NOTICE, "order size cut to what is allowed", "D"),
    ErrorRow(492, _K.NOTICE, "part of the data is not subscribed", "D"),
    ErrorRow(1100, _K.CONNECTIVITY, "the gateway lost IB", "C"),
    ErrorRow(1101, _K.CONNECTIVITY, "the gateway has IB again; subscriptions are gone", "C"),
    ErrorRow(1102, _K.CONNECTIVITY, "the gateway has IB again; subscriptions live", "C"),
    ErrorRow(1300, _K.CONNECTIVITY, "the gateway's socket port changes", "D"),
    ErrorRow(2100, _K.NOTICE, "another client took over the account updates", "D"),
    ErrorRow(2101, _K.NOTICE, "another client has the account updates", "D"),
    ErrorRow(2103, _K.FARM, "market-data farm broken", "D"),
    ErrorRow(2104, _K.FARM, "market-data farm well", "C"),
    ErrorRow(2105, _K.FARM, "historical farm broken", "D"),
    ErrorRow(2106, _K.FARM, "historical farm well", "C"),
    ErrorRow(2107, _K.FARM, "historical farm asleep until asked", "C"),
    ErrorRow(2108, _K.FARM, "market-data farm asleep until asked", "D"),
    ErrorRow(2109, _K.NOTICE, "outside regular hours does not apply, and is ignored", "D"),
    ErrorRow(2110, _K.CONNECTIVITY, "the gateway lost IB's server", "D"),
    ErrorRow(2119, _K.FARM, "market-data farm is being connected", "D"),
    ErrorRow(2137, _K.NOTICE, "the order crosses the side of a position", "D"),
    ErrorRow(2157, _K.FARM, "security-definition farm broken", "D"),
    ErrorRow(2158, _K.FARM, "security-definition farm well", "C"),
    ErrorRow(2174, _K.NOTICE, "a time without a zone, taken in the gateway's", "C"),
    ErrorRow(10006, _K.ORDER_REJECTED, "the parent order is missing", "D"),
    ErrorRow(10089, _K.PERMISSION, "market data needs a subscription for the API", "C"),
    ErrorRow(10090, _K.NOTICE, "part of the market data is not subscribed", "C"),
    ErrorRow(10092, _K.REQUEST_FAILED, "no depth for this contract", "C"),
    ErrorRow(10147, _K.CANCEL_REFUSED, "no order with this id", "C"),
    ErrorRow(10148, _K.CANCEL_REFUSED, "the order's state forbids cancelling", "C"),
    ErrorRow(10167, _K.NOTICE, "not subscribed; delayed data follow", "C"),
    ErrorRow(10168, _K.PERMISSION, "not subscribed; delayed data are switched off", "D"),
    ErrorRow(10182, _K.REQUEST_FAILED, "live updates of a request have ended", "D"),
    ErrorRow(10186, _K.PERMISSION, "not subscribed; delayed data are switched off", "D"),
    ErrorRow(10187, _K.UNEXPLAINED, "historical ticks: the text says what", "D"),
    ErrorRow(10189, _K.PERMISSION, "tick-by-tick data refused", "C"),
    ErrorRow(10190, _K.PACING, "too many tick-by-tick requests", "D"),
    ErrorRow(10197, _K.PERMISSION, "another live session takes the market data", "C"),
    ErrorRow(10225, _K.REQUEST_FAILED, "the subscription was ended; ask again", "D"),
    ErrorRow(10276, _K.PERMISSION, "news refused", "D"),
    ErrorRow(10289, _K.ORDER_REJECTED, "cash quantity must be set", "D"),
    ErrorRow(10293, _K.ORDER_REJECTED, "cash quantity cannot be used", "D"),
    ErrorRow(10295, _K.INVALID, "a schedule has daily resolution only", "D"),
    ErrorRow(10314, _K.INVALID, "end date in the wrong form", "C"),
    ErrorRow(10339, _K.INVALID, "no end date for a continuous future", "D"),
    ErrorRow(10349, _K.ORDER_NOTICE, "time in force was set by a preset", "D"),
)

_TABLE: Final = {row.code: row for row in _ROWS}

#: Fragments of the texts of the history service, lower case, and what each makes of it; the first
#: that fits. C, D, and the reports of users that other adapters collect.
_HISTORY_TEXTS: Final = (
    ("hmds query returned no data", _K.NO_DATA),
    ("no head time stamp", _K.NO_DATA),
    ("pacing violation", _K.PACING),
    ("no market data permissions", _K.PERMISSION),
    ("competing live session", _K.PERMISSION),
    ("different ip address", _K.ELSEWHERE),
    ("query cancelled", _K.QUERY_CANCELLED),
    ("invalid step", _K.INVALID),
    ("starting time must occur before ending time", _K.INVALID),
    ("no historical market data for", _K.INVALID),
    ("no data of type", _K.INVALID),
    ("not supported for this contract", _K.INVALID),
)
_HISTORY_CODES: Final = (162, 10187)


def row_of(code: int) -> ErrorRow | None:
    """Return the table's row of a code, or None where IB's code is not known to us."""
    return _TABLE.get(code)


def classify(code: int, message: str) -> ErrorKind | None:
    """Return what a message does, or None where the code is unknown."""
    if code in _HISTORY_CODES:
        text = message.lower()
        return next((kind for part, kind in _HISTORY_TEXTS if part in text), _K.UNEXPLAINED)
    row = _TABLE.get(code)
    if row is not None:
        return row.kind
    return _K.NOTICE if 2100 <= code < 2200 else None


def to_request_error(code: int, message: str, request: str) -> RequestFailed:
    """Return the typed exception of an error that failed a request."""
    kinds: dict[ErrorKind | None, type[RequestFailed]] = {
        _K.NO_DEFINITION: NoSecurityDefinition,
        _K.PACING: PacingViolation,
        _K.PERMISSION: NoMarketDataPermission,
        _K.INVALID: InvalidRequest,
        _K.ELSEWHERE: SessionElsewhere,
        _K.QUERY_CANCELLED: QueryCancelled,
        _K.UNEXPLAINED: UnexplainedRefusal,
    }
    return kinds.get(classify(code, message), RequestFailed)(code, message, request)
