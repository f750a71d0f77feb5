# SPDX-License-Identifier: Apache-2.0
"""What a gateway says of itself: accounts, ids, time, errors."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CurrentTime",
    "CurrentTimeMillis",
    "ErrorMessage",
    "ManagedAccounts",
    "NextValidId",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedAccounts:
    """The accounts of the login."""

    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextValidId:
    """The next order id this client may use; also the sign that the gateway is ready."""

    order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessage:
    """An error, warning or notice.

    Attributes:
        request_id: The request or order it concerns; -1 for the session.
        time_ms: Epoch milliseconds; carried from version 194.
        advanced_reject: IB's JSON about a rejected order; empty for the rest.
    """

    request_id: int
    code: int
    message: str
    time_ms: int = 0
    advanced_reject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTime:
    """The gateway's time, epoch seconds."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentTimeMillis:
    """The gateway's time, epoch milliseconds."""

    milliseconds: int
