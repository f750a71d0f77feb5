# SPDX-License-Identifier: Apache-2.0
"""Every request as protobuf: which message it is, and which of its fields we read."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import Message
from ibapi.protobuf.AccountDataRequest_pb2 import AccountDataRequest
from ibapi.protobuf.AccountSummaryRequest_pb2 import AccountSummaryRequest
from ibapi.protobuf.AccountUpdatesMultiRequest_pb2 import AccountUpdatesMultiRequest
from ibapi.protobuf.AllOpenOrdersRequest_pb2 import AllOpenOrdersRequest
from ibapi.protobuf.AutoOpenOrdersRequest_pb2 import AutoOpenOrdersRequest
from ibapi.protobuf.CancelAccountSummary_pb2 import CancelAccountSummary
from ibapi.protobuf.CancelAccountUpdatesMulti_pb2 import CancelAccountUpdatesMulti
from ibapi.protobuf.CancelHistoricalData_pb2 import CancelHistoricalData
from ibapi.protobuf.CancelMarketData_pb2 import CancelMarketData
from ibapi.protobuf.CancelOrderRequest_pb2 import CancelOrderRequest
from ibapi.protobuf.CancelPnL_pb2 import CancelPnL
from ibapi.protobuf.CancelPositions_pb2 import CancelPositions
from ibapi.protobuf.CompletedOrdersRequest_pb2 import CompletedOrdersRequest
from ibapi.protobuf.ContractDataRequest_pb2 import ContractDataRequest
from ibapi.protobuf.CurrentTimeInMillisRequest_pb2 import CurrentTimeInMillisRequest
from ibapi.protobuf.CurrentTimeRequest_pb2 import CurrentTimeRequest
from ibapi.protobuf.ExecutionRequest_pb2 import ExecutionRequest
from ibapi.protobuf.GlobalCancelRequest_pb2 import GlobalCancelRequest
from ibapi.protobuf.HistoricalDataRequest_pb2 import HistoricalDataRequest
from ibapi.protobuf.IdsRequest_pb2 import IdsRequest
from ibapi.protobuf.ManagedAccountsRequest_pb2 import ManagedAccountsRequest
from ibapi.protobuf.MarketDataRequest_pb2 import MarketDataRequest
from ibapi.protobuf.MarketDataTypeRequest_pb2 import MarketDataTypeRequest
from ibapi.protobuf.OpenOrdersRequest_pb2 import OpenOrdersRequest
from ibapi.protobuf.PlaceOrderRequest_pb2 import PlaceOrderRequest
from ibapi.protobuf.PnLRequest_pb2 import PnLRequest
from ibapi.protobuf.PositionsRequest_pb2 import PositionsRequest
from ibapi.protobuf.SetServerLogLevelRequest_pb2 import SetServerLogLevelRequest
from ibapi.protobuf.StartApiRequest_pb2 import StartApiRequest

from ib_provider.wire import requests as r
from ib_provider.wire.assembly import assemble
from ib_provider.wire.protobuf.kinds import BOOL, ID, INT, NUMBERS, OPTIONAL_INT, TEXT
from ib_provider.wire.protobuf.layout import CONTRACT, Member, members, parse_message, read
from ib_provider.wire.protobuf.order import ORDER, not_carried
from ib_provider.wire.text.layout import NOT_CARRIED

__all__ = ["parse_protobuf"]

_REQUEST_ID = Member("request_id", "reqId", ID)

_CONTRACT_DETAILS = (
    _REQUEST_ID,
    *CONTRACT,
    Member("include_expired", "contract.includeExpired", BOOL),
    *members(TEXT, "sec_id_type=secIdType sec_id=secId issuer_id=issuerId", field="contract."),
)

_HISTORICAL_DATA = (
    _REQUEST_ID,
    *CONTRACT,
    Member("include_expired", "contract.includeExpired", BOOL),
    *members(TEXT, "end=endDateTime bar_size=barSizeSetting duration what_to_show=whatToShow"),
    *members(BOOL, "use_rth=useRTH keep_up_to_date=keepUpToDate"),
    Member("format_date", "formatDate", INT),
)

_MKT_DATA = (
    _REQUEST_ID,
    *CONTRACT,
    Member("generic_ticks", "genericTickList", TEXT),
    *members(BOOL, "snapshot regulatory_snapshot=regulatorySnapshot"),
)

_PLACE_ORDER = (
    Member("order_id", "orderId", ID),
    *CONTRACT,
    *members(TEXT, "sec_id_type=secIdType sec_id=secId", field="contract."),
    *ORDER,
)

_CANCEL_ORDER = (
    Member("order_id", "orderId", ID),
    Member("manual_time", "orderCancel.manualOrderCancelTime", TEXT),
)

_EXECUTIONS = (
    _REQUEST_ID,
    *members(
        TEXT,
        "account=acctCode time symbol sec_type=secType exchange side",
        field="executionFilter.",
    ),
    *members(OPTIONAL_INT, "client_id=clientId last_n_days=lastNDays", field="executionFilter."),
    Member("specific_dates", "executionFilter.specificDates", NUMBERS),
)

_ACCOUNT_UPDATES_MULTI = (
    _REQUEST_ID,
    *members(TEXT, "account model_code=modelCode"),
    Member("ledger_and_nlv", "ledgerAndNLV", BOOL),
)

_LAYOUTS: Mapping[int, tuple[type[r.Request], type[Message], tuple[Member, ...]]] = {
    1: (r.ReqMktData, MarketDataRequest, _MKT_DATA),
    2: (r.CancelMktData, CancelMarketData, (_REQUEST_ID,)),
    3: (r.PlaceOrder, PlaceOrderRequest, _PLACE_ORDER),
    4: (r.CancelOrder, CancelOrderRequest, _CANCEL_ORDER),
    5: (r.ReqOpenOrders, OpenOrdersRequest, ()),
    6: (
        r.ReqAccountUpdates,
        AccountDataRequest,
        (*members(BOOL, "subscribe"), *members(TEXT, "account=acctCode")),
    ),
    7: (r.ReqExecutions, ExecutionRequest, _EXECUTIONS),
    8: (r.ReqIds, IdsRequest, members(INT, "count=numIds")),
    9: (r.ReqContractDetails, ContractDataRequest, _CONTRACT_DETAILS),
    14: (r.SetServerLogLevel, SetServerLogLevelRequest, members(INT, "level=logLevel")),
    15: (r.ReqAutoOpenOrders, AutoOpenOrdersRequest, members(BOOL, "auto_bind=autoBind")),
    16: (r.ReqAllOpenOrders, AllOpenOrdersRequest, ()),
    17: (r.ReqManagedAccounts, ManagedAccountsRequest, ()),
    20: (r.ReqHistoricalData, HistoricalDataRequest, _HISTORICAL_DATA),
    25: (r.CancelHistoricalData, CancelHistoricalData, (_REQUEST_ID,)),
    49: (r.ReqCurrentTime, CurrentTimeRequest, ()),
    58: (r.GlobalCancel, GlobalCancelRequest, ()),
    59: (
        r.ReqMarketDataType,
        MarketDataTypeRequest,
        members(INT, "market_data_type=marketDataType"),
    ),
    61: (r.ReqPositions, PositionsRequest, ()),
    62: (r.ReqAccountSummary, AccountSummaryRequest, (_REQUEST_ID, *members(TEXT, "group tags"))),
    63: (r.CancelAccountSummary, CancelAccountSummary, (_REQUEST_ID,)),
    64: (r.CancelPositions, CancelPositions, ()),
    71: (
        r.StartApi,
        StartApiRequest,
        (*members(ID, "client_id=clientId"), *members(TEXT, "capabilities=optionalCapabilities")),
    ),
    76: (r.ReqAccountUpdatesMulti, AccountUpdatesMultiRequest, _ACCOUNT_UPDATES_MULTI),
    77: (r.CancelAccountUpdatesMulti, CancelAccountUpdatesMulti, (_REQUEST_ID,)),
    92: (r.ReqPnl, PnLRequest, (_REQUEST_ID, *members(TEXT, "account model_code=modelCode"))),
    93: (r.CancelPnl, CancelPnL, (_REQUEST_ID,)),
    99: (r.ReqCompletedOrders, CompletedOrdersRequest, members(BOOL, "api_only=apiOnly")),
    105: (r.ReqCurrentTimeMillis, CurrentTimeInMillisRequest, ()),
}


def parse_protobuf(msg_id: int, body: bytes) -> r.Request:
    """Return the request that these bytes carry.

    Raises:
        RemoteProtocolError: They are not that message, or a field is malformed or missing.
    """
    if msg_id not in _LAYOUTS:
        return r.UnknownRequest(msg_id=msg_id)
    cls, message_cls, rows = _LAYOUTS[msg_id]
    message = parse_message(message_cls, body)
    values = read(rows, message)
    if cls is r.PlaceOrder:
        values[NOT_CARRIED] = not_carried(message)
    return assemble(cls, values)
