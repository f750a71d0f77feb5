# SPDX-License-Identifier: Apache-2.0
"""Mutated frames against the codec: ``python -m tests.support.fuzz_wire --frames 1000000``.

Every frame must be a request or a protocol error, soon, and memory must stay flat. Prints a
summary; the exit status is 1 where a law was broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc
import typing
from collections import Counter
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Any

from ib_provider.domain.contract import Contract
from ib_provider.errors import RemoteProtocolError
from ib_provider.wire import requests as r
from ib_provider.wire.codec import parse_request
from ib_provider.wire.framing import FrameReader, frame
from ib_provider.wire.wire_order import WireOrder
from tests.support.wire_mirror import request_payload

__all__ = ["main", "mutated", "seeds"]

_VERSIONS = (176, 178, 187, 192, 200, 201, 203, 208, 213, 218, 226)
_NASTY = (b"\0", b"nan\0", b"1e999\0", b"\xff", b"9" * 40 + b"\0", b"-", b"2147483647\0", b"\x80")
_SLOW_SECONDS = 1.0
_GROWTH_BYTES = 4_000_000


def _plain(cls: type[Any]) -> Any:
    """Return a request with a value in each field that has no default."""
    known = {"contract": Contract(symbol="AAPL", exchange="SMART", currency="USD")}
    known["order"] = WireOrder(  # type: ignore[assignment]
        action="BUY", total_quantity=Decimal(10), order_type="LMT", lmt_price=Decimal("43.5")
    )
    by_type = {"int": 7, "str": "x", "bool": True, "Decimal | None": Decimal(1)}
    return cls(
        **{
            field.name: known.get(field.name, by_type.get(str(field.type)))
            for field in fields(cls)
            if field.default is MISSING
        }
    )


def seeds() -> list[tuple[int, bytes]]:
    """Return (version, payload) of every request at versions of every generation."""
    requests = [_plain(cls) for cls in typing.get_args(r.Request)[:] if cls is not r.UnknownRequest]
    return [
        (version, payload)
        for version in _VERSIONS
        for request in requests
        if (payload := request_payload(request, version)) is not None
    ]


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """Return the payload with one to four places cut, repeated, or overwritten."""
    data = bytearray(payload)
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.randint(0, 6))
        kind = chance.random()
        if kind < 0.4:
            data[start:end] = chance.choice(_NASTY)
        elif kind < 0.8:
            data[start:end] = chance.randbytes(chance.randint(0, 6))
        else:
            data[start:end] = data[start:end] * chance.randint(2, 5)
    return bytes(data) or b"\0"


def main(arguments: list[str] | None = None) -> int:
    """Return 0 where all laws held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    chance, known = random.Random(options.seed), seeds()
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    tracemalloc.start()
    settled = 0
    began = time.monotonic()
    for number in range(options.frames):
        if number == options.frames // 10:
            settled = tracemalloc.get_traced_memory()[0]
        version, seed = chance.choice(known)
        (payload,) = FrameReader().feed(frame(mutated(seed, chance)))
        started = time.monotonic()
        try:
            outcomes[type(parse_request(payload, version)).__name__] += 1
        except RemoteProtocolError:
            outcomes["refused"] += 1
        except Exception as error:  # noqa: BLE001  # that it is of another kind is what is looked for
            outcomes[f"CRASH {type(error).__name__}"] += 1
            print(f"CRASH at {version}: {payload!r}: {error!r}")  # noqa: T201
        slowest = max(slowest, time.monotonic() - started)
    growth = tracemalloc.get_traced_memory()[0] - settled
    return _report(options.frames, time.monotonic() - began, slowest, growth, outcomes)


def _report(
    frames: int, seconds: float, slowest: float, growth: int, outcomes: Counter[str]
) -> int:
    crashes = sum(count for name, count in outcomes.items() if name.startswith("CRASH"))
    broken = bool(crashes) or slowest > _SLOW_SECONDS or growth > _GROWTH_BYTES
    print(  # noqa: T201
        f"{frames} frames in {seconds:.0f} s: {crashes} crashes, {outcomes['refused']} refused,"
        f" {frames - crashes - outcomes['refused']} read; slowest {slowest * 1000:.1f} ms;"
        f" memory grew by {growth} bytes; {'BROKEN' if broken else 'all laws held'}"
    )
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
