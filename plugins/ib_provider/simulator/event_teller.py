# SPDX-License-Identifier: Apache-2.0
"""What happened at the exchange, told to the clients it concerns, if they are connected."""

from __future__ import annotations

from collections.abc import Mapping

from ib_provider.simulator.brokerage import Brokerage
from ib_provider.simulator.client_link import ClientLink
from ib_provider.simulator.desks.account_desk import AccountDesk
from ib_provider.simulator.desks.order_answers import (
    commission_report,
    execution_details,
    open_order,
    order_status,
)
from ib_provider.simulator.exchange.orders import (
    Charged,
    Event,
    Executed,
    Notice,
    OrderShown,
    StatusShown,
)
from ib_provider.simulator.refusal import Refusal

__all__ = ["tell"]


def tell(
    event: Event,
    *,
    clients: Mapping[int, ClientLink],
    brokerage: Brokerage,
    account_desk: AccountDesk,
) -> None:
    """Send one event. ``clients`` are the sessions by client id."""
    contracts = brokerage.contracts
    match event:
        case Notice(client_id, order_id, code, message):
            if client := clients.get(client_id):
                client.fail(order_id, Refusal(code=code, message=message))
        case OrderShown(order):
            if client := clients.get(order.client_id):
                client.send(open_order(order, contracts.by_id(order.con_id)))
        case StatusShown(order, by_client):
            for client_id in sorted({order.client_id, by_client}):
                if client := clients.get(client_id):
                    client.send(order_status(order, by_client))
        case Executed(trade):
            if client := clients.get(trade.client_id):
                listing = contracts.by_id(trade.con_id)
                client.send(execution_details(trade, listing, brokerage.account_name, -1))
        case Charged(trade):
            if client := clients.get(trade.client_id):
                client.send(commission_report(trade, contracts.by_id(trade.con_id)))
            for client in clients.values():
                account_desk.push(client, trade.con_id)
