# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a ledger on SQLite, and the same on a private Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ib_provider.ledger import Ledger
from tests.support.postgres import fresh_schema, postgres_server

__all__ = ["ledger", "ledger_url", "locks", "postgres_server"]


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a ledger that does not exist yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return fresh_schema(request.getfixturevalue("postgres_server"))


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    """Give the folder of lock files."""
    return tmp_path / "locks"


@pytest.fixture
def ledger(ledger_url: str, locks: Path) -> Iterator[Ledger]:
    """Give an open, empty ledger."""
    with Ledger.open(ledger_url, locks=locks) as opened:
        yield opened
