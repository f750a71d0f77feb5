# SPDX-License-Identifier: Apache-2.0
"""``ib-provider gateway``: does a gateway answer at an address?"""

from __future__ import annotations

import argparse
import asyncio

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``status`` with the address to ask."""
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    text = "say whether a gateway answers the version handshake; takes no client id, needs no login"
    status = actions.add_parser("status", help=text, description=text)
    status.add_argument("--host", default="127.0.0.1", help="default %(default)s")
    status.add_argument("--port", type=int, default=4002, help="default %(default)s, paper")
    status.add_argument("--timeout", type=float, default=5.0, help="seconds, default %(default)s")


def run(args: argparse.Namespace) -> int:
    """Print what the gateway says of itself and return 0.

    Raises:
        GatewayNotReady: Nothing answers there in time.
        RemoteProtocolError: Something answers there, and it is no gateway.
    """
    from ib_provider.gateway.probe import probe

    answer = asyncio.run(probe(args.host, args.port, timeout_s=args.timeout))
    print(
        f"gateway {args.host}:{args.port} answers in {answer.took_s * 1000:.0f} ms: "
        f"server version {answer.server_version}, its clock {answer.connection_time}"
    )
    return 0
