# SPDX-License-Identifier: Apache-2.0
"""A login, from wherever a person keeps it, and never shown.

Rules:
    - The password is in no ``repr``, no exception, no label and no variable of a container. It is
      copied into the container as a file, whose path is all that ``docker inspect`` shows.
    - The user name is a variable of the container: the published image reads it from nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ib_provider.errors import ConfigError

__all__ = ["Credentials", "read_credentials"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who logs in at IB. Neither its ``repr`` nor its ``str`` shows either of the two."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that no log may show."""
        return (self.user, self.password)


def read_credentials(
    *,
    user: str | None = None,
    password: str | None = None,
    environ: Mapping[str, str],
) -> Credentials:
    """Return the credentials that are given, or else those of the environment.

    ``TWS_USERNAME`` (or ``TWS_USERID``) and ``TWS_PASSWORD`` hold them; with ``_FILE`` behind their
    name they hold the path of a file, as Docker's and Kubernetes' secrets are. The first line of
    such a file counts, without its end.

    Args:
        user: Wins over the environment.
        password: Wins over the environment.
        environ: The variables of the process.

    Raises:
        ConfigError: One is missing, or said twice, or its file cannot be read; it names the
            variable, never the value.
    """
    problems: list[str] = []
    found_user = user or _read(environ, ("TWS_USERNAME", "TWS_USERID"), problems)
    found_password = password or _read(environ, ("TWS_PASSWORD",), problems)
    if not found_user and not problems:
        problems.append("TWS_USERNAME: no user name; set it, or TWS_USERNAME_FILE")
    if not found_password and not problems:
        problems.append("TWS_PASSWORD: no password; set it, or TWS_PASSWORD_FILE")
    if problems:
        raise ConfigError("credentials", problems)
    return Credentials(user=found_user or "", password=found_password or "")


def _read(environ: Mapping[str, str], names: tuple[str, ...], problems: list[str]) -> str | None:
    """Return the value of the first variable that is set, itself or by its file."""
    said = [name for base in names for name in (base, f"{base}_FILE") if environ.get(name)]
    if len(said) > 1:
        problems.append(f"{', '.join(said)}: all of them are set; keep one")
        return None
    if not said:
        return None
    if not said[0].endswith("_FILE"):
        return environ[said[0]]
    path = Path(environ[said[0]])
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{said[0]}: {path} cannot be read ({type(error).__name__})")
        return None
    if not lines or not lines[0]:
        problems.append(f"{said[0]}: the first line of {path} is empty")
        return None
    return lines[0]
