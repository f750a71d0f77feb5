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
    Bound,
    Charged,
    Event,
    Executed,
    Held,
    Notice,
    OrderShown,
    StatusShown,
)
from ib_provider.simulator.refusal import Refusal
from ib_provider.wire.messages import OrderBound

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

    def concerned(*client_ids: int) -> list[ClientLink]:
        """Return the connected ones of these clients, and the master client, each once."""
        master = brokerage.options.master_client
        wanted = {*client_ids, *(() if master is None else (master,))}
        return [clients[number] for number in sorted(wanted & clients.keys())]

    match event:
        case Notice(client_id, order_id, code, message) if client_id in clients:
            clients[client_id].fail(order_id, Refusal(code=code, message=message))
        case OrderShown(order):
            for client in concerned(order.client_id):
                client.send(open_order(order, contracts.by_id(order.con_id)))
        case StatusShown(order, by_client):
            for client in concerned(order.client_id, by_client):
                client.send(order_status(order, by_client))
        case Executed(trade):
            for client in concerned(trade.client_id):
                client.send(execution_details(trade, contracts.by_id(trade.con_id), -1))
        case Bound(order):
            for client in concerned(order.client_id):
                client.send(
                    OrderBound(
                        perm_id=order.perm_id, client_id=order.client_id, order_id=order.order_id
                    )
                )
        case Charged(trade):
            for client in concerned(trade.client_id):
                client.send(commission_report(trade, contracts.by_id(trade.con_id)))
            _push(clients, account_desk, trade.account, trade.con_id)
        case Held(account, con_id):
            _push(clients, account_desk, account, con_id)


def _push(
    clients: Mapping[int, ClientLink], account_desk: AccountDesk, account: str, con_id: int
) -> None:
    for client in list(clients.values()):
        account_desk.push(client, account, con_id)
