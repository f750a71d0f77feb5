# SPDX-License-Identifier: Apache-2.0
"""The texts of codes that a scenario can ask for without writing them out.

Clients must match on the code: the wording changes between builds of the gateway.
Source: captures and documentation of TWS API, as IB's message codes page lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ERROR_TEXTS", "FARM_NOTICES", "text_of"]

_HMDS: Final = "Historical Market Data Service"

ERROR_TEXTS: Final[Mapping[int, str]] = {
    100: "Max rate of messages per second has been exceeded",
    101: "Max number of tickers has been reached.",
    102: "Duplicate ticker ID.",
    103: "Duplicate order id",
    104: "Cannot modify a filled order.",
    105: "Order being modified does not match original order",
    109: "Price is out of the range defined by the percentage setting at order defaults frame.",
    110: "The price does not conform to the minimum price variation for this contract.",
    111: "The TIF (Tif type) and the order type are incompatible.",
    116: "The order cannot be transmitted to a dead exchange.",
    117: "The block order size must be at least 50.",
    133: "Submit new order failed.",
    134: "Modify order failed.",
    135: "Can't find order with id =0",
    136: "This order cannot be cancelled.",
    161: "Cancel attempted when order is not in a cancellable state.  Order permId =0",
    162: f"{_HMDS} error message:No market data permissions for NYSE STK",
    165: f"{_HMDS} query message:HMDS server disconnect occurred.  Attempting reconnection...",
    166: "HMDS Expired Contract Violation.",
    200: "No security definition has been found for the request",
    201: "Order rejected - reason:The order was rejected by the exchange",
    202: "Order Canceled - reason:",
    203: "The security is not available or allowed for this account.",
    300: "Can't find EId with tickerId:0",
    309: "Max number (3) of market depth requests has been reached.",
    310: "Can't find the subscribed market depth with tickerId:0",
    317: "Market depth data has been RESET. Please empty deep book contents before applying any "
    "new entries.",
    320: "Error reading request.",
    321: "Error validating request.-'sim' : cause - refused by the scenario",
    322: "Error processing request.-'sim' : cause - refused by the scenario",
    327: "Only API connections with clientId set to 0 can set the auto bind TWS orders property.",
    329: "Order modify failed. Cannot change to the new order type.",
    337: "Error in the time format",
    343: "The date, time, or time-zone entered is invalid.",
    354: "Requested market data is not subscribed.",
    366: "No historical data query found for ticker id:0",
    385: "No market data farm for the scanner",
    386: "Duplicate ticker ID for API historical data query",
    387: "Unsupported order type for this exchange and security type.",
    391: "The date, time, or time-zone entered is invalid.",
    399: "Order Message:\nWarning: Your order will not be placed at the exchange until the next "
    "session.",
    404: "Shares for this order are not immediately available for short sale. The order will be "
    "held while we attempt to locate the shares.",
    420: "Invalid Real-time Query",
    430: "We are sorry, but fundamentals data for the security specified is not available.",
    434: "The order size cannot be zero.",
    435: "You must specify an account.",
    1100: "Connectivity between IB and Trader Workstation has been lost.",
    1101: "Connectivity between IB and Trader Workstation has been restored - data lost.",
    1102: "Connectivity between IB and Trader Workstation has been restored - data maintained.",
    1300: "TWS socket port has been reset and this connection is being dropped.",
    2100: "New account data requested from TWS.  API client has been unsubscribed from account "
    "data.",
    2101: "Unable to subscribe to account as the following clients are subscribed to a different "
    "account.",
    2109: "Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored based on the "
    "order type and destination.",
    2110: "Connectivity between Trader Workstation and server is broken. It will be restored "
    "automatically.",
    2119: "Market data farm is connecting:usfarm",
    2137: "Cross Side Warning",
    2174: "Warning: You submitted request with date-time attributes without explicit time zone.",
    10006: "Missing parent order.",
    10089: "Requested market data requires additional subscription for API. See link in 'Market "
    "Data Connections' dialog for more details.",
    10090: "Part of requested market data is not subscribed.",
    10092: "Deep market data is not supported for this combination of security type/exchange",
    10147: "OrderId 0 that needs to be cancelled is not found.",
    10148: "OrderId 0 that needs to be cancelled can not be cancelled, state: Filled.",
    10167: "Requested market data is not subscribed. Displaying delayed market data.",
    10168: "Requested market data is not subscribed. Delayed market data is not enabled.",
    10186: "Requested market data is not subscribed. Delayed market data is not enabled.",
    10187: "Failed to request historical ticks:No market data permissions for NYSE STK",
    10189: "Failed to request tick-by-tick data:No market data permissions for NYSE STK",
    10190: "Max number of tick-by-tick requests has been reached.",
    10197: "No market data during competing live session",
    10225: "Bust event occurred, current subscription is deactivated. Please resubscribe real-time "
    "bars immediately.",
    10276: "News is not allowed.",
    10295: "Only daily resolution is available for a schedule.",
    10314: "End Date/Time: The date, time, or time-zone entered is invalid.",
    10339: "Setting end date/time for continuous future security type is not allowed.",
}
"""Code → text. ``0`` stands where a gateway writes the id."""

FARM_NOTICES: Final[Mapping[tuple[str, str], tuple[int, str]]] = {
    ("usfarm", "ok"): (2104, "Market data farm connection is OK:usfarm"),
    ("usfarm", "broken"): (2103, "Market data farm connection is broken:usfarm"),
    ("usfarm", "inactive"): (
        2108,
        "Market data farm connection is inactive but should be available upon demand.usfarm",
    ),
    ("ushmds", "ok"): (2106, "HMDS data farm connection is OK:ushmds"),
    ("ushmds", "broken"): (2105, "HMDS data farm connection is broken:ushmds"),
    ("ushmds", "inactive"): (
        2107,
        "HMDS data farm connection is inactive but should be available upon demand.ushmds",
    ),
    ("secdefnj", "ok"): (2158, "Sec-def data farm connection is OK:secdefnj"),
    ("secdefnj", "broken"): (2157, "Sec-def data farm connection is broken:secdefnj"),
    ("secdefnj", "inactive"): (2157, "Sec-def data farm connection is inactive:secdefnj"),
}
"""(farm, state) → code and text. Source: OK and 2107 from captures, the rest are guesses."""


def text_of(code: int) -> str:
    """Return the text of a code, or a plain one where none is known."""
    notices = dict(FARM_NOTICES.values())
    return ERROR_TEXTS.get(code) or notices.get(code) or f"Error {code}"
