# SPDX-License-Identifier: Apache-2.0
"""The stand-in's logins are those the provider reads in the real container's log."""

from __future__ import annotations

import pytest

from ib_provider.cli.stand_in import main, read_script
from ib_provider.gateway.login_phase import LoginPhase, read_login


@pytest.mark.parametrize(
    ("user", "password", "phase", "succeeds"),
    [
        ("joe", "right-one", LoginPhase.LOGGING_IN, True),
        ("joe", "wrong", LoginPhase.REFUSED, False),
        ("joe", "", LoginPhase.REFUSED, False),
        ("second-factor", "right-one", LoginPhase.WAITING_FOR_SECOND_FACTOR, True),
        ("throttled", "right-one", LoginPhase.THROTTLED, False),
        ("elsewhere", "right-one", LoginPhase.EXISTING_SESSION, False),
    ],
)
def test_script_prints_the_marks_of_its_phase(
    user: str, password: str, phase: LoginPhase, *, succeeds: bool
) -> None:
    """A login that fails prints what IBC prints for it, and never the password."""
    script = read_script({"TWS_USERID": user}, password=password)
    assert read_login((None, line) for line in script.lines).phase is phase
    assert script.succeeds is succeeds
    assert not [line for line in script.lines if password and password in line]


def test_script_without_a_user_has_no_login() -> None:
    """In compose it stands there without any variable."""
    assert read_script({}, password="").lines == ()


def test_script_as_primary_ends_the_other_session() -> None:
    """The setting decides, as in the image."""
    environ = {"TWS_USERID": "elsewhere", "EXISTING_SESSION_DETECTED_ACTION": "primary"}
    assert read_script(environ, password="x").succeeds


def test_stand_in_refuses_variables_as_the_image_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mode that is none, and a password given twice."""
    monkeypatch.setenv("TRADING_MODE", "demo")
    assert main([]) == 1
    assert "Invalid TRADING_MODE: demo" in capsys.readouterr().out
    monkeypatch.setenv("TRADING_MODE", "paper")
    monkeypatch.setenv("TWS_PASSWORD", "given-twice")
    monkeypatch.setenv("TWS_PASSWORD_FILE", "/nowhere")
    assert main([]) == 1
    error = capsys.readouterr().err
    assert "exclusive" in error
    assert "given-twice" not in error
