# SPDX-License-Identifier: Apache-2.0
"""Version 226, as the newest client speaks it: it lives in an environment of its own."""

from __future__ import annotations

import subprocess
from decimal import Decimal

from ib_provider.wire import answers as a
from ib_provider.wire.codec import parse_request, render_answer
from ib_provider.wire.requests import PlaceOrder
from ib_provider.wire.wire_order import WireOrder, WireOrderState
from tests.support.ibapi_stable import stable_python
from tests.support.wire_peers import AAPL

_ENCODE = """
from ibapi.client_utils import createPlaceOrderRequestProto
from ibapi.contract import Contract
from ibapi.order import Order
from decimal import Decimal
contract, order = Contract(), Order()
contract.symbol, contract.secType, contract.exchange = "AAPL", "STK", "SMART"
order.action, order.totalQuantity, order.orderType = "BUY", Decimal(1), "MKT"
order.conditionsIncludeOvernight = True
print(createPlaceOrderRequestProto(11, contract, order).SerializeToString().hex())
"""
_DECODE = """
import sys
from ibapi.protobuf.OpenOrder_pb2 import OpenOrder
from ibapi.protobuf.ContractData_pb2 import ContractData
order, details = OpenOrder(), ContractData()
order.ParseFromString(bytes.fromhex(sys.argv[1]))
details.ParseFromString(bytes.fromhex(sys.argv[2]))
print(order.order.conditionsIncludeOvernight, details.contractDetails.settlementMethod)
"""


def _newest(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(stable_python()), "-c", script, *arguments],
        env={},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def _order() -> WireOrder:
    return WireOrder(
        action="BUY",
        total_quantity=Decimal(1),
        order_type="MKT",
        conditions_include_overnight=True,
    )


OPEN = a.OpenOrder(
    order_id=11, contract=AAPL, order=_order(), state=WireOrderState(status="Submitted")
)
DETAILS = a.ContractData(
    request_id=1, contract=AAPL, min_tick=Decimal("0.01"), settlement_method="Cash"
)


def test_newest_client_s_order_is_read_with_its_newest_field() -> None:
    """A field that the installed ibapi does not know is not lost."""
    payload = b"\0\0\0\xcb" + bytes.fromhex(_newest(_ENCODE))
    request = parse_request(payload, 226)
    assert isinstance(request, PlaceOrder)
    assert request.order.conditions_include_overnight


def test_newest_client_reads_the_newest_fields() -> None:
    """They are written by hand, at the numbers it has for them."""
    bodies = [render_answer(answer, 226)[4:].hex() for answer in (OPEN, DETAILS)]
    assert _newest(_DECODE, *bodies) == "True Cash"
