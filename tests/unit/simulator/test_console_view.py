# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ib_provider.simulator.activity import ClientRow, FillRow, GatewayView, OrderRow
from ib_provider.simulator.console_view import render_text

_ORDER = OrderRow(
    client_id=7, order_id=3, text="BUY 10 IBM LMT", status="Submitted", filled="4/10", note="399 x"
)
_FILL = FillRow(at="2013-03-04T15:00:00+00:00", client_id=7, order_id=3, text="BUY 4 IBM at 200")


def test_console_shows_clients_requests_orders_and_fills() -> None:
    """As plain text, without colours, where there is no terminal."""
    client = ClientRow(client_id=7, server_version=178, requests=12, answers=345, streams=2)
    view = GatewayView(
        title="simulated gateway listening on 127.0.0.1:4002",
        clock="2013-03-04T15:00:00+00:00",
        faults=("silent",),
        clients=(client,),
        requests=(("PlaceOrder", 1),),
        orders=(_ORDER,),
        fills=(_FILL,),
    )
    text = render_text(view)
    assert "\x1b" not in text
    for shown in (
        "178",
        "345",
        "PlaceOrder",
        "BUY 10 IBM LMT",
        "4/10",
        "BUY 4 IBM at 200",
        "silent",
    ):
        assert shown in text
