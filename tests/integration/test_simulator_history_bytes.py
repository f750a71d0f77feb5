# SPDX-License-Identifier: Apache-2.0
"""History as bytes: the same twice, kept or made anew, and in how many messages."""

from __future__ import annotations

from typing import Any

import pytest

from ib_provider.simulator.limits.limits import Limits
from tests.support.raw_client import RawClient
from tests.support.simulator import gateway_in_thread, quick_options

IBM = (8314, "IBM", "STK", "", 0, "", "", "SMART", "", "USD", "", "", 0)
QUERIES: tuple[tuple[Any, ...], ...] = (
    (20, 1, *IBM, "20130302-00:00:00", "1 min", "2 D", 1, "TRADES", 1, 0, ""),
    (20, 2, *IBM, "", "5 mins", "1 D", 0, "BID_ASK", 2, 0, ""),
    (20, 3, *IBM, "", "1 day", "1 M", 1, "SCHEDULE", 1, 0, ""),
    (87, 4, *IBM, 1, "TRADES", 1),
    (88, 5, *IBM, 1, "2 days"),
    (96, 6, *IBM, "20130301-15:00:00", "", 1000, "TRADES", 1, 0, ""),
    (96, 7, *IBM, "", "20130301-15:00:00", 1000, "BID_ASK", 0, 1, ""),
    (96, 8, *IBM, "20130304-14:59:00", "", 10, "MIDPOINT", 0, 0, ""),
)
ENDS = {1: "108", 2: "108", 3: "106", 4: "88", 5: "89", 6: "98", 7: "97", 8: "96"}


def _answers(**changes: Any) -> list[bytes]:
    """Return every answer of one session, in the order of the questions."""
    limits = Limits(max_messages=0, pacing=False)
    options = quick_options(speed=0.0, limits=limits, **changes)
    got = []
    with gateway_in_thread(options) as gateway, RawClient(gateway.port) as raw:
        raw.read_until("4", "-1", "2158")
        for query in QUERIES:
            raw.send(*query)
            while True:
                payload = raw.read_payload()
                got.append(payload)
                if payload.startswith(f"{ENDS[query[1]]}\0".encode()):
                    break
    return got


def test_same_seed_says_the_same_and_another_does_not() -> None:
    """Bars, schedule, head, histogram and ticks: byte for byte."""
    first = _answers(seed=5)
    assert _answers(seed=5) == first
    assert _answers(seed=6) != first


def test_kept_answers_are_the_same_bytes_for_every_request() -> None:
    """Asked three times under three ids, from memory or not."""
    seen: dict[int, list[bytes]] = {}
    for kept in (0, 4):
        options = quick_options(speed=0.0, kept_answers=kept, bars_a_message=300)
        with gateway_in_thread(options) as gateway, RawClient(gateway.port) as raw:
            raw.read_until("4", "-1", "2158")
            for number in (71, 72, 73):
                raw.send(20, number, *QUERIES[0][2:])
                while not (payload := raw.read_payload()).startswith(b"108\0"):
                    seen.setdefault(kept, []).append(payload)
    assert seen[0] == seen[4]
    assert [payload.split(b"\0")[:3] for payload in seen[4][:4]] == [
        [b"17", b"71", b"300"],
        [b"17", b"71", b"300"],
        [b"17", b"71", b"180"],
        [b"17", b"72", b"300"],
    ]


@pytest.mark.parametrize(("version", "parts"), [(178, 1), (195, 1), (196, 3), (200, 3), (226, 3)])
def test_answer_is_split_where_the_protocol_has_an_end(version: int, parts: int) -> None:
    """From version 196; below it there is one message whatever its size, and no end."""
    options = quick_options(speed=0.0, bars_a_message=300)
    hello = f"v100..{version}".encode()
    with (
        gateway_in_thread(options) as gateway,
        RawClient(gateway.port, versions=hello) as raw,
    ):
        raw.send(*QUERIES[0])
        seen = _read_until(raw, 108 if version >= 196 else 17)
        raw.send(49, 1)
        seen += _read_until(raw, 49)
    assert (seen.count(17), seen.count(108)) == (parts, int(version >= 196))


def _read_until(raw: RawClient, wanted: int) -> list[int]:
    """Return the ids of the messages up to the first of a kind."""
    seen: list[int] = []
    while wanted not in seen:
        payload = raw.read_payload()
        if raw.version >= 201:
            seen.append(int.from_bytes(payload[:4], "big") % 200)
        else:
            seen.append(int(payload.split(b"\0", 1)[0]))
    return seen
