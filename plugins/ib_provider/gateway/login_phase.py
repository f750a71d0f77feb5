# SPDX-License-Identifier: Apache-2.0
"""How far a login came, read from what the container printed since it started.

Rules:
    - The log explains; it decides nothing that the API can answer. "Logged in" is a handshake.
    - A container keeps its log over restarts. Only lines since the present start are read, and
      within them the last mark counts: IBC tries again inside one start.

Source of the marks: texts IBC prints (versions 3.14 to 3.24) and those of public logs of the image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

__all__ = ["LoginPhase", "LoginProgress", "read_login"]


class LoginPhase(StrEnum):
    """How far a login came."""

    NOT_BEGUN = "not begun"
    LOGGING_IN = "logging in"
    WAITING_FOR_SECOND_FACTOR = "waiting for the second factor"
    SECOND_FACTOR_MISSED = "nobody confirmed the second factor"
    REFUSED = "credentials refused"
    THROTTLED = "too many failed logins"
    EXISTING_SESSION = "logged in elsewhere"
    RELOGIN_NEEDED = "a new login is needed"
    UNREACHABLE = "IB cannot be reached"
    LOGGED_IN = "logged in"

    @property
    def is_hopeless(self) -> bool:
        """Return whether waiting does not help: a person must act first."""
        return self in _HOPELESS

    @property
    def advice(self) -> str:
        """Return what a person can do about it; empty where there is nothing to do."""
        return _ADVICE.get(self, "")


_HOPELESS: Final = frozenset(
    {LoginPhase.REFUSED, LoginPhase.THROTTLED, LoginPhase.EXISTING_SESSION}
)
_ADVICE: Final = {
    LoginPhase.WAITING_FOR_SECOND_FACTOR: (
        "confirm the login in IBKR Mobile; IB asks at every cold start and once a week, from "
        "Sunday 01:00 New York time on"
    ),
    LoginPhase.SECOND_FACTOR_MISSED: "confirm the next request in IBKR Mobile",
    LoginPhase.REFUSED: "correct the user name or the password before another start",
    LoginPhase.THROTTLED: "IB refuses logins for a while; wait, and check the password",
    LoginPhase.EXISTING_SESSION: (
        "log out elsewhere, or set existing_session_action to primary; a second user name for the "
        "API keeps the two apart"
    ),
    LoginPhase.RELOGIN_NEEDED: "a full login with its second factor is due; start it again",
    LoginPhase.UNREACHABLE: "IB's servers or the network are down; the gateway tries again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProgress:
    """The phase of a login and the line that says so.

    Attributes:
        since: When the line was printed; None where no line said anything.
        retry_after_s: How long IB refuses logins, from ``since`` on; None unless throttled.
    """

    phase: LoginPhase = LoginPhase.NOT_BEGUN
    line: str = ""
    since: datetime | None = None
    retry_after_s: int | None = None


#: In the order they are tried on a line; upper and lower case are the same.
_MARKS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), phase)
    for pattern, phase in (
        (r"too many failed login attempts", LoginPhase.THROTTLED),
        (r"unrecognized username or password", LoginPhase.REFUSED),
        (r"IBC: login failed|invalid username or password", LoginPhase.REFUSED),
        (r"closing (after|because login .* after) second factor", LoginPhase.SECOND_FACTOR_MISSED),
        (r"second factor authentication initiated", LoginPhase.WAITING_FOR_SECOND_FACTOR),
        (r"could not find second factor device|specify the required second factor device",
         LoginPhase.WAITING_FOR_SECOND_FACTOR),
        (r"must choose whether to continue with this session", LoginPhase.EXISTING_SESSION),
        (r"end this session and let the other (session|one) proceed", LoginPhase.EXISTING_SESSION),
        (r"re-login is required", LoginPhase.RELOGIN_NEEDED),
        (r"connection to server failed|could not connect to (the )?server", LoginPhase.UNREACHABLE),
        (r"login has completed|configuration tasks completed", LoginPhase.LOGGED_IN),
        (r"IBC: login attempt:|IBC: re-login to session", LoginPhase.LOGGING_IN),
    )
)  # fmt: skip

_WAIT: Final = re.compile(r"wait (?:(\d+) minutes? ?)?(?:& ?)?(?:(\d+) seconds?)?", re.IGNORECASE)


def read_login(lines: Iterable[tuple[datetime | None, str]]) -> LoginProgress:
    """Return how far the login came, from the lines of one start of the container.

    Args:
        lines: When each was printed, and its text; oldest first.
    """
    progress = LoginProgress()
    for at, line in lines:
        phase = next((phase for mark, phase in _MARKS if mark.search(line)), None)
        if phase is not None:
            progress = LoginProgress(
                phase=phase, line=line.strip(), since=at, retry_after_s=_wait_s(phase, line)
            )
    return progress


def _wait_s(phase: LoginPhase, line: str) -> int | None:
    if phase is not LoginPhase.THROTTLED:
        return None
    match = _WAIT.search(line)
    return 60 * int(match[1] or 0) + int(match[2] or 0) if match else 0
