# SPDX-License-Identifier: Apache-2.0
"""What a container printed, read as the phase of its login."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ib_provider.gateway.login_phase import LoginPhase, LoginProgress, read_login

START = datetime(2026, 3, 11, 1, 4, tzinfo=UTC)


def told(*lines: str) -> LoginProgress:
    return read_login((START + timedelta(seconds=i), line) for i, line in enumerate(lines))


# Lines as public logs of the image show them.
@pytest.mark.parametrize(
    ("line", "phase"),
    [
        ("2026-05-02 16:05:59:073 IBC: Login attempt: 1", LoginPhase.LOGGING_IN),
        ("2026-03-11 01:04:14:908 IBC: Second Factor Authentication initiated",
         LoginPhase.WAITING_FOR_SECOND_FACTOR),
        ("2026-09-07 00:12:10 IBC: IBC closing after Second Factor Authentication dialog timeout",
         LoginPhase.SECOND_FACTOR_MISSED),
        ("IBC: IBC closing because login has not completed after Second Factor Authentication",
         LoginPhase.SECOND_FACTOR_MISSED),
        ("2026-01-05 10:00:00:000 IBC: Unrecognized Username or Password", LoginPhase.REFUSED),
        ("2026-01-05 10:00:00:000 IBC: Login failed", LoginPhase.REFUSED),
        ("2026-01-05 10:00:00:000 IBC: User must choose whether to continue with this session",
         LoginPhase.EXISTING_SESSION),
        ("IBC: so end this session and let the other one proceed (scenario 4)",
         LoginPhase.EXISTING_SESSION),
        ("IBC: detected dialog entitled: Re-login is required; event=Opened",
         LoginPhase.RELOGIN_NEEDED),
        ("2026-05-02 16:05:59:881 IBC: <html>Connection to server failed: The specified user has",
         LoginPhase.UNREACHABLE),
        ("2026-03-11 01:04:28:965 IBC: Login has completed", LoginPhase.LOGGED_IN),
        ("2026-03-11 01:04:29:556 IBC: Configuration tasks completed", LoginPhase.LOGGED_IN),
        (".> Starting Xvfb server", LoginPhase.NOT_BEGUN),
    ],
)  # fmt: skip
def test_line_of_a_login_means_its_phase(line: str, phase: LoginPhase) -> None:
    """Each mark is one row; a line that says nothing leaves the login not begun."""
    assert told(line).phase is phase


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please wait 53 seconds before attempting to re-login again.", 53),
        ("Please wait 4 minutes & 47 seconds before attempting to re-login again.", 287),
        ("Please wait 1 minute before attempting to re-login again.", 60),
        ("Please try later.", 0),
    ],
)
def test_throttled_login_says_how_long(text: str, seconds: int) -> None:
    """IB names minutes, seconds or both."""
    progress = told(f"IBC: Too many failed login attempts. {text}")
    assert progress.phase is LoginPhase.THROTTLED
    assert progress.retry_after_s == seconds


def test_last_mark_counts() -> None:
    """A login that was missed once and confirmed the second time is a login."""
    progress = told(
        "IBC: Login attempt: 1",
        "IBC: Second Factor Authentication initiated",
        "IBC: Login attempt: 2",
        "IBC: Login has completed",
        "java: something that means nothing",
    )
    assert progress.phase is LoginPhase.LOGGED_IN
    assert progress.line == "IBC: Login has completed"
    assert progress.since == START + timedelta(seconds=3)


def test_every_phase_a_person_must_act_on_says_how() -> None:
    """A diagnosis without advice helps nobody."""
    assert all(phase.advice for phase in LoginPhase if phase.is_hopeless)
    assert not LoginPhase.WAITING_FOR_SECOND_FACTOR.is_hopeless
