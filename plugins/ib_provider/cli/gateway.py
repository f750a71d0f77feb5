# SPDX-License-Identifier: Apache-2.0
"""``ib-provider gateway``: start, watch and stop IB Gateway in a container, or ask any gateway."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING, Final

from ib_provider.errors import ConfigError

if TYPE_CHECKING:
    from ib_provider.gateway.container import GatewayContainer

__all__ = ["add_arguments", "run"]

_EPILOG: Final = """\
exit codes:
  0  done; for status and probe: it answers
  1  failed, or it does not answer
  2  used wrongly

credentials (never as arguments, which every process can read):
  TWS_USERNAME and TWS_PASSWORD, or TWS_USERNAME_FILE and TWS_PASSWORD_FILE, which name files.
  VNC_SERVER_PASSWORD for --set vnc_port=5900.

examples:
  Paper, read-only, on 127.0.0.1:4002; waits for the second factor and says so:
    TWS_USERNAME=joe TWS_PASSWORD_FILE=~/.tws ib-provider gateway start

  Live, orders allowed, a pinned image, restarting itself at night:
    ib-provider gateway start --mode live --set read_only_api=false \\
      --set digest=sha256:… --set auto_restart_time=23:45

  Is it up, and if not, why?
    ib-provider gateway status
    ib-provider gateway logs --tail 20

  Does anything that speaks like a gateway answer, a TWS on this desk for instance?
    ib-provider gateway probe --port 7497
"""
_EXAMPLE: Final = "such as --set java_heap_mb=2048; may be repeated; an unknown NAME lists them"
_ACTIONS: Final = {
    "start": "start a container, or take the one that runs, and wait until its API answers",
    "status": "say what a container is doing, and how far its login came",
    "logs": "print what a container printed since its present start",
    "stop": "stop and remove a container",
    "probe": "say whether a gateway answers a version handshake at an address; takes no client id, "
    "needs no container and no login",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    for name, text in _ACTIONS.items():
        action = actions.add_parser(name, help=text, description=text)
        if name == "probe":
            action.add_argument("--host", default="127.0.0.1", help="default %(default)s")
            action.add_argument("--port", type=int, default=4002, help="default %(default)s, paper")
            seconds = "seconds, default %(default)s"
            action.add_argument("--timeout", type=float, default=5.0, help=seconds)
            continue
        action.add_argument("--mode", default="paper", choices=("paper", "live"),
            help="default %(default)s")  # fmt: skip
        action.add_argument("--name", default="", help="of the container; default ib-gateway-MODE")
        action.add_argument("--port", type=int, help="on 127.0.0.1; default 4002 paper, 4001 live")
        if name == "start":
            action.add_argument("--image", help="repository and tag")
            action.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                help=f"another setting, {_EXAMPLE}")  # fmt: skip
            action.add_argument("--timeout", type=float, default=300.0, metavar="S",
                help="seconds until its API must answer (default: %(default)g)")  # fmt: skip
        if name == "logs":
            action.add_argument("--tail", type=int, metavar="N", help="the last lines only")
            action.add_argument("--all", action="store_true", help="earlier starts as well")


def run(args: argparse.Namespace) -> int:
    """Run one action and return its exit code.

    Raises:
        ConfigError: Settings or credentials that cannot be used.
        GatewayError: It could not be started or stopped, or nothing answers.
        RemoteProtocolError: Something answers a probe, and it is no gateway.
    """
    if args.action == "probe":
        return _probe(args)
    container = _container(args)
    if args.action == "start":
        return _start(container, timeout_s=args.timeout)
    if args.action == "status":
        status = container.status()
        print(status)
        advice = status.login.phase.advice
        if advice and not status.is_logged_in:
            print(advice)
        return 0 if status.is_logged_in else 1
    if args.action == "logs":
        for line in container.logs(tail=args.tail, this_start_only=not args.all):
            print(line)
        return 0
    name = container.settings.container_name
    print(f"{name}: stopped and removed" if container.stop() else f"{name}: there was none")
    return 0


def _container(args: argparse.Namespace) -> GatewayContainer:
    from ib_provider.config import load_settings
    from ib_provider.gateway.container import GatewayContainer
    from ib_provider.gateway.container_settings import parse_container_settings

    said = {"trading_mode": args.mode, "name": args.name, "port": args.port}
    for word in getattr(args, "set", ()):
        name, equals, value = word.partition("=")
        if not equals or name in said:
            raise ConfigError("--set", [f"{word}: not NAME=VALUE, or an option of its own"])
        said[name] = value
    if getattr(args, "image", None):
        said["image"] = args.image
    return GatewayContainer(
        settings=parse_container_settings(said, source="ib-provider gateway"),
        locks=load_settings().locks,
        progress=lambda line: print(f"▸ {line}", file=sys.stderr, flush=True),
    )


def _start(container: GatewayContainer, *, timeout_s: float) -> int:
    from ib_provider.gateway.credentials import read_credentials

    status = container.start(
        read_credentials(environ=os.environ),
        vnc_password=os.environ.get("VNC_SERVER_PASSWORD") or None,
        timeout_s=timeout_s,
    )
    print(status)
    return 0


def _probe(args: argparse.Namespace) -> int:
    from ib_provider.gateway.probe import probe

    answer = asyncio.run(probe(args.host, args.port, timeout_s=args.timeout))
    print(
        f"gateway {args.host}:{args.port} answers in {answer.took_s * 1000:.0f} ms: "
        f"server version {answer.server_version}, its clock {answer.connection_time}"
    )
    return 0
