# SPDX-License-Identifier: Apache-2.0
"""What a client may ask of a gateway: one frozen value a message, whatever bytes carried it.

Text that IB leaves open (order types, bar sizes, times in force) stays text: the gateway judges it,
not the codec. A number the client left unset is None, however it spelled "unset".
"""

from __future__ import annotations

from dataclasses import dataclass

from ib_provider.domain.contract import Contract
from ib_provider.wire.wire_order import WireOrder

__all__ = [
    "CancelAccountSummary",
    "CancelAccountUpdatesMulti",
    "CancelHistoricalData",
    "CancelMktData",
    "CancelOrder",
    "CancelPnl",
    "CancelPositions",
    "GlobalCancel",
    "PlaceOrder",
    "ReqAccountSummary",
    "ReqAccountUpdates",
    "ReqAccountUpdatesMulti",
    "ReqAllOpenOrders",
    "ReqAutoOpenOrders",
    "ReqCompletedOrders",
    "ReqContractDetails",
    "ReqCurrentTime",
    "ReqCurrentTimeMillis",
    "ReqExecutions",
    "ReqHistoricalData",
    "ReqIds",
    "ReqManagedAccounts",
    "ReqMarketDataType",
    "ReqMktData",
    "ReqOpenOrders",
    "ReqPnl",
    "ReqPositions",
    "Request",
    "SetServerLogLevel",
    "StartApi",
    "UnknownRequest",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartApi:
    """The client names itself; the gateway's pushes begin after this."""

    client_id: int
    capabilities: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqIds:
    """Ask for the next valid order id. ``count`` is ignored by every gateway."""

    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqManagedAccounts:
    """Ask which accounts the login holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqCurrentTime:
    """Ask for the gateway's time in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqCurrentTimeMillis:
    """Ask for the gateway's time in milliseconds (from version 197)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetServerLogLevel:
    """Set the gateway's log level, 1 (system) to 5 (detail). Never answered."""

    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqContractDetails:
    """Ask which contracts fit a description, or one security id (``ISIN`` and the like)."""

    request_id: int
    contract: Contract
    include_expired: bool = False
    sec_id_type: str = ""
    sec_id: str = ""
    issuer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqHistoricalData:
    """Ask for bars.

    Attributes:
        end: IB's text of the exclusive end; empty is "now".
        format_date: 1 for local text, 2 for epoch seconds.
        keep_up_to_date: Whether the last bar is to be pushed as it grows.
    """

    request_id: int
    contract: Contract
    end: str
    duration: str
    bar_size: str
    what_to_show: str
    use_rth: bool
    format_date: int = 1
    keep_up_to_date: bool = False
    include_expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelHistoricalData:
    """Withdraw a request for bars."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMktData:
    """Ask for a quote: one snapshot, or a stream until cancelled."""

    request_id: int
    contract: Contract
    generic_ticks: str = ""
    snapshot: bool = False
    regulatory_snapshot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMktData:
    """End a quote stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqMarketDataType:
    """Choose 1 live, 2 frozen, 3 delayed or 4 delayed-frozen quotes. Never answered at once."""

    market_data_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Place an order, or change the one with the same id."""

    order_id: int
    contract: Contract
    order: WireOrder
    sec_id_type: str = ""
    sec_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel one order of this client."""

    order_id: int
    manual_time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalCancel:
    """Cancel every open order of the login, whoever placed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqOpenOrders:
    """Ask for the open orders of this client id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAllOpenOrders:
    """Ask for the open orders of every client, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAutoOpenOrders:
    """Bind orders placed by hand to this client; only client 0 may."""

    auto_bind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqCompletedOrders:
    """Ask for the orders that ended today."""

    api_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqExecutions:
    """Ask for executions. Empty fields do not filter; the others are ANDed.

    Attributes:
        time: IB's text; only executions at or after it.
        last_n_days: From version 200; None is "today".
        specific_dates: From version 200; ``YYYYMMDD`` as integers.
    """

    request_id: int
    client_id: int | None = None
    account: str = ""
    time: str = ""
    symbol: str = ""
    sec_type: str = ""
    exchange: str = ""
    side: str = ""
    last_n_days: int | None = None
    specific_dates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqPositions:
    """Subscribe to the positions of every account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPositions:
    """End the positions subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAccountSummary:
    """Subscribe to account values. ``tags`` is IB's comma-separated list."""

    request_id: int
    group: str
    tags: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAccountSummary:
    """End an account summary."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAccountUpdates:
    """Begin or end the stream of one account's values and portfolio."""

    subscribe: bool
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqAccountUpdatesMulti:
    """Begin a stream of one account's, or model's, values."""

    request_id: int
    account: str
    model_code: str = ""
    ledger_and_nlv: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAccountUpdatesMulti:
    """End such a stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReqPnl:
    """Begin a stream of one account's profit and loss."""

    request_id: int
    account: str
    model_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPnl:
    """End a profit-and-loss stream."""

    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownRequest:
    """A well-framed message whose id this codec does not know."""

    msg_id: int


Request = (
    StartApi
    | ReqIds
    | ReqManagedAccounts
    | ReqCurrentTime
    | ReqCurrentTimeMillis
    | SetServerLogLevel
    | ReqContractDetails
    | ReqHistoricalData
    | CancelHistoricalData
    | ReqMktData
    | CancelMktData
    | ReqMarketDataType
    | PlaceOrder
    | CancelOrder
    | GlobalCancel
    | ReqOpenOrders
    | ReqAllOpenOrders
    | ReqAutoOpenOrders
    | ReqCompletedOrders
    | ReqExecutions
    | ReqPositions
    | CancelPositions
    | ReqAccountSummary
    | CancelAccountSummary
    | ReqAccountUpdates
    | ReqAccountUpdatesMulti
    | CancelAccountUpdatesMulti
    | ReqPnl
    | CancelPnl
    | UnknownRequest
)
