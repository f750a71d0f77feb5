# SPDX-License-Identifier: Apache-2.0
"""What the simulator's image runs: a container that behaves like that of IB's own gateway.

It reads the variables the published image reads, prints the lines that image prints at a login,
accepts connections from the start, and forwards them once the login has succeeded. Some user names
and one password make the login go otherwise, so that each way can be shown without an account:

    TWS_PASSWORD=wrong          refused, and tried again every few seconds, as IBC does
    TWS_USERID=second-factor    waits until the file /tmp/confirmed exists
    TWS_USERID=throttled        too many failed logins
    TWS_USERID=elsewhere        somebody else is logged in as this user

Without a user name there is no login. The account is a paper account in either mode. Words after
the image's name are options of ``ib-provider simulator``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ib_provider.cli.simulator import add_arguments, options_of
from ib_provider.simulator import SimulatedGateway

__all__ = ["LoginScript", "main", "read_script"]

#: Trading mode → the gateway's own port, and the one that is forwarded to it.
_PORTS: Final = {"live": (4001, 4003), "paper": (4002, 4004)}
_WRONG: Final = "wrong"
_CONFIRMED: Final = Path("/tmp/confirmed")  # noqa: S108 # a container's own, and no secret
#: User name → what is told after its login was sent, and how it ends.
_TOLD: Final = {
    "second-factor": ["IBC: Second Factor Authentication initiated"],
    "throttled": [
        "IBC: Too many failed login attempts. Please wait 4 minutes & 47 seconds before attempting"
    ],
}
_ENDS: Final = {"second-factor": {"waits_for_phone": True}, "throttled": {"succeeds": False}}
_STEP_S: Final = 0.2
_RETRY_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginScript:
    """How a login goes.

    Attributes:
        lines: What is printed, in order.
        waits_for_phone: Wait for the confirmation after the last of them.
        succeeds: Whether the API opens in the end.
        repeats: Whether it is tried again when it failed.
    """

    lines: Sequence[str] = field(default=())
    waits_for_phone: bool = False
    succeeds: bool = True
    repeats: bool = False


def read_script(environ: Mapping[str, str], *, password: str) -> LoginScript:
    """Return how the login goes that the variables ask for."""
    user, mode = environ.get("TWS_USERID", ""), environ.get("TRADING_MODE", "paper")
    if not user:
        return LoginScript()
    begin = [
        f"IBC: Setting Trading mode = {mode}",
        "IBC: Setting user name",
        "IBC: Setting password",
        "IBC: Login attempt: 1",
        f"IBC: Click button: {'Paper Log In' if mode == 'paper' else 'Log In'}",
    ]
    if password in ("", _WRONG):
        refused = [
            "IBC: detected dialog entitled: Unrecognized Username or Password; event=Opened",
            "IBC: Unrecognized Username or Password",
            "IBC: Cold restart in progress",
        ]
        return LoginScript(lines=[*begin, *refused], succeeds=False, repeats=True)
    if user == "elsewhere":
        action = environ.get("EXISTING_SESSION_DETECTED_ACTION", "manual")
        return _logged_in_elsewhere(begin, action)
    return LoginScript(lines=[*begin, *_TOLD.get(user, ())], **_ENDS.get(user, {}))


def _logged_in_elsewhere(begin: Sequence[str], action: str) -> LoginScript:
    if action.startswith("primary"):
        told = "IBC: End the other session and continue this one"
        return LoginScript(lines=[*begin, told])
    told = "IBC: User must choose whether to continue with this session"
    return LoginScript(lines=[*begin, told], succeeds=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return 0; 1 where the variables cannot be used."""
    words = list(sys.argv[1:] if argv is None else argv)
    mode = os.environ.get("TRADING_MODE", "paper")
    if mode not in _PORTS:
        print(f".> Invalid TRADING_MODE: {mode}", flush=True)
        return 1
    if os.environ.get("TWS_PASSWORD") and os.environ.get("TWS_PASSWORD_FILE"):
        text = "error: both TWS_PASSWORD and TWS_PASSWORD_FILE are set (but are exclusive)"
        print(text, file=sys.stderr, flush=True)
        return 1
    file = os.environ.get("TWS_PASSWORD_FILE")
    password = Path(file).read_text("utf-8") if file else os.environ.get("TWS_PASSWORD", "")
    api_port, open_port = _PORTS[mode]
    parser = argparse.ArgumentParser(prog="stand-in")
    add_arguments(parser)
    own = ["--host", "127.0.0.1", "--port", str(api_port)]
    if os.environ.get("READ_ONLY_API") == "yes":
        own.append("--read-only")
    gateway = SimulatedGateway(options_of(parser.parse_args([*own, *words])))
    script = read_script(os.environ, password=password.strip())
    asyncio.run(_serve(gateway, script, api_port=api_port, open_port=open_port))
    return 0


async def _serve(
    gateway: SimulatedGateway, script: LoginScript, *, api_port: int, open_port: int
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    _say(".> Starting IBC/IB gateway")
    for name in ("READ_ONLY_API", "AUTO_RESTART_TIME", "TIME_ZONE", "JAVA_HEAP_SIZE"):
        if os.environ.get(name):
            _say(f".> {name}: {os.environ[name]}")

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _forward(reader, writer, port=api_port)

    async with await asyncio.start_server(forward, "0.0.0.0", open_port):  # noqa: S104
        _say(f".> Starting socat {open_port} -> {api_port}")
        works = {
            asyncio.create_task(stop.wait()),
            asyncio.create_task(_log_in_and_run(gateway, script)),
        }
        done, waiting = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        for work in waiting:
            work.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for work in done:
            work.result()
    _say(".> Received SIGINT or SIGTERM. Shutting down IB Gateway.")


async def _log_in_and_run(gateway: SimulatedGateway, script: LoginScript) -> None:
    while not await _log_in(script):
        if not script.repeats:
            await asyncio.Event().wait()
        await asyncio.sleep(_RETRY_S)
    async with gateway:
        if script.lines:
            _say("IBC: Login has completed")
            _say("IBC: Configuration tasks completed")
        _say(gateway.announcement)
        await gateway.run()


async def _log_in(script: LoginScript) -> bool:
    for line in script.lines:
        _say(line)
        await asyncio.sleep(_STEP_S)
    while script.waits_for_phone and not _CONFIRMED.exists():  # noqa: ASYNC110 # a file
        await asyncio.sleep(_STEP_S)
    return script.succeeds


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, port: int
) -> None:
    """Carry bytes both ways; hang up where nothing listens behind."""
    try:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(reader, inner_writer))
            both.create_task(_pump(inner_reader, writer))
    except* OSError:
        pass
    finally:
        for end in (writer, inner_writer):
            end.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


def _say(line: str) -> None:
    """Print a line as the image does: those of IBC with its clock before them."""
    stamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}:000 " if line.startswith("IBC:") else ""
    print(f"{stamp}{line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
