# SPDX-License-Identifier: Apache-2.0
"""The door to both formats: dispatch, and what happens to bytes that are no message."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibapi.contract import Contract as IbapiContract
from ibapi.order import Order as IbapiOrder

from ib_provider.domain.contract import Contract
from ib_provider.errors import LocalProtocolError, RemoteProtocolError
from ib_provider.wire import answers as a
from ib_provider.wire import requests as r
from ib_provider.wire.codec import parse_request, render_answer
from tests.support.wire_peers import VERSIONS, ibapi_payload


def _place_order(client: Any) -> None:
    contract, order = IbapiContract(), IbapiOrder()
    contract.symbol, contract.secType, contract.exchange = "AAPL", "STK", "SMART"
    order.action, order.totalQuantity, order.orderType = "BUY", Decimal(1), "MKT"
    client.placeOrder(11, contract, order)


def _history(client: Any) -> None:
    contract = IbapiContract()
    contract.symbol, contract.secType = "AAPL", "STK"
    client.reqHistoricalData(9, contract, "", "1 D", "1 min", "TRADES", 1, 1, False, [])


CALLS: list[Callable[[Any], object]] = [
    _place_order,
    _history,
    lambda client: client.reqAccountSummary(1, "All", "NetLiquidation"),
]
SEEDS = [(version, ibapi_payload(version, call)) for version in VERSIONS for call in CALLS]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutated_request_is_a_request_or_a_protocol_error(data: st.DataObject) -> None:
    """Whatever a peer sends, the codec fails in one way only."""
    version, seed = data.draw(st.sampled_from(SEEDS))
    payload = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(payload)))
        end = data.draw(st.integers(start, min(len(payload), start + 6)))
        payload[start:end] = data.draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([b"\0", b"nan\0", b"1e999\0", b"\xff", b"9" * 30 + b"\0", b"-"]),
            )
        )
    try:
        request = parse_request(bytes(payload), version)
    except RemoteProtocolError:
        return
    assert isinstance(request, r.Request)


@given(st.binary(max_size=80), st.sampled_from(VERSIONS))
def test_random_bytes_are_a_request_or_a_protocol_error(payload: bytes, version: int) -> None:
    """The same of noise."""
    try:
        assert isinstance(parse_request(payload, version), r.Request)
    except RemoteProtocolError:
        return


@pytest.mark.parametrize(
    ("payload", "version", "reason"),
    [
        (b"", 178, "over the size limit"),
        (b"71", 178, "not terminated"),
        (b"x\0", 178, "not a message id"),
        (b"-1\0", 178, "not a message id"),
        (b"8\x001\0\xff\0", 178, "UTF-8"),
        (b"8\x001\x001_0\0", 178, "count is malformed"),
        (b"8\x001\0", 178, "count is missing"),
        (b"8\x001\x001\x001\0", 178, "too many"),
        (b"62\x001\0\0All\0tags\0", 178, "request_id is malformed"),
        (b"15\x001\x002\0", 178, "auto_bind is malformed"),
        (b"\0\0\0", 213, "no message id"),
        (b"\0\0\0\xcb\xff\xff", 213, "not a PlaceOrderRequest"),
        (b"\0\0\0\xcb", 213, "order_id is missing"),
        (b"\0\0\x01\x06", 213, "request_id is missing"),
    ],
)
def test_malformed_payload_is_refused_with_the_reason(
    payload: bytes, version: int, reason: str
) -> None:
    """Error 320 can tell the client which field it was."""
    with pytest.raises(RemoteProtocolError, match=reason):
        parse_request(payload, version)


def test_unknown_message_is_a_value_in_every_format() -> None:
    """A request from the future is not an error of the stream."""
    assert parse_request(b"999\x001\0", 178) == r.UnknownRequest(msg_id=999)
    assert parse_request(b"\0\0\0\x63" + b"1\0", 201) == r.ReqCompletedOrders(api_only=True)
    assert parse_request(b"\0\0\0\xbc", 201) == r.UnknownRequest(msg_id=188)
    assert parse_request(b"\0\0\x01\x84", 225) == r.UnknownRequest(msg_id=188)


def test_request_in_text_after_its_cut_over_is_still_read() -> None:
    """Gateways take either form from 201 on, so this one does."""
    assert parse_request(b"\0\0\0\x3d" + b"1\0", 225) == r.ReqPositions()


@pytest.mark.parametrize(
    ("version", "head"),
    [
        (178, b"9\0"),
        (200, b"9\0"),
        (201, b"\0\0\0\x09"),
        (212, b"\0\0\0\x09"),
        (213, b"\0\0\0\xd1"),
    ],
)
def test_answer_begins_with_the_id_of_its_version(version: int, head: bytes) -> None:
    """A text field, a raw id, a raw id that says protobuf."""
    assert render_answer(a.NextValidId(order_id=1), version).startswith(head)


@pytest.mark.parametrize("version", [178, 225])
def test_answer_that_cannot_be_spelled_is_refused(version: int) -> None:
    """Our own mistake shows on our side, and nothing is sent."""
    contract = Contract(symbol="AAPL")
    for answer in (
        a.TickSize(request_id=1, tick_type=0, size=Decimal("NaN")),
        a.PositionAnswer(
            account="DU1", contract=contract, position=Decimal(1), avg_cost=Decimal("Infinity")
        ),
    ):
        with pytest.raises(LocalProtocolError):
            render_answer(answer, version)
    with pytest.raises(LocalProtocolError, match="NUL"):
        render_answer(a.ErrorMessage(request_id=1, code=1, message="a\0b"), 178)
    with pytest.raises(LocalProtocolError, match="order_id"):
        render_answer(a.NextValidId(order_id=2**40), 225)
