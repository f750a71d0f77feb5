# SPDX-License-Identifier: Apache-2.0
"""The options of every command that asks a gateway, and how its outcome is shown."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ib_provider.client.endpoint import Endpoint
    from ib_provider.client.ib_client import IbClient

__all__ = [
    "add_gateway_options",
    "endpoint_of",
    "hours",
    "new_client",
    "number",
    "print_document",
    "print_failures",
    "tell",
    "whole",
]

#: Above the ids that the tasks of a default connection use (1 to 20).
_CLIENT_ID = 61


def add_gateway_options(parser: argparse.ArgumentParser) -> None:
    """Declare where the gateway is."""
    group = parser.add_argument_group("gateway")
    group.add_argument("--host", default="127.0.0.1", help="default %(default)s")
    group.add_argument("--port", type=int, default=4002, help="default %(default)s, paper")
    group.add_argument(
        "--client-id",
        type=int,
        default=_CLIENT_ID,
        help="default %(default)s; no other session may use it",
    )
    group.add_argument(
        "--timeout", type=float, default=60.0, help="seconds for one answer, default %(default)s"
    )
    group.add_argument(
        "--messages-per-s",
        type=float,
        default=45.0,
        help="most messages a second, default %(default)s; a login with 100 lines may send 50",
    )


def endpoint_of(args: argparse.Namespace) -> Endpoint:
    """Return the endpoint that the options name.

    Raises:
        ConfigError: One of them cannot be.
    """
    from ib_provider.client.endpoint import Endpoint

    return Endpoint(
        host=args.host,
        port=args.port,
        client_id=args.client_id,
        request_timeout_s=args.timeout,
        messages_per_s=args.messages_per_s,
    )


def new_client(args: argparse.Namespace) -> IbClient:
    """Return a client to enter, which connects it.

    Raises:
        ConfigError: The options name no endpoint.
    """
    from ib_provider.client.ib_client import IbClient

    return IbClient(endpoint_of(args))


def tell(line: str) -> None:
    """Print one line of progress, apart from the result."""
    print(line, file=sys.stderr, flush=True)


def print_document(document: object) -> None:
    """Print a result as JSON."""
    print(json.dumps(document, indent=2, default=str))


def print_failures(failed: Mapping[str, str]) -> None:
    """Print why each item failed."""
    for name, reason in failed.items():
        text = reason if reason.startswith(name) else f"{name}: {reason}"
        print(f"not loaded  {text}", file=sys.stderr)


def whole(text: str) -> int:
    """Return a whole number of an argument."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def number(text: str) -> Decimal:
    """Return a finite number of an argument, exactly as it is written."""
    try:
        parsed = Decimal(text)
    except InvalidOperation:
        parsed = Decimal("NaN")
    if not parsed.is_finite():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return parsed


def hours(text: str) -> timedelta:
    """Return so many hours of an argument, from 0 up."""
    parsed = number(text)
    if parsed < 0:
        raise argparse.ArgumentTypeError(f"{text} is below zero")
    return timedelta(hours=float(parsed))
