# SPDX-License-Identifier: Apache-2.0
"""The layout of every request as text. The messages' own literal version fields are skipped.

The server only parses; the tests also render what a client would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ib_provider.errors import LocalProtocolError
from ib_provider.wire import requests as r
from ib_provider.wire.assembly import assemble
from ib_provider.wire.text.data_requests import DATA_REQUESTS
from ib_provider.wire.text.kinds import BOOL, ID, INT, OPTIONAL_INT
from ib_provider.wire.text.layout import Cursor, Field, Row, fields, read, skip, write
from ib_provider.wire.text.order_requests import ORDER_REQUESTS

__all__ = ["parse_text", "render_text_request"]

_REQUEST_ID = Field("request_id", ID)
_VERSION = skip()
_ONE = (*_VERSION, _REQUEST_ID)

_EVENTS = (
    _REQUEST_ID,
    Field("con_id", OPTIONAL_INT),
    Field("filter_json"),
    *fields("fill_watchlist fill_portfolio fill_competitors", BOOL),
    *fields("start_date end_date"),
    Field("total_limit", OPTIONAL_INT),
)

_SESSION: Mapping[int, tuple[type[r.Request], tuple[Row, ...]]] = {
    8: (r.ReqIds, (*_VERSION, Field("count", INT))),
    14: (r.SetServerLogLevel, (*_VERSION, Field("level", INT))),
    17: (r.ReqManagedAccounts, _VERSION),
    49: (r.ReqCurrentTime, _VERSION),
    65: (r.VerifyRequest, (*_VERSION, *fields("api_name api_version"))),
    66: (r.VerifyMessage, (*_VERSION, Field("api_data"))),
    67: (r.QueryDisplayGroups, _ONE),
    68: (r.SubscribeToGroupEvents, (*_ONE, Field("group_id", INT))),
    69: (r.UpdateDisplayGroup, (*_ONE, Field("contract_info"))),
    70: (r.UnsubscribeFromGroupEvents, _ONE),
    71: (r.StartApi, (*_VERSION, Field("client_id", ID), Field("capabilities"))),
    72: (r.VerifyAndAuthRequest, (*_VERSION, *fields("api_name api_version opaque_isv_key"))),
    73: (r.VerifyAndAuthMessage, (*_VERSION, *fields("api_data xyz_response"))),
    79: (r.ReqSoftDollarTiers, (_REQUEST_ID,)),
    80: (r.ReqFamilyCodes, ()),
    104: (r.ReqUserInfo, (_REQUEST_ID,)),
    105: (r.ReqCurrentTimeMillis, ()),
}

_ACCOUNT: Mapping[int, tuple[type[r.Request], tuple[Row, ...]]] = {
    6: (r.ReqAccountUpdates, (*_VERSION, Field("subscribe", BOOL), Field("account"))),
    18: (r.RequestFa, (*_VERSION, Field("fa_data_type", INT))),
    19: (r.ReplaceFa, (*_VERSION, Field("fa_data_type", INT), Field("xml"), _REQUEST_ID)),
    61: (r.ReqPositions, _VERSION),
    62: (r.ReqAccountSummary, (*_ONE, *fields("group tags"))),
    63: (r.CancelAccountSummary, _ONE),
    64: (r.CancelPositions, _VERSION),
    74: (r.ReqPositionsMulti, (*_ONE, *fields("account model_code"))),
    75: (r.CancelPositionsMulti, _ONE),
    76: (
        r.ReqAccountUpdatesMulti,
        (*_ONE, *fields("account model_code"), Field("ledger_and_nlv", BOOL)),
    ),
    77: (r.CancelAccountUpdatesMulti, _ONE),
    92: (r.ReqPnl, (_REQUEST_ID, *fields("account model_code"))),
    93: (r.CancelPnl, (_REQUEST_ID,)),
    94: (
        r.ReqPnlSingle,
        (_REQUEST_ID, *fields("account model_code"), Field("con_id", INT)),
    ),
    95: (r.CancelPnlSingle, (_REQUEST_ID,)),
}

_NEWS: Mapping[int, tuple[type[r.Request], tuple[Row, ...]]] = {
    12: (r.ReqNewsBulletins, (*_VERSION, Field("all_messages", BOOL))),
    13: (r.CancelNewsBulletins, _VERSION),
    100: (r.ReqWshMetaData, (_REQUEST_ID,)),
    101: (r.CancelWshMetaData, (_REQUEST_ID,)),
    102: (r.ReqWshEventData, _EVENTS),
    103: (r.CancelWshEventData, (_REQUEST_ID,)),
}

_LAYOUTS: Mapping[int, tuple[type[r.Request], tuple[Row, ...]]] = {
    **_SESSION,
    **_ACCOUNT,
    **_NEWS,
    **DATA_REQUESTS,
    **ORDER_REQUESTS,
}
_NUMBERS = {cls: number for number, (cls, _) in _LAYOUTS.items()}


def parse_text(msg_id: int, texts: Sequence[str], version: int) -> r.Request:
    """Return the request these fields spell.

    Args:
        texts: The fields after the id, without their terminators.

    Raises:
        RemoteProtocolError: A field is missing, malformed or too many.
    """
    if msg_id not in _LAYOUTS:
        return r.UnknownRequest(msg_id=msg_id)
    cls, rows = _LAYOUTS[msg_id]
    return assemble(cls, read(rows, Cursor(texts, version)))


def render_text_request(request: r.Request, version: int) -> tuple[int, list[str]]:
    """Return the number and the fields that a client would send.

    Raises:
        LocalProtocolError: The request is known only as protobuf, or a value has no spelling.
    """
    number = _NUMBERS.get(type(request))
    if number is None:
        raise LocalProtocolError(f"{type(request).__name__} has no text")
    return number, write(_LAYOUTS[number][1], request, version)
