# SPDX-License-Identifier: Apache-2.0
"""A session at a gateway for commands that need one: where it is, and under which client id."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ib_provider.client.ib_client import IbClient
    from ib_provider.hooks.gateway_sessions import GatewaySessions

__all__ = ["add_gateway_arguments", "gateway_sessions", "new_client"]

#: Above every id that a connection of Airflow's uses by default.
_CLIENT_ID = 90


def add_gateway_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the gateway is."""
    parser.add_argument("--host", default="127.0.0.1", help="default %(default)s")
    parser.add_argument("--port", type=int, default=4002, help="default %(default)s, paper")
    parser.add_argument(
        "--client-id", type=int, default=_CLIENT_ID, help="free at the gateway; default %(default)s"
    )
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds an answer may take")


def new_client(args: argparse.Namespace) -> IbClient:
    """Return a client to enter, which connects it.

    Raises:
        ConfigError: The arguments name no endpoint.
    """
    from ib_provider.client.endpoint import Endpoint
    from ib_provider.client.ib_client import IbClient

    return IbClient(
        Endpoint(
            host=args.host,
            port=args.port,
            client_id=args.client_id,
            request_timeout_s=args.timeout,
        )
    )


def gateway_sessions(args: argparse.Namespace) -> GatewaySessions:
    """Return what opens sessions for downloads, as a task of Airflow's does.

    The client id is the first of four that are free to take, leased so that a second command
    takes the next, and what is asked counts in the login's one budget.
    """
    from ib_provider.config import load_settings
    from ib_provider.domain.account import TradingMode
    from ib_provider.domain.reset_window import ResetWindows
    from ib_provider.hooks.client_ids import ClientRole
    from ib_provider.hooks.gateway_connection import GatewayConnection
    from ib_provider.hooks.gateway_sessions import GatewaySessions

    gateway = GatewayConnection(
        host=args.host,
        port=args.port,
        account=None,
        client_id=args.client_id,
        trading_mode=TradingMode.PAPER,
        read_only=True,
        connect_timeout_s=min(10.0, args.timeout),
        request_timeout_s=args.timeout,
        messages_per_s=45.0,
        heartbeat_s=20.0,
        silence_s=10.0,
        reset_windows=ResetWindows(),
    )
    return GatewaySessions(gateway=gateway, settings=load_settings(), role=ClientRole.DATA)
