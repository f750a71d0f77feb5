# SPDX-License-Identifier: Apache-2.0
"""Every request as protobuf: which message it is, and which of its fields carry what.

The server only parses; the tests also render what a client would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ib_provider.errors import LocalProtocolError
from ib_provider.wire import requests as r
from ib_provider.wire.assembly import assemble
from ib_provider.wire.protobuf.contract import CONTRACT
from ib_provider.wire.protobuf.data_requests import DATA_REQUESTS
from ib_provider.wire.protobuf.kinds import BOOL, ID, INT, NUMBERS, OPTIONAL_INT, TEXT
from ib_provider.wire.protobuf.layout import (
    Member,
    Row,
    members,
    message_class,
    parse_message,
    read,
    serialize,
    write,
)
from ib_provider.wire.protobuf.order import ATTACHED, ORDER

__all__ = ["parse_protobuf", "render_protobuf_request"]

_Layout: TypeAlias = tuple[type[r.Request], str, tuple[Row, ...]]

_REQUEST_ID = Member("request_id", "reqId", ID)
_ONE = (_REQUEST_ID,)
_ACCOUNT_OR_MODEL = (_REQUEST_ID, *members(TEXT, "account model_code=modelCode"))

_PLACE_ORDER: tuple[Row, ...] = (
    Member("order_id", "orderId", ID),
    *CONTRACT,
    *members(TEXT, "sec_id_type=secIdType sec_id=secId", field="contract."),
    *ORDER,
    ATTACHED,
)

_OPERATOR = (
    *members(TEXT, "ext_operator=extOperator", field="orderCancel."),
    *members(OPTIONAL_INT, "manual_order_indicator=manualOrderIndicator", field="orderCancel."),
)
_CANCEL_ORDER = (
    Member("order_id", "orderId", ID),
    Member("manual_time", "orderCancel.manualOrderCancelTime", TEXT),
    *_OPERATOR,
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

_EXERCISE = (
    Member("request_id", "orderId", ID),
    *CONTRACT,
    *members(INT, "action=exerciseAction quantity=exerciseQuantity"),
    *members(TEXT, "account manual_time=manualOrderTime customer_account=customerAccount"),
    *members(BOOL, "override professional_customer=professionalCustomer"),
)

_ORDERS: Mapping[int, _Layout] = {
    3: (r.PlaceOrder, "PlaceOrderRequest", _PLACE_ORDER),
    4: (r.CancelOrder, "CancelOrderRequest", _CANCEL_ORDER),
    5: (r.ReqOpenOrders, "OpenOrdersRequest", ()),
    7: (r.ReqExecutions, "ExecutionRequest", _EXECUTIONS),
    15: (r.ReqAutoOpenOrders, "AutoOpenOrdersRequest", members(BOOL, "auto_bind=autoBind")),
    16: (r.ReqAllOpenOrders, "AllOpenOrdersRequest", ()),
    21: (r.ExerciseOptions, "ExerciseOptionsRequest", _EXERCISE),
    58: (r.GlobalCancel, "GlobalCancelRequest", _OPERATOR),
    99: (r.ReqCompletedOrders, "CompletedOrdersRequest", members(BOOL, "api_only=apiOnly")),
}

_ACCOUNT: Mapping[int, _Layout] = {
    6: (
        r.ReqAccountUpdates,
        "AccountDataRequest",
        (*members(BOOL, "subscribe"), *members(TEXT, "account=acctCode")),
    ),
    18: (r.RequestFa, "FARequest", members(INT, "fa_data_type=faDataType")),
    19: (
        r.ReplaceFa,
        "FAReplace",
        (_REQUEST_ID, *members(INT, "fa_data_type=faDataType"), *members(TEXT, "xml")),
    ),
    61: (r.ReqPositions, "PositionsRequest", ()),
    62: (
        r.ReqAccountSummary,
        "AccountSummaryRequest",
        (_REQUEST_ID, *members(TEXT, "group tags")),
    ),
    63: (r.CancelAccountSummary, "CancelAccountSummary", _ONE),
    64: (r.CancelPositions, "CancelPositions", ()),
    74: (r.ReqPositionsMulti, "PositionsMultiRequest", _ACCOUNT_OR_MODEL),
    75: (r.CancelPositionsMulti, "CancelPositionsMulti", _ONE),
    76: (
        r.ReqAccountUpdatesMulti,
        "AccountUpdatesMultiRequest",
        (*_ACCOUNT_OR_MODEL, *members(BOOL, "ledger_and_nlv=ledgerAndNLV")),
    ),
    77: (r.CancelAccountUpdatesMulti, "CancelAccountUpdatesMulti", _ONE),
    92: (r.ReqPnl, "PnLRequest", _ACCOUNT_OR_MODEL),
    93: (r.CancelPnl, "CancelPnL", _ONE),
    94: (
        r.ReqPnlSingle,
        "PnLSingleRequest",
        (*_ACCOUNT_OR_MODEL, *members(INT, "con_id=conId")),
    ),
    95: (r.CancelPnlSingle, "CancelPnLSingle", _ONE),
}

_SESSION: Mapping[int, _Layout] = {
    8: (r.ReqIds, "IdsRequest", members(INT, "count=numIds")),
    14: (r.SetServerLogLevel, "SetServerLogLevelRequest", members(INT, "level=logLevel")),
    17: (r.ReqManagedAccounts, "ManagedAccountsRequest", ()),
    49: (r.ReqCurrentTime, "CurrentTimeRequest", ()),
    65: (
        r.VerifyRequest,
        "VerifyRequest",
        members(TEXT, "api_name=apiName api_version=apiVersion"),
    ),
    66: (r.VerifyMessage, "VerifyMessageRequest", members(TEXT, "api_data=apiData")),
    67: (r.QueryDisplayGroups, "QueryDisplayGroupsRequest", _ONE),
    68: (
        r.SubscribeToGroupEvents,
        "SubscribeToGroupEventsRequest",
        (_REQUEST_ID, *members(INT, "group_id=groupId")),
    ),
    69: (
        r.UpdateDisplayGroup,
        "UpdateDisplayGroupRequest",
        (_REQUEST_ID, *members(TEXT, "contract_info=contractInfo")),
    ),
    70: (r.UnsubscribeFromGroupEvents, "UnsubscribeFromGroupEventsRequest", _ONE),
    71: (
        r.StartApi,
        "StartApiRequest",
        (*members(ID, "client_id=clientId"), *members(TEXT, "capabilities=optionalCapabilities")),
    ),
    79: (r.ReqSoftDollarTiers, "SoftDollarTiersRequest", _ONE),
    80: (r.ReqFamilyCodes, "FamilyCodesRequest", ()),
    104: (r.ReqUserInfo, "UserInfoRequest", _ONE),
    105: (r.ReqCurrentTimeMillis, "CurrentTimeInMillisRequest", ()),
    108: (r.ReqConfig, "ConfigRequest", _ONE),
    109: (r.UpdateConfig, "UpdateConfigRequest", _ONE),
}

_LAYOUTS: Mapping[int, _Layout] = {**_ORDERS, **_ACCOUNT, **_SESSION, **DATA_REQUESTS}
_CLASSES = {number: message_class(name) for number, (_, name, _) in _LAYOUTS.items()}
_NUMBERS = {cls: number for number, (cls, _, _) in _LAYOUTS.items()}


def parse_protobuf(msg_id: int, body: bytes) -> r.Request:
    """Return the request that these bytes carry.

    Raises:
        RemoteProtocolError: They are not that message, or a field is malformed or missing.
    """
    if msg_id not in _LAYOUTS:
        return r.UnknownRequest(msg_id=msg_id)
    cls, _, rows = _LAYOUTS[msg_id]
    return assemble(cls, read(rows, parse_message(_CLASSES[msg_id], body)))


def render_protobuf_request(request: r.Request) -> tuple[int, bytes]:
    """Return the number and the bytes that a client would send.

    Raises:
        LocalProtocolError: The request is known only as text, or a value does not fit.
    """
    number = _NUMBERS.get(type(request))
    if number is None:
        raise LocalProtocolError(f"{type(request).__name__} has no protobuf")
    message = _CLASSES[number]()
    write(_LAYOUTS[number][2], request, message)
    return number, serialize(message)
