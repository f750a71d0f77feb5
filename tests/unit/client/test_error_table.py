# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ib_provider.client.error_table import ErrorKind, classify, row_of, to_request_error
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

HMDS = "Historical Market Data Service error message:"


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (162, f"{HMDS}HMDS query returned no data: EUR.USD@IDEALPRO Ask", ErrorKind.NO_DATA),
        (162, f"{HMDS}Historical data request pacing violation", ErrorKind.PACING),
        (162, f"{HMDS}No market data permissions for NYSE STK", ErrorKind.PERMISSION),
        (162, f"{HMDS}API historical data query cancelled: 28", ErrorKind.QUERY_CANCELLED),
        (162, f"{HMDS}invalid step: 1", ErrorKind.INVALID),
        (162, f"{HMDS}starting time must occur before ending time", ErrorKind.INVALID),
        (162, f"{HMDS}No historical market data for EUR/CASH@IDEALPRO Last", ErrorKind.INVALID),
        (162, f"{HMDS}No head time stamp", ErrorKind.NO_DATA),
        (
            162,
            f"{HMDS}Trading TWS session is connected from a different IP address",
            ErrorKind.ELSEWHERE,
        ),
        (162, f"{HMDS}competing live session", ErrorKind.PERMISSION),
        (162, "El servicio HMDS no ha devuelto datos", ErrorKind.UNEXPLAINED),
        (162, "", ErrorKind.UNEXPLAINED),
        (
            10187,
            "Failed to request historical ticks:No market data permissions",
            ErrorKind.PERMISSION,
        ),
        (10187, "Failed to request:nie wieder", ErrorKind.UNEXPLAINED),
        (200, "No security definition has been found", ErrorKind.NO_DEFINITION),
        (201, "Order rejected - reason:", ErrorKind.ORDER_REJECTED),
        (202, "Order Canceled - reason:", ErrorKind.ORDER_CANCELLED),
        (326, "in use", ErrorKind.SESSION),
        (399, "Order Message", ErrorKind.ORDER_NOTICE),
        (1100, "lost", ErrorKind.CONNECTIVITY),
        (2104, "OK:usfarm", ErrorKind.FARM),
        (2109, "outsideRth ignored", ErrorKind.NOTICE),
        (2199, "a notice of tomorrow", ErrorKind.NOTICE),
        (10147, "not found", ErrorKind.CANCEL_REFUSED),
        (10167, "delayed", ErrorKind.NOTICE),
    ],
)
def test_classify_known_code_has_its_kind(code: int, message: str, kind: ErrorKind) -> None:
    """A code's kind decides what it does; only 162 needs its text."""
    assert classify(code, message) is kind


def test_classify_unknown_code_has_no_kind() -> None:
    """Whoever asked decides what an unknown code does, the table does not guess."""
    assert classify(9999, "something new") is None


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (200, "none", NoSecurityDefinition),
        (162, "pacing violation", PacingViolation),
        (354, "not subscribed", NoMarketDataPermission),
        (162, "HMDS query returned no data", RequestFailed),
        (162, "invalid step", InvalidRequest),
        (162, "query cancelled", QueryCancelled),
        (162, "connected from a different IP address", SessionElsewhere),
        (162, "keine Daten", UnexplainedRefusal),
        (10187, "No market data permissions", NoMarketDataPermission),
        (321, "invalid", InvalidRequest),
        (10339, "no end date", InvalidRequest),
        (9999, "new", RequestFailed),
    ],
)
def test_to_request_error_is_typed_and_names_the_request(
    code: int, message: str, kind: type[RequestFailed]
) -> None:
    """The exception says what was asked, and its type whose fault it is."""
    error = to_request_error(code, message, "bars of AAPL")
    assert type(error) is kind
    assert (error.code, error.request) == (code, "bars of AAPL")


def test_row_of_every_code_says_what_it_means_and_whence() -> None:
    """A row has a meaning and a source."""
    row = row_of(326)
    assert row is not None
    assert row.meaning
    assert row.source in ("C", "D")


#: Every code that the message-code page and the captures name.
DOCUMENTED = (
    *(100, 101, 102, 103, 104, 105, 106, 107, 109, 110, 111, 116, 117, 133, 134, 135, 136),
    *(161, 162, 165, 166, 200, 201, 202, 203, 300, 309, 310, 317, 320, 321, 322, 326, 327, 329),
    *(337, 343, 354, 366, 385, 386, 387, 388, 391, 399, 404, 420, 430, 434, 435, 460, 492),
    *(1100, 1101, 1102, 1300, 2100, 2101, 2103, 2104, 2105, 2106, 2107, 2108, 2109, 2110, 2119),
    *(2137, 2157, 2158, 2174, 10006, 10089, 10090, 10092, 10147, 10148, 10167, 10168, 10182),
    *(10186, 10187, 10189, 10190, 10197, 10225, 10276, 10289, 10293, 10295, 10314, 10339, 10349),
)


@pytest.mark.parametrize("code", DOCUMENTED)
def test_row_of_every_documented_code_exists(code: int) -> None:
    """A code that IB documents is never a surprise."""
    row = row_of(code)
    assert row is not None
    assert row.code == code
