# SPDX-License-Identifier: Apache-2.0
"""The layout of every request as text. The messages' own literal version fields are skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ib_provider.wire import requests as r
from ib_provider.wire.assembly import assemble
from ib_provider.wire.text.contract import REQUEST_CONTRACT
from ib_provider.wire.text.kinds import BOOL, COUNT, ID, INT, OPTIONAL_INT
from ib_provider.wire.text.layout import Cursor, Field, Row, Values, constant, fields, read, skip
from ib_provider.wire.text.place_order import PLACE_ORDER_ROWS

__all__ = ["parse_text"]

_REQUEST_ID = Field("request_id", ID)
_VERSION = skip()
_OPERATOR = (constant(since=192),) * 2  # who pressed the button, for CME


def _skip_legs(cursor: Cursor, values: Values) -> None:
    """Combination legs, in requests for data: con id, ratio, action, exchange each."""
    if values["contract.sec_type"] == "BAG":
        for _ in range(4 * cursor.take("leg count", COUNT)):
            cursor.take("leg")


def _skip_delta_neutral(cursor: Cursor, values: Values) -> None:  # noqa: ARG001
    if cursor.take("delta-neutral flag", BOOL):
        for name in ("con id", "delta", "price"):
            cursor.take(f"delta-neutral {name}")


def _specific_dates(cursor: Cursor, values: Values) -> None:
    if cursor.version >= 200:
        values["specific_dates"] = tuple(
            cursor.take("specific date", INT) for _ in range(cursor.take("date count", COUNT))
        )


_CONTRACT_DETAILS: tuple[Row, ...] = (
    *_VERSION,
    _REQUEST_ID,
    *REQUEST_CONTRACT,
    Field("include_expired", BOOL),
    *fields("sec_id_type sec_id issuer_id"),
)

_HISTORICAL_DATA: tuple[Row, ...] = (
    _REQUEST_ID,
    *REQUEST_CONTRACT,
    Field("include_expired", BOOL),
    *fields("end bar_size duration"),
    Field("use_rth", BOOL),
    Field("what_to_show"),
    Field("format_date", INT),
    _skip_legs,
    Field("keep_up_to_date", BOOL),
    *skip(),  # chart options, for IB's own use
)

_MKT_DATA: tuple[Row, ...] = (
    *_VERSION,
    _REQUEST_ID,
    *REQUEST_CONTRACT,
    _skip_legs,
    _skip_delta_neutral,
    Field("generic_ticks"),
    *fields("snapshot regulatory_snapshot", BOOL),
    *skip(),  # options, for IB's own use
)

_CANCEL_ORDER: tuple[Row, ...] = (
    constant(until=192),
    Field("order_id", ID),
    Field("manual_time"),
    *(constant(since=187, until=190),) * 3,  # quote requests came, and went again
    *_OPERATOR,
)

_EXECUTIONS: tuple[Row, ...] = (
    *_VERSION,
    _REQUEST_ID,
    Field("client_id", OPTIONAL_INT),
    *fields("account time symbol sec_type exchange side"),
    Field("last_n_days", OPTIONAL_INT, since=200),
    _specific_dates,
)

_ACCOUNT_UPDATES_MULTI: tuple[Row, ...] = (
    *_VERSION,
    _REQUEST_ID,
    *fields("account model_code"),
    Field("ledger_and_nlv", BOOL),
)

_LAYOUTS: Mapping[int, tuple[type[r.Request], tuple[Row, ...]]] = {
    1: (r.ReqMktData, _MKT_DATA),
    2: (r.CancelMktData, (*_VERSION, _REQUEST_ID)),
    3: (r.PlaceOrder, PLACE_ORDER_ROWS),
    4: (r.CancelOrder, _CANCEL_ORDER),
    5: (r.ReqOpenOrders, _VERSION),
    6: (r.ReqAccountUpdates, (*_VERSION, Field("subscribe", BOOL), Field("account"))),
    7: (r.ReqExecutions, _EXECUTIONS),
    8: (r.ReqIds, (*_VERSION, Field("count", INT))),
    9: (r.ReqContractDetails, _CONTRACT_DETAILS),
    14: (r.SetServerLogLevel, (*_VERSION, Field("level", INT))),
    15: (r.ReqAutoOpenOrders, (*_VERSION, Field("auto_bind", BOOL))),
    16: (r.ReqAllOpenOrders, _VERSION),
    17: (r.ReqManagedAccounts, _VERSION),
    20: (r.ReqHistoricalData, _HISTORICAL_DATA),
    25: (r.CancelHistoricalData, (*_VERSION, _REQUEST_ID)),
    49: (r.ReqCurrentTime, _VERSION),
    58: (r.GlobalCancel, (constant(until=192), *_OPERATOR)),
    59: (r.ReqMarketDataType, (*_VERSION, Field("market_data_type", INT))),
    61: (r.ReqPositions, _VERSION),
    62: (r.ReqAccountSummary, (*_VERSION, _REQUEST_ID, *fields("group tags"))),
    63: (r.CancelAccountSummary, (*_VERSION, _REQUEST_ID)),
    64: (r.CancelPositions, _VERSION),
    71: (r.StartApi, (*_VERSION, Field("client_id", ID), Field("capabilities"))),
    76: (r.ReqAccountUpdatesMulti, _ACCOUNT_UPDATES_MULTI),
    77: (r.CancelAccountUpdatesMulti, (*_VERSION, _REQUEST_ID)),
    92: (r.ReqPnl, (_REQUEST_ID, *fields("account model_code"))),
    93: (r.CancelPnl, (_REQUEST_ID,)),
    99: (r.ReqCompletedOrders, (Field("api_only", BOOL),)),
    105: (r.ReqCurrentTimeMillis, ()),
}


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
