# SPDX-License-Identifier: Apache-2.0
"""ibapi's client as an encoder: a call in, the bytes of its message out. No socket.

Warning:
    ibapi reports what it cannot encode through its wrapper's ``error`` callback and then returns
    as if it had sent. Here that callback raises, so a message that was not made is an exception.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from ibapi.client import MAX_CLIENT_VER as MAX_VERSION
from ibapi.client import MIN_CLIENT_VER as MIN_VERSION
from ibapi.client import EClient
from ibapi.utils import ClientException

from ib_provider.errors import LocalProtocolError

__all__ = ["MAX_VERSION", "MIN_VERSION", "RequestEncoder"]

# At INFO, Airflow's default, ibapi writes every message in full: 16 MB for 100,000 bars.
logging.getLogger("ibapi").setLevel(logging.WARNING)

#: ibapi's spelling of "I could not make this message".
_UNENCODABLE: Final = (ValueError, TypeError, AttributeError, OverflowError, ClientException)


class _Raising:
    """Stands where ibapi expects a wrapper: a message that cannot be made is raised."""

    def error(self, _id: int, _time: int, code: int, text: str, _reject: str = "") -> None:
        raise LocalProtocolError(f"ibapi cannot encode the request: {code}: {text}")


class _Capture:
    """Stands where ibapi expects its socket, and keeps what is sent."""

    def __init__(self) -> None:
        self._sent = bytearray()

    def isConnected(self) -> bool:  # noqa: N802 ibapi calls it by this name
        return True

    def sendMsg(self, message: bytes) -> int:  # noqa: N802 ibapi calls it by this name
        self._sent += message
        return len(message)

    def take(self) -> bytes:
        sent, self._sent = bytes(self._sent), bytearray()
        return sent


class RequestEncoder:
    """Turns calls of ibapi's request methods into framed bytes for one server version."""

    def __init__(self, *, server_version: int, client_id: int) -> None:
        self._capture = _Capture()
        self._ib = EClient(_Raising())
        self._ib.conn = self._capture
        self._ib.serverVersion_ = server_version
        self._ib.clientId = client_id
        self._ib.setConnState(EClient.CONNECTED)

    def encode(self, call: Callable[[Any], None]) -> bytes:
        """Return the framed bytes that ``call`` makes of ibapi's ``EClient``.

        Raises:
            LocalProtocolError: ibapi could not encode it, or made no message.
        """
        try:
            call(self._ib)
        except _UNENCODABLE as error:
            raise LocalProtocolError(f"ibapi cannot encode the request: {error}") from error
        finally:
            sent = self._capture.take()
        if not sent:
            raise LocalProtocolError("ibapi made no message of the request")
        return sent
