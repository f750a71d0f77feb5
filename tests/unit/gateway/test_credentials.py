# SPDX-License-Identifier: Apache-2.0
"""Credentials: where they come from, and that they are not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from ib_provider.errors import ConfigError
from ib_provider.gateway.credentials import Credentials, read_credentials

SECRET = "hunter2-hunter2"


@pytest.mark.parametrize("name", ["TWS_USERNAME", "TWS_USERID"])
def test_credentials_come_from_the_environment(name: str) -> None:
    """The image's own name for the user is understood as well."""
    found = read_credentials(environ={name: "joe", "TWS_PASSWORD": SECRET})
    assert found.secrets() == ("joe", SECRET)


def test_credentials_come_from_secret_files(tmp_path: Path) -> None:
    """The end of the line is not part of a password; a space is."""
    (tmp_path / "user").write_text("joe\n")
    (tmp_path / "password").write_text(f"{SECRET} \n")
    environ = {
        "TWS_USERNAME_FILE": str(tmp_path / "user"),
        "TWS_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert read_credentials(environ=environ).secrets() == ("joe", f"{SECRET} ")


def test_credentials_given_win_over_the_environment() -> None:
    """An Airflow connection says more than the machine it runs on."""
    environ = {"TWS_USERNAME": "jane", "TWS_PASSWORD": "other-other"}
    found = read_credentials(user="joe", password=SECRET, environ=environ)
    assert found.secrets() == ("joe", SECRET)


def test_credentials_missing_doubled_or_unreadable_are_named_without_their_values(
    tmp_path: Path,
) -> None:
    """The variable is named, never what it holds."""
    with pytest.raises(ConfigError, match="TWS_USERNAME: no user name"):
        read_credentials(environ={"TWS_PASSWORD": SECRET})
    with pytest.raises(ConfigError, match="keep one") as doubled:
        read_credentials(
            environ={"TWS_USERNAME": "joe", "TWS_PASSWORD": SECRET, "TWS_PASSWORD_FILE": "/x"}
        )
    assert SECRET not in str(doubled.value)
    with pytest.raises(ConfigError, match=r"cannot be read \(FileNotFoundError\)"):
        read_credentials(
            environ={"TWS_USERNAME": "joe", "TWS_PASSWORD_FILE": str(tmp_path / "none")}
        )
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ConfigError, match=r"first line .* is empty"):
        read_credentials(
            environ={"TWS_USERNAME": "joe", "TWS_PASSWORD_FILE": str(tmp_path / "empty")}
        )


def test_credentials_are_not_shown() -> None:
    """Neither in a traceback's locals nor in a log."""
    credentials = Credentials(user="joe", password=SECRET)
    for text in (repr(credentials), str(credentials), f"{[credentials]}"):
        assert "joe" not in text
        assert SECRET not in text
