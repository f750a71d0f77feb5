# SPDX-License-Identifier: Apache-2.0
"""Sessions at a gateway for downloads from a terminal, as tasks of Airflow's have them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ib_provider.hooks.gateway_sessions import GatewaySessions

__all__ = ["gateway_sessions"]


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
        messages_per_s=args.messages_per_s,
        heartbeat_s=20.0,
        silence_s=10.0,
        reset_windows=ResetWindows(),
    )
    return GatewaySessions(gateway=gateway, settings=load_settings(), role=ClientRole.DATA)
