# SPDX-License-Identifier: Apache-2.0
"""The layouts of requests about orders and executions, as text."""

from __future__ import annotations

from collections.abc import Mapping

from ib_provider.wire import requests as r
from ib_provider.wire.text.contract import ANSWER_CONTRACT
from ib_provider.wire.text.kinds import BOOL, FLAG, ID, INT, OPTIONAL_INT
from ib_provider.wire.text.layout import Field, Row, constant, fields, skip
from ib_provider.wire.text.place_order import PLACE_ORDER_ROWS
from ib_provider.wire.text.sections import Each

__all__ = ["ORDER_REQUESTS"]

_VERSION = skip()
_OPERATOR = (
    Field("ext_operator", since=192),
    Field("manual_order_indicator", OPTIONAL_INT, since=192),
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
    Field("request_id", ID),
    Field("client_id", OPTIONAL_INT),
    *fields("account time symbol sec_type exchange side"),
    Field("last_n_days", OPTIONAL_INT, since=200),
    Each("specific_dates", INT, since=200),
)

_EXERCISE: tuple[Row, ...] = (
    *_VERSION,
    Field("request_id", ID),
    *ANSWER_CONTRACT,
    *fields("action quantity", INT),
    Field("account"),
    Field("override", FLAG),
    Field("manual_time", since=180),
    Field("customer_account", since=183),
    Field("professional_customer", BOOL, since=184),
)

ORDER_REQUESTS: Mapping[int, tuple[type[r.Request], tuple[Row, ...]]] = {
    3: (r.PlaceOrder, PLACE_ORDER_ROWS),
    4: (r.CancelOrder, _CANCEL_ORDER),
    5: (r.ReqOpenOrders, _VERSION),
    7: (r.ReqExecutions, _EXECUTIONS),
    15: (r.ReqAutoOpenOrders, (*_VERSION, Field("auto_bind", BOOL))),
    16: (r.ReqAllOpenOrders, _VERSION),
    21: (r.ExerciseOptions, _EXERCISE),
    58: (r.GlobalCancel, (constant(until=192), *_OPERATOR)),
    99: (r.ReqCompletedOrders, (Field("api_only", BOOL),)),
}
