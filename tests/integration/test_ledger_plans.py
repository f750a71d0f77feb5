# SPDX-License-Identifier: Apache-2.0
"""Plans on both databases: the first for a rebalance stands, and is read back unchanged."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ib_provider.domain.plan_document import seal_plan
from ib_provider.errors import ConfigError, LedgerError, LedgerUnavailable
from ib_provider.ledger import Ledger
from tests.support.plans import ACCOUNT, AT, a_leg, a_plan

pytest_plugins = ("tests.support.ledgers",)


def test_plan_saved_is_read_back_equal(ledger: Ledger) -> None:
    """Every number, text and time of a plan survives, by id and by purpose."""
    plan = a_plan(nlv="1000000.0700")
    assert ledger.save_plan(plan) == plan
    assert ledger.plan(plan.plan_id) == plan
    assert ledger.find_plan(ACCOUNT, "demo", "2013-03-04") == plan


def test_plan_second_for_the_same_key_gives_the_first(ledger: Ledger) -> None:
    """A retry that planned otherwise gets the stored plan, and sees it by the id."""
    first, second = a_plan(), a_plan(nlv="999000")
    ledger.save_plan(first)
    stored = ledger.save_plan(second)
    assert stored == first
    assert stored.plan_id != second.plan_id


def test_plan_of_another_key_stands_beside_it(ledger: Ledger) -> None:
    """Another session's plan is another plan."""
    first = ledger.save_plan(a_plan())
    other = ledger.save_plan(a_plan(key="2013-03-05"))
    assert ledger.plan(first.plan_id) == first
    assert ledger.plan(other.plan_id) == other


def test_plan_unknown_is_none_by_purpose_and_an_error_by_id(ledger: Ledger) -> None:
    """Asking whether there is a plan may find none; asking for one by its id may not."""
    assert ledger.find_plan(ACCOUNT, "demo", "never") is None
    with pytest.raises(LedgerError, match="no plan"):
        ledger.plan("f" * 64)


def test_latest_plans_come_newest_first_and_no_more_than_asked(ledger: Ledger) -> None:
    """The last instants of planning, whatever the keys and in whatever order they were saved."""
    assert ledger.latest_plans(5) == ()
    monday, tuesday, friday = (
        seal_plan(replace(a_plan(key=key), plan_id="", as_of=AT + timedelta(days=days)))
        for key, days in (("c", 0), ("a", 1), ("b", 4))
    )
    for plan in (tuesday, friday, monday):
        ledger.save_plan(plan)
    assert ledger.latest_plans(2) == (friday, tuesday)
    assert ledger.latest_plans(5) == (friday, tuesday, monday)


def test_plan_changed_after_it_was_made_is_not_saved(ledger: Ledger) -> None:
    """A plan whose id is not its own is refused, and nothing is stored."""
    forged = a_plan(a_leg(quantity="466"))
    object.__setattr__(forged, "plan_id", a_plan().plan_id)
    with pytest.raises(LedgerError, match="changed after it was made"):
        ledger.save_plan(forged)
    assert ledger.find_plan(ACCOUNT, "demo", "2013-03-04") is None


def test_plan_touched_in_the_database_is_refused(tmp_path: Path) -> None:
    """One digit changed in the stored document, and the plan is not given out."""
    path = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{path}", locks=tmp_path) as ledger:
        plan = ledger.save_plan(a_plan())
        connection = sqlite3.connect(path)
        changed = "UPDATE order_plan SET document = replace(document, '\"465\"', '\"4650\"')"
        assert connection.execute(changed).rowcount == 1
        connection.commit()
        connection.close()
        with pytest.raises(LedgerError, match="was changed after it was made"):
            ledger.plan(plan.plan_id)


def test_ledger_opened_again_holds_what_was_written(ledger_url: str, locks: Path) -> None:
    """Closing and opening loses nothing and makes nothing anew."""
    plan = a_plan()
    for _ in range(2):
        with Ledger.open(ledger_url, locks=locks) as ledger:
            assert ledger.save_plan(plan) == plan


def test_ledger_found_is_the_one_that_was_made(ledger_url: str, locks: Path) -> None:
    """Who only looks finds nothing where nobody made a ledger, and makes none."""
    assert Ledger.find(ledger_url, locks=locks) is None
    assert Ledger.find(ledger_url, locks=locks) is None
    with Ledger.open(ledger_url, locks=locks) as made:
        plan = made.save_plan(a_plan())
    found = Ledger.find(ledger_url, locks=locks)
    assert found is not None
    with found:
        assert found.latest_plans(1) == (plan,)


def test_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    """A ledger whose tables are of another version is not guessed at."""
    url, path = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "ledger.db"
    Ledger.open(url, locks=tmp_path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE ledger_version SET version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match="version 99, this code speaks 4"):
        Ledger.open(url, locks=tmp_path)
    with pytest.raises(LedgerError, match="version 99, this code speaks 4"):
        Ledger.find(url, locks=tmp_path)


def test_ledger_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    """Another file under the ledger's name is an error, and stays as it was."""
    path = tmp_path / "ledger.db"
    path.write_text("portfolio: demo\n" * 100)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger.open(f"sqlite:///{path}", locks=tmp_path)
    assert path.read_text() == "portfolio: demo\n" * 100


def test_ledger_on_an_unreachable_server_is_unavailable(tmp_path: Path) -> None:
    """A server that does not answer is worth a retry; the password is not in the message."""
    with pytest.raises(LedgerUnavailable) as raised:
        Ledger.open("postgresql://me:secret@127.0.0.1:1/ledger", locks=tmp_path)
    assert raised.value.transient
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:"]
)
def test_ledger_url_of_no_use_is_a_config_error(url: str, tmp_path: Path) -> None:
    """A URL that names no lasting ledger is a person's mistake, told as such."""
    with pytest.raises(ConfigError, match="IB_PROVIDER_LEDGER_URL"):
        Ledger.open(url, locks=tmp_path)


def test_ledger_sqlite_file_is_in_wal_mode_and_durable(tmp_path: Path) -> None:
    """Readers do not block the writer, and a commit is on the disk."""
    path = tmp_path / "deep" / "er" / "ledger.db"
    found = []
    with (
        Ledger.open(f"sqlite:///{path}", locks=tmp_path / "locks") as ledger,
        ledger._database.read() as connection,
    ):
        for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            found.append(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar())
    assert found == ["wal", 2, 1, 30000]
