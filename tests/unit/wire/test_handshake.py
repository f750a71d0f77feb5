# SPDX-License-Identifier: Apache-2.0
"""The greeting and the version both sides will speak."""

from __future__ import annotations

import pytest

from ib_provider.errors import LocalProtocolError, RemoteProtocolError
from ib_provider.wire.handshake import ClientHello, negotiate, parse_hello, render_server_hello


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"v100..225", ClientHello(min_version=100, max_version=225)),
        (b"v157..178", ClientHello(min_version=157, max_version=178)),
        (b"v176", ClientHello(min_version=176, max_version=176)),
        (
            b"v100..225 +PACEAPI",
            ClientHello(min_version=100, max_version=225, options="+PACEAPI"),
        ),
    ],
)
def test_parse_hello_of_known_clients_gives_their_range(
    payload: bytes, expected: ClientHello
) -> None:
    """Both client families and the oldest form are understood."""
    assert parse_hello(payload) == expected


@pytest.mark.parametrize("payload", [b"", b"GET / HTTP/1.1", b"v200..100", b"v1..99999", b"\xff"])
def test_parse_hello_of_something_else_is_refused(payload: bytes) -> None:
    """A port scanner is not a client."""
    with pytest.raises(RemoteProtocolError):
        parse_hello(payload)


@pytest.mark.parametrize(
    ("low", "high", "ours", "expected"),
    [
        (100, 225, 226, 225),
        (100, 226, 200, 200),
        (157, 178, 226, 178),
        (100, 175, 226, None),
        (201, 226, 200, None),
    ],
)
def test_negotiate_takes_the_newest_version_of_both(
    low: int, high: int, ours: int, expected: int | None
) -> None:
    """The smaller maximum wins; no common version is None."""
    assert negotiate(ClientHello(min_version=low, max_version=high), ours) == expected


def test_server_hello_is_one_framed_text_message() -> None:
    """Two fields, no message id, at every version."""
    assert render_server_hello(225, "20260405 23:49:26 EST") == (
        b"\0\0\0\x1a225\x0020260405 23:49:26 EST\0"
    )
    with pytest.raises(LocalProtocolError):
        render_server_hello(225, "a\0b")
