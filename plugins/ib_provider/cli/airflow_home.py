# SPDX-License-Identifier: Apache-2.0
"""The environment in which ``airflow`` commands of this checkout run, all state under one home."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ib_provider.config import Settings
from ib_provider.errors import ConfigError

__all__ = ["AirflowHome", "connection_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AirflowHome:
    """An Airflow installation of one settings home.

    Attributes:
        root: The checkout, which holds ``dags/`` and ``plugins/``.
        connection: JSON of the connection ``ib_default``.
    """

    root: Path
    settings: Settings
    connection: str

    @property
    def path(self) -> Path:
        """Return the folder Airflow keeps its own state in."""
        return self.settings.home / "airflow"

    def environment(self) -> dict[str, str]:
        """Return the environment of every ``airflow`` process: the caller's, ours on top."""
        return os.environ | {
            "AIRFLOW_HOME": str(self.path),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.root / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.root / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__API_AUTH__JWT_SECRET": self._jwt_secret(),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW_CONN_IB_DEFAULT": self.connection,
            "IB_PROVIDER_HOME": str(self.settings.home),
            "IB_PROVIDER_LEDGER_URL": self.settings.ledger_url,
            "IB_PROVIDER_INCLUDE": str(self.settings.include),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }

    def prepare(self) -> None:
        """Create or upgrade Airflow's database.

        Raises:
            ConfigError: This is no checkout, or Airflow could not make its database.
        """
        if not (self.root / "dags").is_dir() or shutil.which("airflow", path=self._path()) is None:
            raise ConfigError(
                str(self.root), ["run this in a checkout with dags/, after `make setup`"]
            )
        self.path.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(  # noqa: S603  our own executable, fixed arguments
            [self._airflow(), "db", "migrate"],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ConfigError("airflow db migrate", [done.stderr.strip()[-2000:]])

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of one ``airflow`` call."""
        return [self._airflow(), *arguments]

    def _airflow(self) -> str:
        return shutil.which("airflow", path=self._path()) or "airflow"

    def _path(self) -> str:
        return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"

    def _jwt_secret(self) -> str:
        """Return the secret that Airflow's processes share, made once for this home."""
        path = self.path / "jwt_secret"
        if not path.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(48), encoding="ascii")
        return path.read_text(encoding="ascii")


def connection_json(port: int, account: str, *, read_only: bool) -> str:
    """Return an Airflow connection to a paper gateway on this host."""
    return json.dumps(
        {
            "conn_type": "ib_gateway",
            "host": "127.0.0.1",
            "port": port,
            "extra": {"account": account, "trading_mode": "paper", "read_only": read_only},
        }
    )
