# SPDX-License-Identifier: Apache-2.0
"""Settings: where the state lives. Read from the environment here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ib_provider.errors import ConfigError

__all__ = ["Settings", "load_settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where everything is kept. All paths are absolute.

    Attributes:
        home: The state of one installation (``IB_PROVIDER_HOME``, default ``var``).
        ledger_url: SQLAlchemy URL (``IB_PROVIDER_LEDGER_URL``, default SQLite under ``home``).
        include: Portfolios, limits, universes (``IB_PROVIDER_INCLUDE``, default ``include``).
        shares_pacing: Whether all processes count together what a login asks
            (``IB_PROVIDER_SHARED_PACING``, default ``true``).
        mirror: URL of the object store that holds a copy of the lake (``IB_PROVIDER_MIRROR``);
            empty where there is none. Whether it can be one is said by who opens it.
    """

    home: Path
    ledger_url: str
    include: Path
    shares_pacing: bool = True
    mirror: str = ""

    @property
    def market(self) -> Path:
        """Return the root of the Parquet tree."""
        return self.home / "market"

    @property
    def catalog(self) -> Path:
        """Return the DuckDB file of views that analysts open."""
        return self.market / "catalog.duckdb"

    @property
    def locks(self) -> Path:
        """Return the folder of lock files; the kernel frees a lock when its holder dies."""
        return self.home / "locks"

    @property
    def kill_file(self) -> Path:
        """Return the file that stops all trading by being there."""
        return self.home / "kill"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this process.

    Args:
        environ: The environment to read; the process's own by default.

    Raises:
        ConfigError: With every unusable variable at once.
    """
    env = os.environ if environ is None else environ
    problems = []
    home = Path(env.get("IB_PROVIDER_HOME") or "var").expanduser().absolute()
    include = Path(env.get("IB_PROVIDER_INCLUDE") or "include").expanduser().absolute()
    if home.exists() and not home.is_dir():
        problems.append(f"IB_PROVIDER_HOME: {home} is not a directory")
    ledger_url = env.get("IB_PROVIDER_LEDGER_URL") or f"sqlite:///{home / 'ledger.db'}"
    if "://" not in ledger_url:
        problems.append("IB_PROVIDER_LEDGER_URL: not a SQLAlchemy URL such as sqlite:///ledger.db")
    shares = (env.get("IB_PROVIDER_SHARED_PACING") or "true").strip().lower()
    if shares not in ("true", "false"):
        problems.append(f"IB_PROVIDER_SHARED_PACING: {shares!r} is neither true nor false")
    if problems:
        raise ConfigError("environment", problems)
    return Settings(
        home=home,
        ledger_url=ledger_url,
        include=include,
        shares_pacing=shares == "true",
        mirror=(env.get("IB_PROVIDER_MIRROR") or "").strip(),
    )
